/** What each preset is known for, by its name: who changes it changes what users compare. */
import { describe, expect, it } from 'vitest'
import { mergeConfig } from '../../core/config/merge.ts'
import { resolveConfig } from '../../core/config/resolve.ts'
import { presets } from '../../presets/default.ts'

/** Producers/consumers, records/s, bytes of a value, duration in s, and what else makes it what it is. */
const PROMISED: Readonly<Record<string, readonly [string, number, number, number, ...string[]]>> = {
  throughput: ['10/5', 100_000, 1024, 300, 'lz4', 'batches of 1000', 'values.filler'],
  latency: ['5/5', 10_000, 100, 300, 'batches of 10'],
  mixed: ['20/20', 50_000, 512, 300, 'snappy', 'keys.zipf', 'sizes.lognormal', 'values.filler'],
  stress: ['50/50', 200_000, 1024, 600, 'lz4', 'keys.random', 'values.filler'],
  sustained: ['5/5', 10_000, 512, 3600, 'keys.random', 'drift'],
  soak: ['5/5', 10_000, 512, 86_400, 'keys.random', 'drift'],
  burst: ['20/10', 10_000, 2048, 300, 'lz4', 'keys.random', 'load.bursts', 'values.filler'],
  partition: ['10/8', 50_000, 512, 300, 'partitions.imbalanced'],
  'consumer-group': ['5/30', 20_000, 512, 600, 'keys.random', 'consumers.churn'],
  'large-messages': ['5/5', 50, 1_048_576, 300],
  'small-messages': ['10/5', 200_000, 64, 300, 'keys.random'],
  'catch-up': ['5/6', 20_000, 1024, 360, 'consumers.backlog'],
  transactions: ['5/5', 10_000, 512, 300, 'transactions'],
  'hot-key': ['5/6', 20_000, 512, 300, 'keys.hotSet'],
  smoke: ['1/1', 1000, 100, 8],
}

async function resolved(value: object) {
  const merged = await mergeConfig({ value, cwd: process.cwd(), env: {}, command: 'run' })
  return { config: await resolveConfig(merged), plugins: merged.plugins.map(p => p.key) }
}

describe('a preset keeps what it promises', async () => {
  const { plugins: usual, config: plain } = await resolved({})
  const batch = plain.streams[0]?.producer.batchRecords

  it('each of them', () => expect(Object.keys(PROMISED)).toEqual(Object.keys(presets)))
  it.each(Object.entries(PROMISED))('%s', async (name, promised) => {
    const { config, plugins } = await resolved({ extends: [name] })
    const [s] = config.streams
    if (s?.rate.kind !== 'constant') throw new Error('its rate is not a number')
    const { compression, batchRecords } = s.producer
    expect([
      `${s.producers}/${s.consumers.count}`,
      s.rate.rate,
      s.size,
      config.durationUs / 1e6,
      ...(compression === 'none' ? [] : [compression]),
      ...(batchRecords === batch ? [] : [`batches of ${batchRecords}`]),
      ...plugins.filter(key => !usual.includes(key)),
    ]).toEqual(promised)
  })
})
