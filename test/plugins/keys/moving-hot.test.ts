import { expect, it } from 'vitest'
import { keys } from '../../../plugins/index.ts'
import { counted, draws } from '../draws.ts'
import { ALPHA, chiSquare, DRAWS } from '../statistics.ts'

const S = 1e6

// by the scheduled time: the hot keys of ten, three at a time, for 5 s each
it.each([
  [0, [0, 1, 2]],
  [5 * S - 1, [0, 1, 2]],
  [5 * S, [3, 4, 5]],
  [10 * S, [6, 7, 8]],
  [15 * S, [9, 0, 1]],
  [20 * S, [0, 1, 2]],
])('at %d µs the hot keys are %j', async (scheduledAt, hot) => {
  const drawn = await draws([keys.movingHot({ cardinality: 10, hot: 3, share: 0.6, every: '5s' })])
  const counts = counted(DRAWS / 4, 10, i => drawn.number(i, scheduledAt))
  const shares = Array.from(counts, (_, key) => (hot.includes(key) ? 0.2 : key < 10 ? 0.4 / 7 : 0))
  expect(chiSquare(counts, shares).p).toBeGreaterThan(ALPHA)
})
it('moves from one hot key to the next, and round again', async () => {
  const drawn = await draws([keys.movingHot({ cardinality: 4, share: 1, every: '100ms' })])
  const at = [0, 99_999, 100_000, 250_000, 399_999, 400_000, 7 * 86_400 * S]
  expect(at.map((time, i) => drawn.key(i, time))).toEqual([0, 0, 1, 2, 3, 0, (7 * 864_000) % 4])
})
it('stays within 2^53 keys', async () => {
  const cardinality = 2 ** 53
  const drawn = await draws([keys.movingHot({ cardinality, hot: 2 ** 52 + 1, share: 0.5, every: '1s' })])
  for (let i = 0; i < 10_000; i++) {
    const key = drawn.number(i, S)
    if (!Number.isSafeInteger(key) || key < 0) expect(key).toBe('a key')
  }
})
