/** What a configuration of several layers comes to: plugins by slot, streams over the top level, one path that differs. */
import { describe, expect, it } from 'vitest'
import { fingerprintDifference, mergeConfig } from '../../../core/config/merge.ts'
import { at } from '../../../core/config/plain.ts'
import { resolveConfig } from '../../../core/config/resolve.ts'
import type { Config } from '../../../core/config/types.ts'
import { ConfigError, definePlugin, definePreset, type Plugin, without } from '../../../core/index.ts'
import { keys, sizes } from '../../../plugins/index.ts'

const merge = (value: Config, overrides?: Config) =>
  mergeConfig({ value, ...(overrides ? { overrides } : {}), cwd: '/', env: {}, command: 'run' })
const resolve = async (value: Config) => resolveConfig(await merge(value))
/** What the embedded product lists by itself. */
const product = ['broker', 'wire', 'traffic', 'lag', 'rebalances']
const listed = async (value: Config, overrides?: Config) =>
  (await merge(value, overrides)).plugins.map(p => p.key).filter(key => !product.includes(key))
const plain = (name: string, slot?: string): Plugin =>
  definePlugin({ name, ...(slot ? { slot } : {}), register() {} })()

describe('plugins', () => {
  it('of one slot replace each other, in the place of the first', async () => {
    const base = { plugins: [keys.sequential(), plain('a'), plain('b')] }
    expect(await listed({ extends: base, plugins: [plain('c'), keys.random({ cardinality: 5 })] })).toEqual([
      'keys.random',
      'a',
      'b',
      'c',
    ])
  })
  it('of one name replace each other, with their options', async () => {
    const { plugins } = await merge({
      extends: { plugins: [sizes.uniform({ min: 1, max: 2 })] },
      plugins: [sizes.uniform({ min: 3, max: 4 })],
    })
    expect(plugins.find(p => p.key === 'sizes.uniform')?.value.options).toEqual({ min: 3, max: 4 })
  })
  it('are taken away by slot or by name', async () => {
    const base = { plugins: [keys.sequential(), plain('a'), plain('b')] }
    expect(
      await listed({ extends: base, plugins: [without('keys'), without('a'), without('nothing')] }),
    ).toEqual(['b'])
    expect(await listed({ extends: base, plugins: [without('keys.sequential')] })).toEqual(['a', 'b'])
  })
  it('are listed twice under another id, which names and replaces them', async () => {
    const base = { plugins: [plain('a'), plain('a').as('second')] }
    expect(await listed(base)).toEqual(['a', 'second'])
    expect(await listed({ extends: base, plugins: [without('second')] })).toEqual(['a'])
  })
  it('are all unset by null, and listed again after it', async () => {
    expect(await listed({ extends: { plugins: [plain('a')] }, plugins: null as never })).toEqual([])
    expect(await listed({ plugins: [plain('a')] }, { plugins: [plain('b')] })).toEqual(['a', 'b'])
  })
  it('of a stream are laid over those of the top level', async () => {
    const { streams } = await merge({
      plugins: [keys.sequential(), plain('a')],
      streams: {
        orders: { plugins: [keys.random({ cardinality: 5 })] },
        audit: { plugins: [without('a')] },
      },
    })
    const keysOf = (name: string) =>
      streams
        .find(s => s.name === name)
        ?.plugins.map(p => p.key)
        .slice(product.length)
    expect(keysOf('orders')).toEqual(['orders.keys.random', 'a'])
    expect(keysOf('audit')).toEqual(['keys.sequential'])
  })
  it('are named by the driver option, where the last layer that says something wins', async () => {
    const driver = async (value: Config) =>
      (await merge(value)).plugins.find(p => p.value.slot === 'driver')?.value.name
    expect(await driver({})).toBe('wire')
    expect(await driver({ plugins: [plain('mine', 'driver')] })).toBe('mine')
    expect(await driver({ plugins: [plain('mine', 'driver')], driver: 'mine' })).toBe('mine')
    expect(await driver({ plugins: [plain('mine', 'driver')], driver: 'kafkajs' })).toBe('kafkajs')
    expect(await driver({ extends: { driver: 'kafkajs' }, plugins: [plain('mine', 'driver')] })).toBe('mine')
  })
})

describe('streams', () => {
  it('have the top level for their defaults, and a null takes one away', async () => {
    const { streams } = await resolve({
      topic: { name: 'orders', partitions: 12 },
      consumers: { count: 2, group: 'billing' },
      producer: { acks: 1 },
      thresholds: { 'failed.count': '== 0', 'response.p99': '< 1s' },
      streams: {
        orders: { consumers: { count: 3 } },
        audit: {
          topic: null as never,
          producer: { acks: null as never },
          thresholds: { 'failed.count': null },
        },
      },
    })
    const [orders, audit] = streams
    expect(orders).toMatchObject({
      topic: { name: 'orders', partitions: 12 },
      consumers: { count: 3, group: 'billing' },
      producer: { acks: 1 },
    })
    expect(orders?.thresholds.map(t => t.metric)).toEqual(['failed.count', 'response.p99'])
    expect(audit).toMatchObject({ topic: { name: '', partitions: 4 }, producer: { acks: -1 } })
    expect(audit?.thresholds.map(t => t.metric)).toEqual(['response.p99'])
  })
  it('are added, changed and taken away by what extends them', async () => {
    const base = { streams: { orders: { rate: '1/s' }, audit: { rate: '2/s', size: '5B' } } }
    const { streams } = await resolve({
      extends: base,
      streams: { orders: null as never, audit: { rate: '3/s' }, late: {} },
    })
    expect(streams.map(s => [s.name, s.size])).toEqual([
      ['audit', 5],
      ['late', 100],
    ])
    expect(streams[0]?.rate).toMatchObject({ rate: 3 })
  })
  it('without any there is one, named default', async () => {
    const { streams } = await resolve({ rate: '7/s' })
    expect(streams.map(s => s.name)).toEqual(['default'])
  })
})

