import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Ranges } from '../../../plugins/consumers/ranges.ts'

const ranges = fc.array(fc.tuple(fc.nat(60), fc.nat(12)).map(([from, n]) => ({ from, to: from + n })))

it('are what a set of numbers would be, whatever the order', () => {
  fc.assert(
    fc.property(ranges, all => {
      const [set, numbers] = [new Ranges(), new Set<number>()]
      for (const { from, to } of all) {
        const before = numbers.size
        for (let i = from; i < to; i++) numbers.add(i)
        expect(set.add(from, to)).toBe(to - from - (numbers.size - before))
      }
      expect(set.size).toBe(numbers.size)
      const runs = [...numbers].filter(i => !numbers.has(i - 1)).length
      expect(set.count).toBe(runs)
    }),
  )
})

it('know their longest, and the longest gap between them', () => {
  const set = new Ranges()
  for (const [from, to] of [
    [10, 20],
    [50, 90],
    [20, 30],
  ] as const)
    set.add(from, to)
  expect([set.count, set.size, set.longest]).toEqual([2, 60, 40])
  expect(set.longestGap(0, 200)).toBe(110)
  expect(set.longestGap(0, 100)).toBe(20)
  expect(set.longestGap(10, 60)).toBe(20)
  expect(set.longestGap(12, 28)).toBe(0)
  expect(new Ranges().longestGap(5, 9)).toBe(4)
})

it('a copy is one of its own', () => {
  const set = new Ranges()
  set.add(0, 10)
  const copy = set.copy()
  copy.add(20, 30)
  expect([set.size, copy.size]).toEqual([10, 20])
})
