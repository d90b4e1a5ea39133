import fc from 'fast-check'
import { expect, it } from 'vitest'
import { keys } from '../../../plugins/index.ts'
import { draws } from '../draws.ts'

it('keys.sequential goes on, and with a cardinality begins again', async () => {
  const [endless, seven] = [
    await draws([keys.sequential()]),
    await draws([keys.sequential({ cardinality: 7 })]),
  ]
  expect([0, 1, 6, 7, 8, 2 ** 40].map(i => endless.key(i))).toEqual([0, 1, 6, 7, 8, 2 ** 40])
  expect([0, 1, 6, 7, 8, 700].map(i => seven.key(i))).toEqual([0, 1, 6, 0, 1, 0])
})
it('keys.roundRobin has each key as often as any other', async () => {
  const drawn = await draws([keys.roundRobin({ cardinality: 3 })])
  expect(Array.from({ length: 8 }, (_, i) => drawn.text(i))).toEqual(['0', '1', '2', '0', '1', '2', '0', '1'])
})
it('cycles exactly, whatever record and cardinality', async () => {
  const whole = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 2 ** 53 }),
      fc.array(whole, { minLength: 20 }),
      async (c, indices) => {
        const drawn = await draws([keys.roundRobin({ cardinality: c })])
        for (const index of indices) expect(drawn.key(index)).toBe(Number(BigInt(index) % BigInt(c)))
      },
    ),
    { numRuns: 30, seed: 1 },
  )
})
