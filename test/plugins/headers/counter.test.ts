import { expect, it } from 'vitest'
import { headers } from '../../../plugins/index.ts'
import { faultsOf } from '../draws.ts'
import { headersOf, texts } from './headers.ts'

it.each([
  [0, [0, 9, 10, 99, 2 ** 31, 2 ** 52 - 1]],
  [1000, [0, 1, 2 ** 40]],
])('counts records from %s', async (start, indexes) => {
  const of = await headersOf([headers.counter({ name: 'n', start })])
  for (const index of indexes) expect(texts(of(index))).toEqual({ n: String(start + index) })
})
it('as the LongSerializer of Java writes it', async () => {
  const of = await headersOf([headers.counter({ name: 'n', encoding: 'int64' })])
  for (const index of [0, 255, 2 ** 32 - 1, 2 ** 32, 2 ** 52 - 1])
    expect(of(index)['n']?.readBigInt64BE()).toBe(BigInt(index))
})
it('writes all of them into the same memory', async () => {
  const of = await headersOf([
    headers.counter({ name: 'a' }),
    headers.counter({ name: 'b', start: 5 }).as('b'),
  ])
  expect(texts(of(17))).toEqual({ a: '17', b: '22' })
})
it('refuses what is no name and no number', async () => {
  expect(await faultsOf([headers.counter({ name: '', start: -1 })])).toEqual([
    'headers.counter.name: expected the name of a header, 1 to 256 characters',
    'headers.counter.start: expected a whole number from 0 to 4503599627370496',
  ])
})