describe('extends', () => {
  it('the later one wins, and what extends wins over both', async () => {
    const preset = definePreset({ name: 'p', config: { seed: 1, timeout: '1s', warmup: '1s' } })
    const { raw } = await merge({ extends: [preset(), { timeout: '2s', warmup: '2s' }], warmup: '3s' })
    expect(raw).toMatchObject({ seed: 1, timeout: '2s', warmup: '3s' })
  })
  it('a preset makes its configuration from options', async () => {
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: (v: unknown) => ({ value: { size: Number((v as { kb?: number }).kb ?? 1) * 1000 } }),
        types: undefined as unknown as { input: { kb?: number }; output: { size: number } },
      },
    }
    const preset = definePreset({ name: 'p', schema, config: ({ size }) => ({ size }) })
    expect((await merge({ extends: preset({ kb: 5 }) })).raw).toMatchObject({ size: 5000 })
    expect((await merge({ extends: [preset()] })).raw).toMatchObject({ size: 1000 })
  })
  it('a circle of values is a fault, not a hang', async () => {
    const a: { extends?: Config } = {}
    a.extends = a as Config
    const { faults } = await merge({ extends: a as Config })
    expect(faults).toEqual([expect.objectContaining({ path: 'extends', expected: 'no circle' })])
  })
})

describe('the fingerprint', () => {
  it('is the same for two evaluations, and has no functions', async () => {
    const config = () => ({ plugins: [{ name: 'inline', stream() {} }, keys.sequential()], seed: 1 })
    const [a, b] = [await merge(config()), await merge(config())]
    expect(fingerprintDifference(a.fingerprint, b.fingerprint)).toBeUndefined()
    expect(() => structuredClone(a.fingerprint)).not.toThrow()
  })
  it.each([
    [{ seed: 1 }, { seed: 2 }, 'seed'],
    [{ topic: 'a' }, { topic: 'b' }, 'topic.name'],
    [{ brokers: ['a:1', 'b:1'] }, { brokers: ['a:1', 'c:1'] }, 'brokers.1'],
    [
      { plugins: [keys.random({ cardinality: 1 })] },
      { plugins: [keys.random({ cardinality: 2 })] },
      'plugins.keys.random.options.cardinality',
    ],
    [{ streams: { a: {} } }, { streams: { a: {}, b: {} } }, 'streams.b'],
  ])('names where %j and %j differ', async (a, b, path) => {
    const [x, y] = [await merge(a as Config), await merge(b as Config)]
    expect(fingerprintDifference(x.fingerprint, y.fingerprint)).toBe(path)
  })
})

it('stages make the duration, and the warm-up is their first part', async () => {
  const rate = [
    { rate: '1k/s', for: '10s', ramp: true },
    { rate: '1k/s', for: 20 },
  ]
  expect(await resolve({ rate, warmup: '5s' })).toMatchObject({ warmupUs: 5e6, durationUs: 25e6 })
  await expect(resolve({ rate, warmup: '5s', duration: '30s' })).rejects.toThrow(
    'stages that add up to 5s of warmup and 30s of duration, not to 30s',
  )
  await expect(resolve({ warmup: 0, streams: { a: { rate }, b: { rate: rate.slice(1) } } })).rejects.toThrow(
    'streams.b.rate: expected stages that add up to 0s of warmup and 30s of duration, not to 20s',
  )
})

it('a topic’s settings may be numbers and booleans, as YAML has them: Kafka gets texts', async () => {
  const configs = {
    'retention.ms': 60_000,
    'unclean.leader.election.enable': false,
    'cleanup.policy': 'compact',
  }
  const { streams } = await resolve({ topic: { configs: configs as never } })
  expect(streams[0]?.topic.configs).toEqual({
    'retention.ms': '60000',
    'unclean.leader.election.enable': 'false',
    'cleanup.policy': 'compact',
  })
})

it('no more threads than there is work for', async () => {
  expect((await resolve({ threads: 8, producers: 2, consumers: 3 })).threads).toBe(3)
  expect((await resolve({ threads: 2, producers: 5 })).threads).toBe(2)
})

it('every fault is thrown at once, with path and value', async () => {
  const error = await resolve({ rate: 'fast', producer: { acks: 7 as never }, sise: 5 } as Config).catch(
    e => e,
  )
  expect(error).toBeInstanceOf(ConfigError)
  const faults = (error as ConfigError).faults.map(f => [f.path, f.value, f.origin, f.hint])
  expect(faults).toEqual([
    ['sise', 5, 'run()', 'did you mean size?'],
    ['rate', 'fast', 'run()', undefined],
    ['producer.acks', 7, 'run()', undefined],
  ])
})

it('a plugin’s options are validated, and read back by its key', async () => {
  const config = await resolve({ plugins: [sizes.uniform({ min: '1KiB', max: '2KiB' })] })
  expect(at(config.options['sizes.uniform'], 'min')).toBe(1024)
})
