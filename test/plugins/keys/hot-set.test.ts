import { expect, it } from 'vitest'
import { keys } from '../../../plugins/index.ts'
import { counted, draws } from '../draws.ts'
import { ALPHA, chiSquare, DRAWS } from '../statistics.ts'

it.each([
  { cardinality: 1000, hot: 10, share: 0.8 },
  { cardinality: 100, hot: 1, share: '5%' },
  { cardinality: 2, hot: 1, share: 0.5 },
  { cardinality: 50, hot: 20, share: 1 },
  { cardinality: 50, hot: 20, share: 0 },
])('gives the hot keys their share, each the same: %o', async options => {
  const { cardinality, hot } = options
  const share = options.share === '5%' ? 0.05 : Number(options.share)
  const drawn = await draws([keys.hotSet(options)])
  const counts = counted(DRAWS, cardinality, drawn.number)
  const shares = Array.from(counts, (_, key) =>
    key < hot ? share / hot : key < cardinality ? (1 - share) / (cardinality - hot) : 0,
  )
  expect(chiSquare(counts, shares).p).toBeGreaterThan(ALPHA)
})
it('works with 2^53 keys, all but one of them hot', async () => {
  const drawn = await draws([keys.hotSet({ cardinality: 2 ** 53, hot: 2 ** 53 - 1, share: 0.5 })])
  const last = counted(10_000, 1, i => (drawn.number(i) === 2 ** 53 - 1 ? 0 : -1))
  expect(chiSquare(last, [0.5, 0.5]).p).toBeGreaterThan(ALPHA)
})
