import { expect, it } from 'vitest'
import { sizes } from '../../../plugins/index.ts'
import { faultsOf } from '../draws.ts'
import { sizesOf } from './sizes.ts'

it.each([
  [0, 0],
  ['100B', 100],
  ['1KiB', 1024],
  ['64MiB', 2 ** 26],
])('%s', async (size, bytes) => {
  const of = await sizesOf([sizes.fixed({ size })])
  expect([0, 1, 2 ** 40].map(i => of(i))).toEqual([bytes, bytes, bytes])
})
it.each(['64.1MiB', '-1B', 'large', '1.5B'])('refuses %s', async size => {
  expect(await faultsOf([sizes.fixed({ size })])).toEqual([
    "sizes.fixed.size: expected a size from 0B to 64MiB, such as '8KiB' or 800 (bytes)",
  ])
})
