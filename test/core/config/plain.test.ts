import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { at, grafted, isPlain, laid, nested, outline, type Plain } from '../../../core/config/plain.ts'

/** Trees in which a key is always a group or always a value: what configurations of one schema are. */
const value = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer(), { maxLength: 3 }))
const group = (inner: fc.Arbitrary<unknown>) =>
  fc.dictionary(fc.constantFrom('a', 'b', 'c'), inner).map(o => ({ ...o }) as Plain)
const both = (values: fc.Arbitrary<unknown>, groups: fc.Arbitrary<unknown>) =>
  fc
    .tuple(group(values), fc.dictionary(fc.constantFrom('x', 'y'), groups))
    .map(([v, g]) => ({ ...v, ...g }) as Plain)
const tree = both(value, both(value, group(value)))
/** The same with keys that are unset. */
const unsetting = both(
  fc.option(value, { freq: 2 }),
  fc.option(both(fc.option(value, { freq: 2 }), group(fc.option(value, { freq: 2 })))),
)

function leaves(over: Plain, path = ''): [path: string, value: unknown][] {
  return Object.entries(over).flatMap(([key, v]) => {
    const here = path === '' ? key : `${path}.${key}`
    return isPlain(v) ? leaves(v, here) : [[here, v] as [string, unknown]]
  })
}

describe('laying one configuration upon another', () => {
  it('sets every value of the upper, keeps every other of the lower, and changes neither', () => {
    fc.assert(
      fc.property(tree, tree, (under, over) => {
        const before = structuredClone([under, over])
        const merged = laid(under, over)
        expect([under, over]).toEqual(before)
        for (const [path, v] of leaves(over)) expect(at(merged, path)).toEqual(v)
        for (const [path, v] of leaves(under))
          if (at(over, path) === undefined) expect(at(merged, path)).toEqual(v)
      }),
    )
  })
  it('is associative, and doing it twice is doing it once', () => {
    fc.assert(
      fc.property(tree, tree, tree, (a, b, c) => {
        expect(laid(laid(a, b), c)).toEqual(laid(a, laid(b, c)))
        expect(laid(laid(a, b), b)).toEqual(laid(a, b))
        expect(laid({}, a)).toEqual(a)
        expect(laid(a, {})).toEqual(a)
      }),
    )
  })
  it('unsets what is null, a value and a group', () => {
    fc.assert(
      fc.property(tree, unsetting, (under, over) => {
        const merged = laid(under, over)
        for (const [path, v] of leaves(over)) expect(at(merged, path)).toEqual(v === null ? undefined : v)
        expect(leaves(merged).map(([, v]) => v)).not.toContain(null)
      }),
    )
  })
  it('keeps a null where it is told to', () => {
    const keep = (path: string) => path.startsWith('streams.')
    expect(
      laid({ a: 1, streams: { a: 1, b: 2 } }, { a: null, streams: { a: null } }, undefined, keep),
    ).toEqual({
      streams: { a: null, b: 2 },
    })
  })
  it('tells every leaf and group that the upper sets', () => {
    const told: string[] = []
    laid({ topic: { name: 'a' } }, { topic: { name: 'b', partitions: null }, rate: undefined, size: 1 }, p =>
      told.push(p),
    )
    expect(told.sort()).toEqual(['size', 'topic', 'topic.name', 'topic.partitions'])
  })
  it('replaces lists, and an object by what is none and back', () => {
    expect(laid({ a: [1, 2], b: { c: 1 }, d: 5 }, { a: [3], b: 2, d: { e: 1 } })).toEqual({
      a: [3],
      b: 2,
      d: { e: 1 },
    })
  })
})

describe('a dotted path', () => {
  it('finds what was put there', () => {
    const key = fc.stringMatching(/^[a-z]{1,5}$/)
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 5 }), fc.integer(), (keys, v) => {
        expect(at(nested(keys, v), keys.join('.'))).toBe(v)
      }),
    )
  })
  it.each(['constructor', '__proto__', 'toString', 'a.length', 'a.constructor', 'list.length.toFixed'])(
    'finds nothing inherited: %s',
    path => expect(at({ a: 'text', list: [1] }, path)).toBeUndefined(),
  )
  it('counts into lists', () => expect(at({ rate: [{ for: 1 }, { for: 2 }] }, 'rate.1.for')).toBe(2))
})

describe('an outline', () => {
  it('masks secrets and keeps what is none', () => {
    const written = {
      user: 'ci',
      Password: 'x',
      login: { apiKey: 'x', api_key: 'x', token: null, secrets: ['x'], privateKey: { d: 'x' } },
      headers: { Authorization: 'x', pwd: 1, passphrase: 'x' },
      // a stream's name, not a secret's
      streams: { tokens: { rate: 5 } },
    }
    expect(outline(written, true)).toEqual({
      user: 'ci',
      Password: '***',
      login: { apiKey: '***', api_key: '***', token: null, secrets: '***', privateKey: '***' },
      headers: { Authorization: '***', pwd: '***', passphrase: '***' },
      streams: { tokens: { rate: 5 } },
    })
    expect(outline(written, false)).toEqual(written)
  })
  it('has functions by place, and grafting puts them back', () => {
    const own = { a: () => 1, b: [() => 2], c: { d: 3 } }
    const seen = outline(own, false)
    expect(seen).toEqual({ a: '<function>', b: ['<function>'], c: { d: 3 } })
    expect(grafted(structuredClone(seen), own, 'options')).toEqual(own)
    expect(() => grafted({ e: '<function>' }, own, 'options')).toThrow('options.e is a function that')
  })
})
