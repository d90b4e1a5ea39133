/** Every preset on the embedded broker, at a small scale and for a second: it runs, nothing is lost, and its thresholds are judged. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sizeInBytes } from '../../core/config/units.ts'
import type { PresetValue } from '../../core/define.ts'
import { type Config, type Result, run } from '../../core/index.ts'
import { type RunningBroker, startBroker } from '../../plugins/index.ts'
import { presets as catalog } from '../../presets/default.ts'
import { presets } from '../../presets/index.ts'

const names = Object.keys(catalog)

/** What a busy machine may take all the same, and times that fit into a second. */
const patience = { p99: '1m' }
const options: Readonly<Record<string, object>> = {
  sustained: { slower: '1m' },
  soak: { slower: '1m', growth: '1GiB', clock: '1m' },
  'consumer-group': { behind: '1m', unowned: '1m', every: '2s' },
  'catch-up': { build: '500ms', drain: '1m' },
  transactions: { commit: '1m' },
}
/** As much of its load as makes some hundred records a second. */
const scales: Readonly<Record<string, number>> = { smoke: 0.3, 'large-messages': 0.2 }

async function load(name: string, broker: RunningBroker, config: Config = {}): Promise<Result> {
  return run({
    extends: [[name, { ...patience, ...options[name] }]],
    ...{
      brokers: broker.addresses,
      allowTainted: true,
      scale: scales[name] ?? 0.02,
      warmup: 0.2,
      duration: 1,
    },
    ...config,
  })
}

describe('every preset', () => {
  let broker: RunningBroker
  beforeAll(async () => {
    broker = await startBroker({}, () => undefined)
  })
  afterAll(() => broker.close())

  it.each(names)('%s runs', async name => {
    const result = await load(name, broker)
    const { verdict, thresholds, streams } = result
    expect(verdict.state, JSON.stringify(verdict.reasons)).not.toBe('invalid')
    // each is judged by a figure that the run has
    expect(thresholds.length).toBeGreaterThanOrEqual(4)
    expect(thresholds.filter(t => t.value === null || !t.ok)).toEqual([])
    expect(result.exitCode).toBe(0)
    for (const { identity, phases } of Object.values(streams)) {
      expect(identity.holds).toBe(true)
      expect(phases.measure.counts.acked).toBeGreaterThan(0)
      expect(phases.measure.counts.consumed).toBeGreaterThan(0)
    }
  })

  it('fails on a threshold that does not hold', async () => {
    const result = await load('latency', broker, { thresholds: { 'response.p99': '< 1us' } })
    expect(result.thresholds.filter(t => !t.ok).map(t => t.name)).toEqual(['response.p99'])
    expect(result.exitCode).toBe(99)
  })
})

describe('each of them', () => {
  it('is one of those that are promised, by the same name everywhere', () => {
    const promised =
      'throughput latency mixed stress sustained soak burst partition consumer-group large-messages ' +
      'small-messages catch-up transactions hot-key smoke'
    expect(names).toEqual(promised.split(' '))
    const camel = (name: string) => name.replace(/-([a-z])/g, (_, c: string) => c.toUpperCase())
    expect(Object.keys(presets)).toEqual(names.map(camel))
    expect(Object.values(presets).map(preset => preset().name)).toEqual(names)
  })

  const made = Object.values(presets).map(make => [make().name, make() as PresetValue] as const)
  it.each(made)(
    '%s says what it is for, what it needs and what it takes',
    (_, { about = '', needs, takes }) => {
      expect(about.length).toBeGreaterThan(20)
      expect(about.length).toBeLessThanOrEqual(90)
      expect(about).not.toMatch(/\.$/)
      expect(needs?.brokers).toBeGreaterThanOrEqual(1)
      for (const size of [needs?.memory, needs?.disk]) expect(sizeInBytes(size)).toBeGreaterThan(0)
      expect(takes).toHaveProperty('p99')
    },
  )

  it.each(made)('%s: no threshold depends on the scale', async (_, preset) => {
    const checked = await preset.schema?.['~standard'].validate({})
    expect(checked?.issues).toBeUndefined()
    const { thresholds = {}, ...config } = preset.config((checked as { value: unknown }).value)
    expect(Object.keys(thresholds).length).toBeGreaterThanOrEqual(4)
    for (const [metric, expected] of Object.entries(thresholds)) {
      expect(metric).not.toMatch(/rate$/i)
      if (metric.endsWith('.count')) expect(expected).toBe('== 0')
    }
    // nothing is left to a default that might change
    for (const key of ['rate', 'warmup', 'duration', 'size', 'producers', 'consumers'])
      expect(config).toHaveProperty(key)
  })
})

it('as much disk as it says is enough for what it writes', async () => {
  const { mergeConfig } = await import('../../core/config/merge.ts')
  const { resolveConfig } = await import('../../core/config/resolve.ts')
  const { idleHost } = await import('../../core/host.ts')
  for (const make of Object.values(presets)) {
    const preset = make() as PresetValue
    const merged = await mergeConfig({ value: { extends: preset }, cwd: '/', env: {}, command: 'run' })
    const config = await resolveConfig(merged)
    const host = idleHost(merged, config)
    host.register()
    const bytes = host.streams.reduce((sum, s) => {
      const kept = Number(s.config.topic.configs['retention.ms'] ?? Number.POSITIVE_INFINITY) / 1000
      const seconds = Math.min(kept, (config.warmupUs + config.durationUs) / 1e6)
      const rate = (s.schedule?.total ?? 0) / ((s.schedule?.endUs ?? 0) / 1e6)
      const squeezed = s.config.producer.compression === 'none' ? 1 : 0.55
      return sum + seconds * rate * s.config.size * squeezed
    }, 0)
    await host.close()
    const disk = sizeInBytes(preset.needs?.disk) as number
    expect(disk, `${preset.name} writes ${bytes}`).toBeGreaterThan(bytes * 0.95)
    expect(disk, `${preset.name} writes ${bytes}`).toBeLessThan(bytes * 4)
  }
})
