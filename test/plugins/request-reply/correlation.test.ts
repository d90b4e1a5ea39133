import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CORRELATION_BYTES, Correlation, MOST_REQUESTS } from '../../../plugins/request-reply/correlation.ts'
import { ANSWERED, CONFIRMED, memoryFor, Requests } from '../../../plugins/request-reply/requests.ts'

const run = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const index = fc.integer({ min: 0, max: MOST_REQUESTS - 1 })

describe('a correlation', () => {
  it('is text that anybody can read', () => {
    expect(String(new Correlation(0xa1b2c3d4).of(42))).toBe('a1b2c3d4-0000002a')
  })
  it('is read back, wherever it stands', () => {
    fc.assert(
      fc.property(run, index, fc.nat(20), (run, index, start) => {
        const bytes = Buffer.concat([
          Buffer.alloc(start, 0x41),
          new Correlation(run).of(index),
          Buffer.alloc(3),
        ])
        expect(new Correlation(run).read(bytes, start, CORRELATION_BYTES)).toBe(index)
      }),
    )
  })
  it('of another run is none', () => {
    fc.assert(
      fc.property(run, run, index, (one, other, index) => {
        fc.pre(one !== other)
        expect(new Correlation(one).read(new Correlation(other).of(index), 0, CORRELATION_BYTES)).toBe(-1)
      }),
    )
  })
  it('is nothing else', () => {
    const read = (text: string) => new Correlation(1).read(Buffer.from(text), 0, text.length)
    expect(read('00000001-0000000f')).toBe(15)
    for (const text of [
      '',
      '00000001-0000000',
      '00000001-0000000g',
      '00000001-0000000F',
      '00000001_0000000f',
    ])
      expect(read(text), text).toBe(-1)
  })
})

describe('requests', () => {
  it('are open once they are confirmed and not answered, in whatever order both come', () => {
    const marks = fc.array(fc.tuple(fc.nat(63), fc.constantFrom(CONFIRMED, ANSWERED)), { maxLength: 200 })
    fc.assert(
      fc.property(marks, marks => {
        const memory = memoryFor(64)
        // two workers see the same requests
        const workers = [new Requests(memory, 64), new Requests(memory, 64)] as const
        const [confirmed, answered] = [new Set<number>(), new Set<number>()]
        for (const [i, [index, bit]] of marks.entries()) {
          const before = (workers[i % 2] as Requests).mark(index, bit)
          expect(before).toBe((confirmed.has(index) ? CONFIRMED : 0) | (answered.has(index) ? ANSWERED : 0))
          if (bit === CONFIRMED && !confirmed.has(index) && !answered.has(index)) workers[0].addOpen(1)
          if (bit === ANSWERED && confirmed.has(index) && !answered.has(index)) workers[1].addOpen(-1)
          ;(bit === CONFIRMED ? confirmed : answered).add(index)
        }
        expect(workers[0].open).toBe([...confirmed].filter(index => !answered.has(index)).length)
      }),
    )
  })
  it('outside of the schedule are none', () => {
    const requests = new Requests(memoryFor(10), 10)
    expect([-1, 0, 9, 10].map(index => requests.has(index))).toEqual([false, true, true, false])
  })
})
