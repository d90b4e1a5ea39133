import { type Config, run } from 'kafka-loadtest'
import type { StreamHooks } from 'kafka-loadtest/plugin'
import { headers, keys, sizes } from 'kafka-loadtest/plugins'
import { fakeDriver, virtualClock } from 'kafka-loadtest/testing'
import { describe, expect, it } from 'vitest'
import type { TrafficSection } from '../../../plugins/traffic/section.ts'

type Plugins = NonNullable<Config['plugins']>

async function sectionOf(plugins: Plugins, config: Config = {}, driver = fakeDriver()) {
  const { streams } = await run(
    { rate: '50k/s', warmup: 1, duration: 10, consumers: 0, ...config, plugins: [driver, ...plugins] },
    { clock: virtualClock },
  )
  return streams['default']?.sections['traffic'] as TrafficSection
}
const tap = (name: string, fn: (hooks: StreamHooks) => void) => ({
  name,
  stream: ({ hooks }: { hooks: StreamHooks }) => fn(hooks),
})

describe('the section of a run', () => {
  it('is there without anybody asking, and counts the measured phase alone', async () => {
    const section = await sectionOf([])
    // one of each 64 records in the measured phase, to the block
    expect(Math.abs(section.sampled - 500_000 / 64)).toBeLessThanOrEqual(1)
    expect(section.keys).toEqual({ nulls: 1, distinctInSample: 0, distinctEstimate: 0, top: [], topError: 0 })
    expect(section.sizes).toEqual({
      tombstones: 0,
      min: 100,
      mean: 100,
      p50: 100,
      p90: 100,
      p99: 100,
      max: 100,
    })
    expect(section.headers).toEqual({ mean: 0, names: {} })
    expect(section.partitions).toEqual([0.25, 0.25, 0.25, 0.25])
  })
  it('tells the shares of the most frequent keys, and how many there are', async () => {
    const shares = {
      a: 50,
      b: 20,
      c: 10,
      d: 5,
      ...Object.fromEntries(Array.from({ length: 15 }, (_, i) => [i, 1])),
    }
    const section = await sectionOf([keys.weighted({ keys: shares })])
    const { top, nulls, distinctEstimate, distinctInSample, topError } = section.keys
    expect({ nulls, distinctEstimate, distinctInSample, topError }).toEqual({
      nulls: 0,
      distinctEstimate: 19,
      distinctInSample: 19,
      topError: 0,
    })
    expect(top.slice(0, 4).map(t => t.key)).toEqual(['a', 'b', 'c', 'd'])
    for (const [i, share] of [0.5, 0.2, 0.1, 0.05].entries()) {
      // four standard deviations of 7,812 records
      const bound = 4 * Math.sqrt((share * (1 - share)) / section.sampled)
      expect(Math.abs((top[i]?.share ?? 0) - share)).toBeLessThan(bound)
    }
    expect(top).toHaveLength(10)
  })
  it.each<[string, Plugins[number], { readonly keys: number; readonly atLeast: number }]>([
    ['drawn, 500 times each', keys.random({ cardinality: 1000 }), { keys: 1000, atLeast: 0.99 }],
    ['drawn, 50 times each', keys.random({ cardinality: 10_000 }), { keys: 10_000, atLeast: 0.93 }],
    ['drawn, 5 times each', keys.random({ cardinality: 100_000 }), { keys: 99_326, atLeast: 0.75 }],
    ['in turn, 5 times each', keys.roundRobin({ cardinality: 100_000 }), { keys: 100_000, atLeast: 0.9 }],
    ['once each', keys.sequential(), { keys: 500_000, atLeast: 0.999 }],
  ])('knows how many keys there are at least: %s', async (_, plugin, { keys: exactly, atLeast }) => {
    const { keys: found } = await sectionOf([plugin])
    expect(found.distinctEstimate / exactly).toBeGreaterThan(atLeast)
    // the bound holds on average: two standard deviations
    expect(found.distinctEstimate / exactly).toBeLessThan(1.12)
  })
  it('has no top where all keys are alike', async () => {
    expect((await sectionOf([keys.sequential()])).keys.top).toEqual([])
  })
  it('finds a hot key among a million', async () => {
    const hot = tap('hot', ({ keyFor }) =>
      keyFor.tap((_key, { index }) => (index % 20 === 3 ? 'hot' : index)),
    )
    const { top, topError } = (await sectionOf([hot])).keys
    expect(top.map(t => t.key)).toEqual(['hot'])
    expect(topError).toBeLessThan(0.01)
    expect(Math.abs((top[0]?.share ?? 0) - 0.05)).toBeLessThan(0.01)
  })
  it('tells sizes, tombstones, headers and partitions', async () => {
    const section = await sectionOf(
      [
        sizes.histogram({ sizes: { '100B': 70, '1KiB': 25, '64KiB': 5 } }),
        tap('tombstones', hooks => hooks.sizeFor.tap((bytes, { index }) => (index % 10 === 0 ? -1 : bytes))),
        headers.fixed({ headers: { a: '1', b: '2' } }),
        tap('rare', ({ beforeSend }) =>
          beforeSend.tap(draft => {
            if (draft.index % 4 === 0) draft.setHeader('rare', 'x')
          }),
        ),
        tap('partitions', ({ partitionFor }) => partitionFor.tap(({ index }) => (index % 8 === 0 ? 1 : 2))),
      ],
      { topic: { partitions: 4 } },
    )
    const { tombstones, ...rest } = section.sizes
    expect(tombstones).toBeGreaterThan(0.085)
    expect(tombstones).toBeLessThan(0.115)
    expect(rest).toMatchObject({ min: 100, p50: 100, p90: 1024, p99: 65_536, max: 65_536 })
    expect((rest.mean ?? 0) / 3603).toBeGreaterThan(0.85)
    expect((rest.mean ?? 0) / 3603).toBeLessThan(1.15)
    expect(section.headers.names).toMatchObject({ a: 1, b: 1 })
    expect(section.headers.names['rare']).toBeGreaterThan(0.22)
    expect(section.headers.names['rare']).toBeLessThan(0.28)
    expect(section.headers.mean).toBeCloseTo(2 + (section.headers.names['rare'] ?? 0), 3)
    expect(section.partitions).toEqual([0, 0.125, 0.875, 0])
  })
  it('has no partitions where nothing was acked, and no section where nothing was sent', async () => {
    expect(await sectionOf([], {}, fakeDriver({ state: () => 'unknown' }))).not.toHaveProperty('partitions')
    expect(await sectionOf([tap('all', ({ beforeSend }) => beforeSend.tap(() => false))])).toBeUndefined()
  })
  it('is one of each stream', async () => {
    const { streams } = await run(
      {
        rate: '5k/s',
        warmup: 0,
        duration: 2,
        streams: { a: { size: 10 }, b: { size: 20, plugins: [keys.sequential()] } },
        plugins: [fakeDriver()],
      },
      { clock: virtualClock },
    )
    const [a, b] = ['a', 'b'].map(name => streams[name]?.sections['traffic'] as TrafficSection)
    expect([a?.sizes.max, b?.sizes.max]).toEqual([10, 20])
    expect([a?.keys.nulls, b?.keys.nulls]).toEqual([1, 0])
  })
  it('leaves the records alone', async () => {
    const seen: unknown[] = []
    const driver = fakeDriver({ onRecord: ({ key, size, index }) => void seen.push([index, key, size]) })
    await sectionOf([keys.random({ cardinality: 10 })], { rate: '1k/s', duration: 1, warmup: 0 }, driver)
    expect(seen).toHaveLength(1000)
  })
})

it('tells of keys as text, or as what they are', async () => {
  const list = ['\u001b[2J', 'é'.repeat(100), Buffer.from([0xff, 0xfe]), Buffer.from('bytes')]
  const { top } = (
    await sectionOf([tap('k', ({ keyFor }) => keyFor.tap((_key, { index }) => list[index % list.length]))])
  ).keys
  expect(top.map(t => t.key).sort()).toEqual(['\u001b[2J', '0xfffe', 'bytes', `${'é'.repeat(32)}…`].sort())
})
