/** Whatever members there are, and whatever they had: what the cooperative assignor gives out. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type GroupMember, offered } from '../../../../../plugins/drivers/wire/consumer/assignors.ts'
import type { PartitionName } from '../../../../../plugins/drivers/wire/consumer/offsets.ts'

const [sticky] = offered('cooperative-sticky')
const TOPICS = ['a', 'b', 'c']

type Sizes = Readonly<Record<string, number>>
type Assigned = ReadonlyMap<string, readonly PartitionName[]>
const key = ({ topic, partition }: PartitionName) => `${topic}${partition}`

const sizes = fc.record({ a: fc.nat(12), b: fc.nat(12), c: fc.nat(12) })
const subscription = fc.subarray(TOPICS, { minLength: 1 })
const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 })

const fresh = (id: string, topics: readonly string[] = TOPICS): GroupMember => ({
  ...{ id, topics, instance: null },
  owned: { partitions: [], generation: -1 },
})
const assign = (members: readonly GroupMember[], counts: Sizes): Assigned =>
  sticky!.assign(members, topic => counts[topic] ?? 0)

/** As members join again until nothing moves any more, each with what it was given last. */
function settle(members: readonly GroupMember[], counts: Sizes) {
  let owners = members
  let assigned = assign(owners, counts)
  for (let generation = 1; ; generation++) {
    if (generation > 5) throw new Error('it does not come to rest')
    const next = owners.map(each => ({ ...each, owned: { partitions: assigned.get(each.id)!, generation } }))
    const again = assign(next, counts)
    const rests = next.every(each => keys(again.get(each.id)!).join() === keys(each.owned.partitions).join())
    if (rests) return { owners: next, assigned: again }
    owners = next
    assigned = again
  }
}
const keys = (all: readonly PartitionName[]) => all.map(key).sort()

function expectWhole(assigned: Assigned, members: readonly GroupMember[], counts: Sizes): void {
  const all = [...assigned.values()].flatMap(keys)
  expect(new Set(all).size, 'no partition has two owners').toBe(all.length)
  const read = new Set(members.flatMap(each => each.topics))
  const expected = [...read].flatMap(topic =>
    Array.from({ length: counts[topic] ?? 0 }, (_, i) => `${topic}${i}`),
  )
  expect(all.sort(), 'no partition is left out').toEqual(expected.sort())
  for (const { id, topics } of members)
    for (const { topic } of assigned.get(id)!)
      expect(topics, 'nobody reads what it did not ask for').toContain(topic)
}

function expectBalance(assigned: Assigned, members: readonly GroupMember[]): void {
  for (const has of members)
    for (const may of members)
      if (assigned.get(has.id)!.some(({ topic }) => may.topics.includes(topic)))
        expect(assigned.get(has.id)!.length - assigned.get(may.id)!.length).toBeLessThanOrEqual(1)
}

describe('once a group has come to rest,', () => {
  it('each partition has one owner, and nobody has two more than another one that could have them', () => {
    const wants = fc.array(subscription, { minLength: 8, maxLength: 8 })
    fc.assert(
      fc.property(ids, wants, sizes, sizes, (names, topics, before, after) => {
        const members = names.map((id, i) => fresh(id, topics[i]))
        const { owners, assigned } = settle(members, before)
        expectWhole(assigned, members, before)
        expectBalance(assigned, members)
        const left = owners.slice(1).concat(fresh('one that comes', topics[7]))
        const then = settle(left, after)
        expectWhole(then.assigned, left, after)
        expectBalance(then.assigned, left)
      }),
    )
  })

  it('nothing has moved that need not: as many partitions stay as there can be', () => {
    fc.assert(
      fc.property(ids, fc.nat(8), fc.nat(3), sizes, (names, leaving, coming, counts) => {
        const { owners } = settle(
          names.map(id => fresh(id)),
          counts,
        )
        const stay = owners.slice(Math.min(leaving, owners.length - 1))
        const members = stay.concat(Array.from({ length: coming }, (_, i) => fresh(`new member ${i}`)))
        const { assigned } = settle(members, counts)
        const had = stay.map(({ id, owned }) => [owned.partitions, new Set(keys(assigned.get(id)!))] as const)
        const kept = had.reduce(
          (sum, [before, now]) => sum + before.filter(each => now.has(key(each))).length,
          0,
        )
        // who had most may have one more than others, as many as there are partitions over
        const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
        const least = Math.floor(total / members.length)
        const most = stay.map(each => each.owned.partitions.length).sort((a, b) => b - a)
        const best = most.reduce(
          (sum, count, i) => sum + Math.min(count, least + (i < total % members.length ? 1 : 0)),
          0,
        )
        expect(kept).toBe(best)
      }),
    )
  })
})

it('what moves is with nobody in between: no round gives away what another member still has', () => {
  const claims = fc.array(fc.tuple(fc.constantFrom(...TOPICS), fc.nat(11)), { maxLength: 20 })
  const member = fc.record({ claims, generation: fc.integer({ min: -1, max: 3 }), topics: subscription })
  fc.assert(
    fc.property(fc.array(member, { minLength: 1, maxLength: 6 }), sizes, (all, counts) => {
      const members = all.map(({ claims: owned, generation, topics }, i) => ({
        ...{ id: `m${i}`, instance: null, topics },
        owned: { generation, partitions: owned.map(([topic, partition]) => ({ topic, partition })) },
      }))
      const assigned = assign(members, counts)
      const given = [...assigned.values()].flatMap(keys)
      expect(new Set(given).size).toBe(given.length)
      for (const { id, owned } of members) {
        const mine = new Set(owned.partitions.map(key))
        const others = new Set(
          members.filter(each => each.id !== id).flatMap(each => keys(each.owned.partitions)),
        )
        for (const name of assigned.get(id)!) expect(mine.has(key(name)) || !others.has(key(name))).toBe(true)
      }
    }),
  )
})

it('whoever says so of a later generation has a partition; what two say at once is nobody’s', () => {
  const owning = (id: string, generation: number, ...partitions: number[]) => ({
    ...fresh(id, ['a']),
    owned: { generation, partitions: partitions.map(partition => ({ topic: 'a', partition })) },
  })
  const later = assign([owning('x', 4, 0, 1), owning('y', 5, 0, 1)], { a: 2 })
  expect(later.get('y')!.length, 'one is to move').toBe(1)
  expect(later.get('x'), 'but not yet').toEqual([])
  const three = assign([owning('x', 5, 0), owning('y', 5, 0), fresh('z', ['a'])], { a: 3 })
  expect([...three.values()].flatMap(keys).sort()).toEqual(['a0', 'a1', 'a2'])
})
