import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Member } from '../../../core/plugin.ts'
import { createRandom } from '../../../core/random.ts'
import { type Step, Transitions } from '../../../plugins/consumers/transitions.ts'

const S = 1e6
const COUNT = 5
const member = (index: number, group = 0) =>
  ({ group: `g-${group}`, index, number: group * COUNT + index }) as Member
const of = (...steps: Step[]) => new Transitions(steps, COUNT, createRandom(1, 'default', 'members'))
const told = (t: Transitions, index: number, to: number, from = -1) =>
  t.between(from, to, member(index)).map(each => `${each.what} ${each.at / S}`)

describe('a step', () => {
  it('happens once, and is undone', () => {
    const t = of({ at: 10 * S, what: 'kill', member: 1, for: 5 * S })
    expect(told(t, 1, 60 * S)).toEqual(['kill 10', 'join 15'])
    expect(told(t, 0, 60 * S)).toEqual([])
    expect(told(t, 1, 10 * S - 1)).toEqual([])
    expect(told(t, 1, 10 * S)).toEqual(['kill 10'])
  })
  it('that joins is undone by leaving', () => {
    expect(told(of({ at: 10 * S, what: 'join', for: 5 * S }), 1, 60 * S)).toEqual(['join 10', 'leave 15'])
  })
  it('again and again, one member after the other', () => {
    const t = of({ at: 1 * S, what: 'leave', member: 'next', for: 2 * S, every: 10 * S })
    expect(told(t, 0, 100 * S)).toEqual(['leave 1', 'join 3', 'leave 51', 'join 53'])
    expect(told(t, 4, 100 * S)).toEqual(['leave 41', 'join 43', 'leave 91', 'join 93'])
  })
  it('is for a group, if it says so', () => {
    const t = of({ at: 1 * S, what: 'leave', group: 1 })
    expect(t.between(0, 5 * S, member(2, 0))).toEqual([])
    expect(t.between(0, 5 * S, member(2, 1))).toHaveLength(1)
  })
  it('with a share of the members takes as many, others each time, the same for a seed', () => {
    const step: Step = { at: 0, what: 'kill', share: 0.4, for: 1 * S, every: 10 * S }
    const hit = (t: Transitions, time: number) =>
      [0, 1, 2, 3, 4].filter(i => t.between(time * 10 * S - 1, time * 10 * S, member(i)).length > 0)
    const [one, same] = [of(step), of(step)]
    const times = Array.from({ length: 40 }, (_, time) => hit(one, time))
    expect(times.every(each => each.length === 2)).toBe(true)
    expect(new Set(times.flat()).size).toBe(5)
    expect(new Set(times.map(String)).size).toBeGreaterThan(5)
    // asked in another order, by another thread
    expect(Array.from({ length: 40 }, (_, i) => hit(same, 39 - i)).reverse()).toEqual(times)
  })
})

it('whose first step is to join begins outside', () => {
  const t = of(
    { at: 5 * S, what: 'join', member: 2 },
    { at: 1 * S, what: 'leave', member: 3 },
    {
      at: 4 * S,
      what: 'join',
      member: 3,
    },
  )
  expect([0, 2, 3].map(i => t.startsOutside(member(i)))).toEqual([false, true, false])
})

it('nothing is told twice or left out, however often it is asked', () => {
  const time = fc.integer({ min: 1, max: 50 })
  const step = fc
    .record({
      at: time,
      what: fc.constantFrom('join', 'leave', 'kill'),
      every: fc.option(fc.integer({ min: 5, max: 30 }), { nil: undefined }),
      for: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
      member: fc.constantFrom(0, 'next', undefined),
      share: fc.constantFrom(undefined, 0.5),
    })
    .map(s => (s.member === undefined ? s : { ...s, share: undefined })) as fc.Arbitrary<Step>
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 3 }), fc.array(time), (steps, asked) => {
      const times = [...new Set(asked), 200].sort((a, b) => a - b)
      const t = of(...steps)
      let from = -1
      const pieces = times.flatMap(to => {
        const found = t.between(from, to, member(0))
        from = to
        return found
      })
      const order = (all: typeof pieces) => all.map(each => `${each.at} ${each.what}`).sort()
      expect(order(pieces)).toEqual(order(of(...steps).between(-1, 200, member(0))))
    }),
  )
})
