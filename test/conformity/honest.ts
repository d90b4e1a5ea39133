import assert from 'node:assert/strict'
import type { Context } from './context.ts'
import type { Harness } from './harness.ts'

interface Expected {
  readonly topic: string
  /** @default 1 */
  readonly partitions?: number
  readonly once?: boolean
  readonly open?: boolean
}

/**
 * Compares what became of each record with what is stored. Values must be the harness's own, `v<index>`.
 * `once`: nothing is stored twice, and each partition is in order. `open`: some may be without an outcome, and held.
 */
export async function assertHonest(
  context: Context,
  harness: Harness,
  { topic, partitions = 1, once = false, open = false }: Expected,
): Promise<void> {
  assert.equal(harness.balance(), 0, 'what has no outcome is held')
  if (!open) assert.equal(harness.held(), 0, 'every record has an outcome')
  const stored = new Map<number, number>()
  for (const values of await context.raw.values(topic, partitions)) {
    const numbers = values.map(each => Number(each.slice(1)))
    for (const each of numbers) stored.set(each, (stored.get(each) ?? 0) + 1)
    if (once)
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
        'the order of a partition',
      )
  }
  for (const [index, state] of harness.states()) {
    const times = stored.get(index) ?? 0
    if (state === 'acked') assert.ok(times > 0, `record ${index} is acked and not stored`)
    if (state === 'failed') assert.equal(times, 0, `record ${index} is failed and stored`)
    if (once) assert.ok(times <= 1, `record ${index} is stored ${times} times`)
  }
}
