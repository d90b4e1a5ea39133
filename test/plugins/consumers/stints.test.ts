/** What a worker sees of its members, and what main makes of it: members that do as they are told, and a clock. */
import { describe, expect, it } from 'vitest'
import type { Member, RunEvent } from '../../../core/plugin.ts'
import { RebalanceAccount } from '../../../plugins/consumers/account.ts'
import { type StintPart, Stints } from '../../../plugins/consumers/stints.ts'

type At = readonly (readonly [partition: number, offset: number])[]

/** A worker with two members of group g. */
function worker(thread: number, eager = true, group = 'g') {
  const clock = { now: 0 }
  const member = (index: number) => {
    const state = { at: [] as At, joined: true }
    const live: Member = {
      group,
      index: index + 10 * thread,
      number: index,
      get joined() {
        return state.joined
      },
      records: 0,
      now: 0,
      position: () => state.at.map(([partition, offset]) => ({ topic: 't', partition, offset })),
      lag: () => [],
    }
    return { state, live }
  }
  const both = [member(0), member(1)] as const
  const stints = new Stints({ thread, members: both.map(m => m.live), now: () => clock.now, eager })
  return {
    stints,
    /** At a time: what the member has, then what happens to it. */
    event(at: number, index: 0 | 1, has: At, what: 'start' | 'end' | 'join' | 'leave' | 'kill', more = {}) {
      clock.now = at
      const { state, live } = both[index]
      state.at = has
      state.joined = what !== 'leave' && what !== 'kill'
      const kind = what === 'start' || what === 'end' ? 'rebalance' : 'member'
      const event = { kind, at, group, member: live.index, step: what, lost: 0, tookUs: 0, ...more }
      stints.event(event as RunEvent)
      if (!state.joined) state.at = []
    },
    has(index: 0 | 1, at: At) {
      both[index].state.at = at
    },
    take(at: number): StintPart {
      clock.now = at
      return structuredClone(stints.take())
    },
  }
}
function figuresOf(...parts: StintPart[]) {
  const account = new RebalanceAccount()
  account.add(parts)
  return account.figures().get('g')!
}

describe('one rebalance', () => {
  it('of all members is one, from the first that stops to the last that has something', () => {
    const w = worker(0)
    w.has(0, [[0, 0]])
    w.has(1, [[1, 0]])
    w.stints.start()
    w.event(1000, 0, [[0, 50]], 'start')
    w.event(1200, 1, [[1, 60]], 'start')
    w.event(1500, 0, [[0, 50]], 'end')
    w.event(1700, 1, [[1, 60]], 'end', { lost: 1 })
    expect(figuresOf(w.take(5000))).toMatchObject({
      count: 1,
      timeUs: 700,
      longestUs: 700,
      // each was nobody's for 500 µs
      unownedUs: 500,
      redelivered: 0,
      moved: 1,
      partitions: [
        { partition: 0, unownedUs: 500, longestUs: 500 },
        { partition: 1, unownedUs: 500, longestUs: 500 },
      ],
    })
  })

  it('of a cooperative group leaves those alone that stay', () => {
    const w = worker(0, false)
    const before: At = [
      [0, 0],
      [1, 0],
    ]
    w.has(0, before)
    w.stints.start()
    w.event(1000, 0, before, 'start')
    // it gave up partition 1, and reads on in the other
    w.has(0, [[0, 70]])
    w.take(1100)
    w.event(1600, 1, [[1, 0]], 'end')
    w.event(1700, 0, [[0, 90]], 'end', { lost: 1 })
    w.stints.end()
    expect(figuresOf(w.take(5000)).partitions).toEqual([{ partition: 1, unownedUs: 500, longestUs: 500 }])
  })

  it('before the start is none, though everything moves', () => {
    const w = worker(0)
    w.event(0, 0, [[0, 0]], 'start')
    w.event(0, 0, [], 'end', { lost: 1 })
    w.event(0, 0, [], 'start')
    w.event(0, 0, [[0, 0]], 'end')
    w.stints.start()
    expect(figuresOf(w.take(1000))).toMatchObject({ count: 0, moved: 0, unownedUs: 0 })
  })
})

describe('a member that is killed', () => {
  it('leaves its partition to nobody until another one has it, which reads again what was not committed', () => {
    const w = worker(0)
    w.has(0, [[0, 0]])
    w.has(1, [[1, 0]])
    w.stints.start()
    w.event(1000, 0, [[0, 100]], 'kill')
    w.event(4000, 1, [[1, 50]], 'start')
    w.event(
      5000,
      1,
      [
        [0, 60],
        [1, 50],
      ],
      'end',
    )
    w.has(1, [
      [0, 130],
      [1, 80],
    ])
    const found = figuresOf(w.take(6000))
    expect(found).toMatchObject({ count: 1, longestUs: 1000, unownedUs: 4000, redelivered: 40 })
  })

  it('is seen by main whichever thread the other one is in, and once, however often it is told', () => {
    const [a, b] = [worker(0), worker(1)]
    a.has(0, [[0, 0]])
    a.stints.start()
    b.stints.start()
    a.event(1000, 0, [[0, 100]], 'kill')
    const account = new RebalanceAccount()
    account.add([a.take(1500), b.take(1500)])
    b.event(3000, 0, [[0, 60]], 'join', { tookUs: 500 })
    b.has(0, [[0, 90]])
    // 30 again so far: the stint goes on
    account.add([a.take(3500), b.take(3500)])
    expect(account.figures().get('g')).toMatchObject({ count: 1, longestUs: 500, redelivered: 30 })
    b.has(0, [[0, 300]])
    account.add([a.take(4500), b.take(4500)])
    b.event(5000, 0, [[0, 300]], 'leave')
    account.add([a.take(5500), b.take(5500)])
    account.add([a.take(6500), b.take(6500)])
    expect(account.figures().get('g')).toMatchObject({ redelivered: 40, unownedUs: 2000 })
  })

  it('and comes back by itself reads again what it had not committed', () => {
    const w = worker(0)
    w.has(0, [[0, 0]])
    w.stints.start()
    w.event(1000, 0, [[0, 100]], 'kill')
    w.event(2000, 0, [[0, 20]], 'join', { tookUs: 300 })
    w.has(0, [[0, 120]])
    expect(figuresOf(w.take(3000))).toMatchObject({ count: 1, unownedUs: 1000, redelivered: 80 })
  })
})

it('a rebalance that goes on at the end counts as far as it went', () => {
  const w = worker(0)
  w.has(0, [[0, 0]])
  w.stints.start()
  w.event(1000, 0, [[0, 10]], 'start')
  expect(figuresOf(w.take(3000))).toMatchObject({ count: 1, timeUs: 2000, unownedUs: 2000 })
})

it('what is told is forgotten after a while, since main has heard of it', () => {
  const w = worker(0)
  w.has(0, [[0, 0]])
  w.stints.start()
  w.event(1000, 0, [[0, 10]], 'kill')
  expect(w.take(2000).over).toHaveLength(1)
  for (let i = 0; i < 20; i++) w.take(3000 + i)
  expect(w.take(9000).over).toHaveLength(0)
})
