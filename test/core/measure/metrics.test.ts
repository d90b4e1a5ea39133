import { describe, expect, it } from 'vitest'
import type { Metrics } from '../../../core/api.ts'
import { MetricRegistry } from '../../../core/measure/metrics.ts'

/** Two workers that do the same, and main, which folds what they took. */
function folded(use: (metrics: Metrics, worker: number) => void, takes = 1): MetricRegistry {
  const main = new MetricRegistry()
  use(main.for('acme'), -1)
  for (const thread of [0, 1]) {
    const worker = new MetricRegistry()
    use(worker.for('acme'), thread)
    for (let i = 0; i < takes; i++) main.add(thread, structuredClone(worker.take()))
  }
  return main
}
const about = { unit: 'records', help: '' }

describe('metrics of plugins', () => {
  it('counters add up over workers, and are totals: taken twice, counted once', () => {
    const main = folded((m, worker) => m.counter('rare', about).add(worker + 2), 3)
    expect(main.value('acme.rare')).toBe(5)
  })
  it.each([
    ['sum', 7],
    ['min', 3],
    ['max', 4],
  ] as const)('gauges are folded by %s', (merge, expected) => {
    const main = folded((m, worker) => {
      const gauge = m.gauge('depth', { ...about, merge })
      if (worker >= 0) gauge.set(worker + 3)
    })
    expect(main.value('acme.depth')).toBe(expected)
  })
  it('histograms are merged', () => {
    const main = folded((m, worker) => {
      const h = m.histogram('cost', { unit: 'µs', help: '' })
      if (worker >= 0) h.record(100 * (worker + 1), 5)
    })
    expect(main.histogram('acme.cost')).toMatchObject({ count: 10, min: 100, max: 200 })
  })
  it('collect takes totals and folds them in main', () => {
    const values: ({ readonly value: { n: number } | undefined } | undefined)[] = []
    folded((m, worker) => {
      const seen = m.collect('seen', { take: () => ({ n: worker + 1 }), merge: (a, b) => ({ n: a.n + b.n }) })
      if (worker < 0) values.push(seen)
    })
    expect(values[0]?.value).toEqual({ n: 3 })
  })
  it('of one name twice are an error', () => {
    const m = new MetricRegistry().for('acme')
    m.counter('x', about)
    expect(() => m.counter('x', about)).toThrow(/the metric acme.x is there already/)
  })
})
