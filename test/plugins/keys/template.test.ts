import fc from 'fast-check'
import { expect, it } from 'vitest'
import { keys } from '../../../plugins/index.ts'
import { counted, draws } from '../draws.ts'
import { ALPHA, chiSquare, DRAWS } from '../statistics.ts'

it.each([
  ['user-{0..9999}', ['user-0', 'user-1', 'user-2'], 10_000],
  ['{0000..9999}', ['0000', '0001', '0002'], 10_000],
  ['{98..101}!', ['98!', '99!', '100!', '101!', '98!'], 4],
  ['a{1..2}b{08..10}c', ['a1b08c', 'a1b09c', 'a1b10c', 'a2b08c', 'a2b09c', 'a2b10c', 'a1b08c'], 6],
  ['{5..5}{0..1}', ['50', '51', '50'], 2],
  ['{{{0..1}}}', ['{0}', '{1}', '{0}'], 2],
  ['Zürich–{00..07}–é', ['Zürich–00–é', 'Zürich–01–é'], 8],
  ['{9007199254740989..9007199254740991}', ['9007199254740989', '9007199254740990', '9007199254740991'], 3],
  ['{00..05}{000..999}', ['00000', '00001', '00002'], 6000],
])('%s in turn', async (template, first, total) => {
  const drawn = await draws([keys.template({ template })])
  expect(first.map((_, i) => drawn.text(i))).toEqual(first)
  expect(drawn.text(total)).toBe(first[0])
  const round = new Set(Array.from({ length: total }, (_, i) => drawn.text(i)))
  expect(round.size).toBe(total)
})
it('draws each key as often as any other', async () => {
  const drawn = await draws([keys.template({ template: 'eu-{1..20}-{00..24}', order: 'random' })])
  const counts = counted(DRAWS, 500, i => {
    const [, a, b] = /^eu-(\d{1,2})-(\d\d)$/.exec(drawn.text(i) ?? '') ?? []
    return (Number(a) - 1) * 25 + Number(b)
  })
  expect(
    chiSquare(
      counts,
      Array.from(counts, (_, i) => (i < 500 ? 1 / 500 : 0)),
    ).p,
  ).toBeGreaterThan(ALPHA)
})
it('writes all keys into the same memory', async () => {
  const drawn = await draws([keys.template({ template: 'k{0..99}' })])
  const [one, other] = [drawn.key(3), drawn.key(7)]
  expect(one).toBe(other)
  expect((drawn.key(42) as Uint8Array).buffer).toBe((one as Uint8Array).buffer)
})
it('is what it says, for any ranges and texts', async () => {
  const literal = fc.string({ unit: fc.constantFrom('a', '-', 'ß', '.', '☃'), maxLength: 5 })
  const range = fc
    .record({
      from: fc.integer({ min: 0, max: 2 ** 40 }),
      size: fc.integer({ min: 1, max: 1000 }),
      width: fc.constantFrom(0, 15),
    })
    .map(({ from, size, width }) => ({ from, size, width, to: from + size - 1 }))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(literal, range), { minLength: 1, maxLength: 4 }),
      literal,
      fc.integer({ min: 0, max: 2 ** 40 }),
      async (pairs, tail, index) => {
        const padded = (n: number, width: number) => String(n).padStart(width, '0')
        const template =
          pairs.map(([text, r]) => `${text}{${padded(r.from, r.width)}..${padded(r.to, r.width)}}`).join('') +
          tail
        const drawn = await draws([keys.template({ template })])
        let rest = index % pairs.reduce((n, [, r]) => n * r.size, 1)
        const parts = pairs.toReversed().map(([text, r]) => {
          const n = r.from + (rest % r.size)
          rest = Math.floor(rest / r.size)
          return text + padded(n, r.width)
        })
        expect(drawn.text(index)).toBe(parts.toReversed().join('') + tail)
      },
    ),
    { numRuns: 60, seed: 1 },
  )
})
