import fc from 'fast-check'
import { run } from 'kafka-loadtest'
import { fakeDriver, virtualClock } from 'kafka-loadtest/testing'
import { describe, expect, it } from 'vitest'
import type { Key } from '../../../core/record.ts'
import { keys, sizes } from '../../../plugins/index.ts'
import { faultsOf } from '../draws.ts'
import { ALPHA, chiSquare, DRAWS } from '../statistics.ts'
import { sizesOf } from './sizes.ts'

describe('classes', () => {
  const classes = {
    vip: '64KiB',
    'user-*': 300,
    'user-eu-*': 400,
    'user-{0..99}': 500,
    'user-{200..299}': 600,
    'user-7': 700,
    '{1000..1999}': 800,
    '42': 900,
    'é*': 1000,
  }
  it.each<[Key | null, number]>([
    ['vip', 65_536],
    ['vip2', 77],
    ['vi', 77],
    ['user-', 300],
    ['user-x', 300],
    ['user-1x', 300],
    ['user-100', 300],
    ['user-eu-1', 400],
    ['user-eu', 300],
    ['user-99', 500],
    ['user-007', 500],
    ['user-250', 600],
    ['user-7', 700],
    [1000, 800],
    ['1999', 800],
    [2000, 77],
    [42, 900],
    ['42', 900],
    [420, 77],
    [-42, 77],
    [2 ** 53 - 1, 77],
    ['époque', 1000],
    [Buffer.from('époque'), 1000],
    [Buffer.from('user-250'), 600],
    ['', 77],
    ['x'.repeat(1000), 77],
    [null, 77],
  ])('of %j: %i bytes', async (key, bytes) => {
    const of = await sizesOf([sizes.byKey({ classes, default: 77 })])
    expect(of(1, { key })).toBe(bytes)
  })
  it('without a default a key of no class has the size of the stream', async () => {
    const of = await sizesOf([sizes.byKey({ classes })], { size: '2KiB' })
    expect([of(1), of(1, { key: 'x' })]).toEqual([2048, 2048])
  })
  it('of every key there is', async () => {
    const of = await sizesOf([sizes.byKey({ classes: { '*': 5, 'a*': 6, '{0..9}': 7 } })])
    expect(['', 'b', 'a', 3, 10, 'ab', '3'].map(key => of(0, { key }))).toEqual([5, 5, 6, 7, 5, 6, 7])
  })
  it('the most particular one counts, for any patterns and keys', async () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '1', '2', 'ß'), maxLength: 4 })
    const pattern = fc.oneof(
      letters.filter(t => t !== ''),
      letters.map(t => `${t}*`),
      fc
        .tuple(letters, fc.nat(30), fc.nat(30))
        .map(([t, a, b]) => `${t}{${Math.min(a, b)}..${Math.max(a, b)}}`),
    )
    const patterns = fc.uniqueArray(pattern, {
      minLength: 1,
      maxLength: 8,
      // ranges of one text would overlap
      selector: p => p.replace(/\{.*/, '{'),
    })
    await fc.assert(
      fc.asyncProperty(patterns, fc.array(letters, { minLength: 1, maxLength: 10 }), async (list, keys) => {
        const written = Object.fromEntries(list.map((p, i) => [p, i + 1]))
        const of = await sizesOf([sizes.byKey({ classes: written, default: 0 })])
        for (const key of keys)
          for (const form of [key, Buffer.from(key)]) expect(of(0, { key: form })).toBe(slowly(list, key))
      }),
      { numRuns: 150, seed: 1 },
    )
  })
})

/** The same by looking at every pattern: its place from 1, or 0. */
function slowly(patterns: readonly string[], key: string): number {
  const place = (p: string | undefined) => (p === undefined ? 0 : patterns.indexOf(p) + 1)
  const own = patterns.find(p => p === key)
  const ranges = patterns
    .filter(p => {
      const [, text = '', from, to] = /^(.*)\{(\d+)\.\.(\d+)\}$/.exec(p) ?? []
      const rest = key.slice(text.length)
      return (
        p.endsWith('}') &&
        key.startsWith(text) &&
        /^\d+$/.test(rest) &&
        +rest >= Number(from) &&
        +rest <= Number(to)
      )
    })
    .sort((a, b) => b.indexOf('{') - a.indexOf('{'))
  const beginnings = patterns
    .filter(p => p.endsWith('*') && key.startsWith(p.slice(0, -1)))
    .sort((a, b) => b.length - a.length)
  return place(own) || place(ranges[0]) || place(beginnings[0])
}

