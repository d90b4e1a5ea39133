import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { durationInUs, rateOf, sizeInBytes } from '../../../core/config/units.ts'

const US = { us: 1, µs: 1, ms: 1e3, s: 1e6, m: 60e6, h: 3600e6, d: 86_400e6 }
const BYTES = { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }
const RECORDS = { '': 1, k: 1e3, M: 1e6, G: 1e9 }

const whole = fc.integer({ min: 0, max: 1_000_000 })
const blanks = fc.constantFrom('', ' ', '  ')
const unit = <T extends object>(units: T) => fc.constantFrom(...(Object.entries(units) as [string, number][]))
const GRAMMAR = /^\s*(\d+(\.\d+)?|\.\d+)\s*[^\s\d.]*(\s*\/\s*s)?\s*$/

describe('a duration', () => {
  it('is its number times its unit, in µs', () => {
    fc.assert(
      fc.property(whole, blanks, unit(US), (n, blank, [name, factor]) => {
        expect(durationInUs(`${n}${blank}${name}`)).toBe(n * factor)
      }),
    )
  })
  it('may have a fraction, and is rounded to µs', () => {
    expect(durationInUs('1.5s')).toBe(1_500_000)
    expect(durationInUs('.5ms')).toBe(500)
    expect(durationInUs('0.4us')).toBe(0)
    expect(durationInUs('0.0000015s')).toBe(2)
  })
  it('without a unit is seconds, whether a number or a text', () => {
    fc.assert(
      fc.property(whole, n => {
        expect(durationInUs(n)).toBe(n * 1e6)
        expect(durationInUs(String(n))).toBe(n * 1e6)
      }),
    )
  })
  it.each([
    '1m30s',
    '1m30x',
    '1 m 30',
    '5 minutes',
    '-1s',
    '1e3s',
    '1,5s',
    's',
    '',
    ' ',
    '5S',
    '5kB',
    '0x10s',
  ])('is not %j', text => expect(durationInUs(text)).toBeUndefined())
})

describe('a size', () => {
  it('is its number times its unit, in bytes', () => {
    fc.assert(
      fc.property(whole, blanks, unit(BYTES), (n, blank, [name, factor]) => {
        expect(sizeInBytes(`${n}${blank}${name}`)).toBe(n * factor)
      }),
    )
  })
  it('is a whole number of bytes', () => {
    expect(sizeInBytes('1.5KiB')).toBe(1536)
    expect(sizeInBytes('1.5kB')).toBe(1500)
    expect(sizeInBytes('1.5B')).toBeUndefined()
    expect(sizeInBytes(1.5)).toBeUndefined()
    expect(sizeInBytes(Number.MAX_SAFE_INTEGER + 1)).toBeUndefined()
  })
  it.each(['64Kb', '64k', '1 kilobyte', '1MiB2', '-1B', '5s', '1 000B'])('is not %j', text =>
    expect(sizeInBytes(text)).toBeUndefined(),
  )
})

describe('a rate', () => {
  it('is records or bytes a second, by its unit', () => {
    fc.assert(
      fc.property(
        whole,
        blanks,
        fc.constantFrom('', '/s', ' / s'),
        unit(RECORDS),
        (n, blank, per, [name, factor]) => {
          expect(rateOf(`${n}${blank}${name}${per}`)).toEqual({ rate: n * factor, unit: 'records' })
        },
      ),
    )
    fc.assert(
      fc.property(
        whole,
        blanks,
        fc.constantFrom('', '/s', ' / s'),
        unit(BYTES),
        (n, blank, per, [name, factor]) => {
          expect(rateOf(`${n}${blank}${name}${per}`)).toEqual({ rate: n * factor, unit: 'bytes' })
        },
      ),
    )
  })
  it('may have a fraction of a record', () => {
    expect(rateOf('999.5/s')).toEqual({ rate: 999.5, unit: 'records' })
    expect(rateOf(333_333.3)).toEqual({ rate: 333_333.3, unit: 'records' })
  })
  it.each(['5k/min', '5/s/s', 'max', '/s', '5k records/s', '-5/s', '5s', '1m30x/s'])('is not %j', text =>
    expect(rateOf(text)).toBeUndefined(),
  )
})

it('what is not a number with a unit is refused by all three', () => {
  const odd = fc.oneof(
    fc.string().filter(text => !GRAMMAR.test(text)),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    fc.double({ max: -Number.MIN_VALUE, noNaN: true }),
    fc.constantFrom(null, undefined, true, {}, [], [5], 5n),
  )
  fc.assert(
    fc.property(odd, value => {
      expect([durationInUs(value), sizeInBytes(value), rateOf(value)]).toEqual([
        undefined,
        undefined,
        undefined,
      ])
    }),
  )
})

it('two quantities in a row are refused by all three', () => {
  const one = fc
    .tuple(whole, fc.constantFrom(...Object.keys({ ...US, ...BYTES, ...RECORDS })))
    .map(p => p.join(''))
  fc.assert(
    fc.property(
      one.filter(a => /\D$/.test(a)),
      blanks,
      one,
      (a, blank, b) => {
        const text = `${a}${blank}${b}`
        expect([durationInUs(text), sizeInBytes(text), rateOf(text)]).toEqual([
          undefined,
          undefined,
          undefined,
        ])
      },
    ),
  )
})
