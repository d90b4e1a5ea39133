import { expect, it } from 'vitest'
import { headers } from '../../../plugins/index.ts'
import { faultsOf } from '../draws.ts'
import { ALPHA, chiSquare, DRAWS } from '../statistics.ts'
import { headersOf, texts } from './headers.ts'

it('all values in turn, the last range first', async () => {
  const of = await headersOf([headers.template({ name: 't', template: 'r{1..2}-{08..10}', order: 'cycle' })])
  expect([0, 1, 2, 3, 5, 6].map(i => texts(of(i))['t'])).toEqual([
    'r1-08',
    'r1-09',
    'r1-10',
    'r2-08',
    'r2-10',
    'r1-08',
  ])
})
it('each as often as any other, drawn', async () => {
  const of = await headersOf([headers.template({ name: 't', template: 'tenant-{0..99}' })])
  const counts = new Float64Array(100)
  for (let i = 0; i < DRAWS / 2; i++) {
    const tenant = Number(of(i)['t']?.toString().slice(7))
    counts[tenant] = (counts[tenant] as number) + 1
  }
  expect(chiSquare(counts, new Float64Array(100).fill(0.01)).p).toBeGreaterThan(ALPHA)
})
it('two of them have nothing to do with each other', async () => {
  const of = await headersOf([
    headers.template({ name: 'a', template: '{0..9}' }),
    headers.template({ name: 'b', template: '{0..9}' }).as('b'),
  ])
  const pairs = new Float64Array(100)
  for (let i = 0; i < 100_000; i++) {
    const { a, b } = texts(of(i))
    const pair = 10 * Number(a) + Number(b)
    pairs[pair] = (pairs[pair] as number) + 1
  }
  expect(chiSquare(pairs, new Float64Array(100).fill(0.01)).p).toBeGreaterThan(ALPHA)
})
it.each([
  ['tenant', 'expected a range in it, such as user-{0..9999}'],
  ['t{0-9}', 'expected a range such as {0..9999} or {0000..9999}, not {0-9}'],
  ['t{9..0}', 'expected the first number of {9..0} up to the last, and the last below 2^53'],
  ['{"a":{0..1}}', 'expected pairs of braces; a brace of the text itself is written {{'],
])('refuses %s', async (template, expected) => {
  expect(await faultsOf([headers.template({ name: 't', template })])).toEqual([
    `headers.template.template: ${expected}`,
  ])
})
