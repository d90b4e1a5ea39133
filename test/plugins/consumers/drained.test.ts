import { describe, expect, it } from 'vitest'
import type { Member } from '../../../core/plugin.ts'
import { backlogs, Drain, mergeDrains } from '../../../plugins/consumers/drained.ts'

/** A member as it stands: offset and known lag of each partition. */
const member = (
  now: number,
  at: Readonly<Record<number, readonly [offset: number, lag: number]>>,
  group = 'g',
) =>
  ({
    group,
    now,
    position: () => Object.entries(at).map(([p, [offset]]) => ({ topic: 't', partition: Number(p), offset })),
    lag: () => Object.entries(at).map(([p, [, lag]]) => ({ topic: 't', partition: Number(p), lag })),
  }) as unknown as Member

describe('a backlog', () => {
  it('is what waited when the drain began, and drained when the last partition is', () => {
    const drain = new Drain()
    drain.look(member(1000, { 0: [10, 0], 1: [0, 0] }))
    drain.begin([110, 50])
    drain.look(member(1100, { 0: [60, 60], 1: [50, 0] }))
    expect(drain.isOver([])).toBe(false)
    drain.look(member(3000, { 0: [140, 0], 1: [70, 0] }))
    expect(drain.isOver([])).toBe(true)
    expect(backlogs(drain.take(), 1000)).toEqual([
      { group: 'g', records: 150, drainUs: 2000, rate: ((130 + 50) * 1e6) / 2000 },
    ])
  })

  it('is not drained by what is known of the end before it is asked for', () => {
    const drain = new Drain()
    // paused since the beginning, a consumer knows of no lag
    drain.look(member(1000, { 0: [0, 0] }))
    drain.begin([500])
    drain.look(member(1001, { 0: [0, 0] }))
    expect(drain.isOver([])).toBe(false)
    expect(backlogs(drain.take(), 1000)).toEqual([{ group: 'g', records: 500 }])
  })
  it('nor while more waits than did', () => {
    const drain = new Drain()
    drain.begin([500])
    drain.look(member(1000, { 0: [0, 0] }))
    drain.look(member(2000, { 0: [500, 30] }))
    expect(drain.isOver([])).toBe(false)
  })

  it('is drained by several members, of several threads', () => {
    const [a, b] = [new Drain(), new Drain()]
    for (const drain of [a, b]) drain.begin([100, 100])
    a.look(member(0, { 0: [0, 100], 1: [0, 100] }))
    b.look(member(500, { 1: [20, 80] }))
    b.look(member(800, { 1: [100, 0] }))
    a.look(member(900, { 0: [100, 0] }))
    expect(backlogs(mergeDrains(a.take(), b.take()), 0)).toEqual([
      { group: 'g', records: 200, drainUs: 900, rate: Math.round((200 * 1e6) / 900) },
    ])
  })
  it('is looked for until every member was looked at', () => {
    const [drain, one, other] = [new Drain(), member(1, { 0: [5, 0] }), member(2, { 1: [5, 0] })]
    const members = [one, other].map(each => Object.assign(each, { joined: true }))
    drain.begin([5, 5])
    drain.look(one)
    expect(drain.isOver(members)).toBe(false)
    drain.look(other)
    expect(drain.isOver(members)).toBe(true)
  })
  it('is not drained where nobody reads a partition that has something', () => {
    const drain = new Drain()
    drain.begin([100, 7, 0])
    drain.look(member(0, { 0: [100, 0] }))
    expect(backlogs(drain.take(), 0)).toEqual([{ group: 'g', records: 7 }])
  })
  it('is one for each group', () => {
    const drain = new Drain()
    drain.begin([100])
    drain.look(member(10, { 0: [0, 100] }, 'b'))
    drain.look(member(20, { 0: [100, 0] }, 'a'))
    expect(backlogs(drain.take(), 0).map(each => [each.group, each.drainUs])).toEqual([
      ['a', 20],
      ['b', undefined],
    ])
  })
})
