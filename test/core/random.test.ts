import { expect, it } from 'vitest'
import { createRandom } from '../../core/random.ts'

it('is a function of seed, stream, purpose and index', () => {
  const a = createRandom(1, 's', 'key')
  const b = createRandom(1, 's', 'key')
  const draws = (r: typeof a, indexes: number[]) =>
    indexes.map(i => {
      r.seek(i)
      return [r.float(), r.int(1000), r.int(2 ** 40)]
    })
  expect(draws(a, [0, 1, 2, 2 ** 33])).toEqual(draws(b, [2 ** 33, 2, 1, 0]).reverse())
  expect(draws(a, [5])).not.toEqual(draws(createRandom(2, 's', 'key'), [5]))
  expect(draws(a, [5])).not.toEqual(draws(createRandom(1, 's', 'size'), [5]))
})

it('is uniform: chi-square over 100 cells, first draws and later ones', () => {
  const random = createRandom(7, 'orders', 'key')
  for (const skip of [0, 1, 5]) {
    const cells = new Array<number>(100).fill(0)
    for (let i = 0; i < 100_000; i++) {
      random.seek(i)
      for (let s = 0; s < skip; s++) random.float()
      const cell = random.int(100)
      cells[cell] = (cells[cell] ?? 0) + 1
    }
    const chi = cells.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)
    expect(chi).toBeLessThan(148.2) // 99 degrees of freedom, p = 0.001
  }
})
