import { run } from 'kafka-loadtest'
import { fakeDriver, virtualClock } from 'kafka-loadtest/testing'
import { expect, it } from 'vitest'
import { keys } from '../../../plugins/index.ts'
import { counted, draws } from '../draws.ts'
import { ALPHA, chiSquare, DRAWS } from '../statistics.ts'

it.each([0, 0.001, 0.3, '50%', 1])('takes the keys of %s of all records', async share => {
  const drawn = await draws([keys.nulls({ share }), keys.sequential()])
  let nulls = 0
  for (let i = 0; i < DRAWS; i++) {
    const key = drawn.key(i)
    if (key === null) nulls++
    else if (key !== i) expect(key).toBe(i)
  }
  const p = share === '50%' ? 0.5 : Number(share)
  if (p > 0 && p < 1) expect(chiSquare([nulls, DRAWS - nulls], [p, 1 - p]).p).toBeGreaterThan(ALPHA)
  else expect(nulls).toBe(p * DRAWS)
})
it('has nothing to do with which key it was', async () => {
  const drawn = await draws([keys.random({ cardinality: 10 }), keys.nulls({ share: 0.5 })])
  const counts = counted(DRAWS, 10, i => (drawn.key(i) === null ? -1 : drawn.number(i)))
  const shares = Array.from(counts, (_, key) => (key < 10 ? 0.05 : 0.5))
  expect(chiSquare(counts, shares).p).toBeGreaterThan(ALPHA)
})
it('goes with any keys in a run, wherever it is listed', async () => {
  const seen: (string | number | null)[] = []
  const driver = fakeDriver({ onRecord: ({ key }) => void seen.push(key as string | number | null) })
  const plugins = [keys.nulls({ share: 0.25 }), driver, keys.weighted({ keys: { a: 1 } })]
  await run({ rate: '1k/s', warmup: 0, duration: 4, plugins }, { clock: virtualClock })
  expect(new Set(seen)).toEqual(new Set([null, 'a']))
  const nulls = seen.filter(key => key === null).length
  expect(chiSquare([nulls, 4000 - nulls], [0.25, 0.75]).p).toBeGreaterThan(ALPHA)
})
