import { expect, it } from 'vitest'
import { run } from '../../../core/index.ts'

it('what members of two threads read again is counted to the record', async () => {
  const result = await run(new URL('./churn.config.ts', import.meta.url))
  expect(result.run.threads).toBe(2)
  const { counts } = result.streams['default']!.phases.measure
  expect(counts.acked).toBe(7000)
  const { rebalances, lag } = result.streams['default']!.sections['consumers'] as {
    rebalances: { count: number; redelivered: number; unownedUs: number }
    lag: { records: number }
  }
  expect(lag.records).toBe(0)
  expect(rebalances.redelivered).toBeGreaterThan(0)
  expect(rebalances.redelivered).toBe(counts.consumed - counts.acked)
  expect(rebalances.count).toBeGreaterThanOrEqual(3)
  expect(rebalances.unownedUs).toBeLessThan(4_000_000)
})
