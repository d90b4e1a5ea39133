/** `scale`: what it multiplies, what it leaves alone, and where it ends. */
import { describe, expect, it } from 'vitest'
import { mergeConfig } from '../../../core/config/merge.ts'
import { at } from '../../../core/config/plain.ts'
import { resolveConfig } from '../../../core/config/resolve.ts'
import type { Config, ResolvedConfig, ResolvedStream } from '../../../core/config/types.ts'
import { ConfigError, run } from '../../../core/index.ts'
import { fakeDriver, virtualClock } from '../../../core/testing/index.ts'

const resolved = async (value: Config): Promise<ResolvedConfig> =>
  resolveConfig(await mergeConfig({ value, cwd: '/', env: {}, command: 'run' }))
const stream = async (value: Config): Promise<ResolvedStream> =>
  (await resolved(value)).streams[0] as ResolvedStream
const faults = async (value: Config) => {
  const error: unknown = await resolved(value).catch(e => e)
  expect(error).toBeInstanceOf(ConfigError)
  return (error as ConfigError).faults.map(({ path, expected }) => `${path}: ${expected}`)
}

describe('scale multiplies', () => {
  it('a rate in records and one in bytes', async () => {
    expect(await stream({ scale: 0.1, rate: '50k/s' })).toMatchObject({
      rate: { rate: 5000, unit: 'records' },
    })
    expect(await stream({ scale: 3, rate: '80 MB/s' })).toMatchObject({
      rate: { rate: 240e6, unit: 'bytes' },
    })
  })
  it('the rate of every stage, and no length', async () => {
    const { rate } = await stream({
      scale: 0.5,
      warmup: 0,
      rate: [
        { rate: '1k/s', for: '10s' },
        { rate: 0, for: '5s', ramp: true },
        { rate: '4 MB/s', for: '10s' },
      ],
    })
    expect(rate).toMatchObject({
      stages: [
        { rate: 500, us: 10e6, ramp: false },
        { rate: 0, us: 5e6, ramp: true },
        { rate: 2e6, us: 10e6, unit: 'bytes' },
      ],
    })
  })
  it('producers and consumers, of which at least one stays where there was one', async () => {
    const counts = async (scale: number, producers: number, consumers: number) => {
      const s = await stream({ scale, producers, consumers })
      return [s.producers, s.consumers.count]
    }
    expect(await counts(0.1, 50, 20)).toEqual([5, 2])
    expect(await counts(0.1, 4, 1)).toEqual([1, 1])
    expect(await counts(0.1, 1, 0)).toEqual([1, 0])
    expect(await counts(2.5, 3, 1)).toEqual([8, 3])
  })
  it('every stream, what it has of its own and what the top level says', async () => {
    const { streams } = await resolved({
      scale: 0.1,
      rate: '10k/s',
      producers: 20,
      streams: { orders: {}, audit: { rate: '1k/s', consumers: 10 } },
    })
    expect(
      streams.map(s => [s.name, (s.rate as { rate: number }).rate, s.producers, s.consumers.count]),
    ).toEqual([
      ['orders', 1000, 2, 1],
      ['audit', 100, 2, 1],
    ])
  })
})

describe('scale leaves alone', () => {
  it('durations, sizes, partitions, and what a producer may hold', async () => {
    const written: Config = {
      ...{ warmup: '3s', duration: '30s', size: '1KiB', topic: { partitions: 12 } },
      producer: { linger: '20ms', batchSize: '1MiB', batchRecords: 100, buffer: '64MiB' },
    }
    const [one, tenth] = [await resolved(written), await resolved({ ...written, scale: 0.1 })]
    const { rate: _, ...before } = one.streams[0] as ResolvedStream
    const { rate: __, ...after } = tenth.streams[0] as ResolvedStream
    expect(after).toEqual(before)
    expect([tenth.warmupUs, tenth.durationUs]).toEqual([3e6, 30e6])
  })
  it("'max', which is as fast as it goes at any scale", async () => {
    expect(await stream({ scale: 0.1, rate: 'max', producers: 10 })).toMatchObject({
      rate: { kind: 'max' },
      producers: 1,
    })
  })
  it('what was written', async () => {
    const merged = await mergeConfig({
      value: { scale: 0.1, rate: '50k/s', producers: 10 },
      ...{ cwd: '/', env: {}, command: 'run' },
    })
    await resolveConfig(merged)
    expect([at(merged.raw, 'rate'), at(merged.raw, 'producers')]).toEqual(['50k/s', 10])
  })
})

it('scale is applied once, and the result names it', async () => {
  const plugins = [fakeDriver()]
  const load: Config = { rate: 1000, warmup: 0, duration: 2, producers: 4, consumers: 0, plugins }
  const result = await run({ ...load, scale: 0.25 }, { clock: virtualClock })
  expect(result.value('scheduled.count')).toBe(500)
  expect(result.run.scale).toBe(0.25)
})

describe('scale is refused', () => {
  it.each([0, -1, 1000.1, Number.NaN, 'half', '1e9', '-0.1', true])('as %s', async scale => {
    expect(await faults({ scale: scale as number })).toEqual([
      'scale: a number above 0, at most 1000, such as 0.1',
    ])
  })
  it('where it makes more producers or consumers than there can be', async () => {
    const told = await faults({ scale: 1000, producers: 101, consumers: 200 })
    expect(told).toContain(
      'scale: a scale that makes at most 100000 consumers of 200, not 200000 (stream default)',
    )
    expect(told).toContain(
      'scale: a scale that makes at most 100000 producers of 101, not 101000 (stream default)',
    )
  })
  it.each(['0.001', '1', '1000', '.5'])('but not as the text %s of a flag', async text => {
    expect((await resolved({ scale: text as never })).scale).toBe(Number(text))
  })
})