describe('the same key has the same size', () => {
  it('within a range, each key one of its own', async () => {
    const of = await sizesOf([sizes.byKey({ classes: { 'user-*': '1KiB-4KiB' } })])
    const drawn = Array.from({ length: 2000 }, (_, i) => of(i, { key: `user-${i % 500}` }))
    expect(drawn.slice(500, 1000)).toEqual(drawn.slice(0, 500))
    expect(new Set(drawn.slice(0, 500)).size).toBeGreaterThan(400)
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(1024)
    expect(Math.max(...drawn)).toBeLessThanOrEqual(4096)
  })
  it.each<[string, (i: number) => Key]>([
    ['numbers', i => i],
    ['numbers beyond 32 bits', i => i * 2 ** 33],
    ['numbers around 2^32', i => 2 ** 32 - DRAWS / 8 + i],
    ['texts', i => `user-${i}`],
    ['bytes', i => Buffer.from(`k${i}`)],
  ])('by weight: shares of keys, not of records, for keys that are %s', async (_, keyOf) => {
    const of = await sizesOf([sizes.byKey({ sizes: { '100B': 70, '1KiB': 25, '2KiB-3KiB': 5 } })])
    const cells = [0, 0, 0]
    for (let i = 0; i < DRAWS / 4; i++) {
      const size = of(7, { key: keyOf(i) })
      const cell = size === 100 ? 0 : size === 1024 ? 1 : 2
      cells[cell] = (cells[cell] as number) + 1
    }
    expect(chiSquare(cells, [0.7, 0.25, 0.05]).p).toBeGreaterThan(ALPHA)
    expect(of(1, { key: keyOf(5) })).toBe(of(2, { key: keyOf(5) }))
  })
  it('with another seed another one', async () => {
    const options = { sizes: { '1B-1MiB': 1 } }
    const [one, same, other] = await Promise.all(
      [1, 1, 2].map(async seed => (await sizesOf([sizes.byKey(options)], { seed }))(0, { key: 'a' })),
    )
    expect(one).toBe(same)
    expect(one).not.toBe(other)
  })
})

it.each<[Parameters<typeof sizes.byKey>[0], string[]]>([
  [{}, ["sizes.byKey.classes: expected classes, sizes or both, such as { classes: { 'user-*': '1KiB' } }"]],
  [
    { classes: { 'a*b': 1, 'user-{9..1}': 1, '{0-9}': 1 } },
    ['a*b', 'user-{9..1}', '{0-9}'].map(
      p =>
        `sizes.byKey.classes.${p}: expected a key ('vip'), a beginning ('user-*') or a range ('user-{0..99}', '{0..99}') of at most 256 characters`,
    ),
  ],
  [
    { classes: { 'u{0..9}': 1, 'u{5..20}': 1, 'v{5..20}': 1 } },
    ['sizes.byKey.classes.u{5..20}: expected a range that shares no number with u{0..9}'],
  ],
  [
    { classes: { a: '1GiB' } },
    [expect.stringContaining('sizes.byKey.classes.a: expected a size or a range')],
  ],
])('refuses %o', async (options, faults) => {
  expect(await faultsOf([sizes.byKey(options)])).toEqual(faults)
})

it('a rate in bytes is met: its mean size is that of keys as they come', async () => {
  const plugins = [
    fakeDriver(),
    keys.random({ cardinality: 100 }),
    sizes.byKey({ classes: { '{0..49}': 100, '{50..99}': 1900 } }),
  ]
  const { streams } = await run({ rate: '1 MB/s', warmup: 0, duration: 10, plugins }, { clock: virtualClock })
  const { bytes } = streams['default']?.phases.measure ?? expect.fail()
  expect(bytes.acked / 1e7).toBeCloseTo(1, 1)
})
