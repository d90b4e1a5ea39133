import { describe, expect, it } from 'vitest'
import { type GroupMember, offered } from '../../../../../plugins/drivers/wire/consumer/assignors.ts'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../../../plugins/drivers/wire/consumer/consumer-protocol.ts'

const reader = (id: string, topics: string, instance: string | null = null): GroupMember => ({
  id,
  instance,
  topics: topics.split(' '),
  owned: { partitions: [], generation: -1 },
})

function assign(name: string, members: readonly GroupMember[], sizes: Readonly<Record<string, number>>) {
  const assignor = offered().find(each => each.name === name)!
  const assigned = assignor.assign(members, topic => sizes[topic] ?? 0)
  return Object.fromEntries(
    [...assigned].map(([id, all]) => [id, all.map(each => `${each.topic}${each.partition}`).join(' ')]),
  )
}

// the examples in the documentation of Kafka's RangeAssignor and RoundRobinAssignor, and cases of its tests
describe('range', () => {
  it.each<[string, GroupMember[], Record<string, number>, Record<string, string>]>([
    [
      'two members, two topics of three partitions',
      [reader('C0', 't u'), reader('C1', 't u')],
      { t: 3, u: 3 },
      { C0: 't0 t1 u0 u1', C1: 't2 u2' },
    ],
    ['more members than partitions', [reader('b', 't'), reader('a', 't')], { t: 1 }, { a: 't0', b: '' }],
    [
      'members of different topics',
      [reader('a', 't'), reader('b', 't u'), reader('c', 't')],
      { t: 3, u: 2 },
      { a: 't0', b: 't1 u0 u1', c: 't2' },
    ],
    [
      'seven partitions among three',
      [reader('c', 't'), reader('a', 't'), reader('b', 't')],
      { t: 7 },
      { a: 't0 t1 t2', b: 't3 t4', c: 't5 t6' },
    ],
    ['a topic that is not there', [reader('a', 't none')], { t: 2 }, { a: 't0 t1' }],
    [
      'static members come first, by their instance',
      [reader('a', 't'), reader('y', 't', 'i2'), reader('z', 't', 'i1')],
      { t: 4 },
      { z: 't0 t1', y: 't2', a: 't3' },
    ],
  ])('%s', (_, members, sizes, expected) => {
    expect(assign('range', members, sizes)).toEqual(expected)
  })
})

describe('round robin', () => {
  it.each<[string, GroupMember[], Record<string, number>, Record<string, string>]>([
    [
      'two members, two topics of three partitions',
      [reader('C0', 't u'), reader('C1', 't u')],
      { t: 3, u: 3 },
      { C0: 't0 t2 u1', C1: 't1 u0 u2' },
    ],
    [
      'members of different topics',
      [reader('C0', 't0_'), reader('C1', 't0_ t1_'), reader('C2', 't0_ t1_ t2_')],
      { t0_: 1, t1_: 2, t2_: 3 },
      { C0: 't0_0', C1: 't1_0', C2: 't1_1 t2_0 t2_1 t2_2' },
    ],
    ['more members than partitions', [reader('b', 't'), reader('a', 't')], { t: 1 }, { a: 't0', b: '' }],
    [
      'static members come first, by their instance',
      [reader('a', 't'), reader('y', 't', 'i2'), reader('z', 't', 'i1')],
      { t: 4 },
      { z: 't0 t3', y: 't1', a: 't2' },
    ],
  ])('%s', (_, members, sizes, expected) => {
    expect(assign('roundrobin', members, sizes)).toEqual(expected)
  })
})

it('subscriptions and assignments are what the Java client writes and reads', () => {
  // ConsumerProtocol.serializeSubscription(new Subscription(List.of("foo", "bar")), 0), as its own test has it
  const subscription = Buffer.from('00000000000200' + '03666f6f0003626172' + 'ffffffff', 'hex')
  expect(encodeSubscription(['foo', 'bar'])).toEqual(subscription)
  const nothing = { partitions: [], generation: -1 }
  expect(decodeSubscription(subscription)).toEqual({ topics: ['foo', 'bar'], owned: nothing })
  // version 2 has what the member owns and since when, and so have its user data; version 3 a rack behind that
  const owned = { partitions: [{ topic: 'foo', partition: 7 }], generation: 5 }
  const owning = Buffer.from(
    '0002' +
      '00000002' +
      '0003666f6f0003626172' +
      '0000000400000005' +
      '00000001' +
      '0003666f6f' +
      '0000000100000007' +
      '00000005',
    'hex',
  )
  expect(encodeSubscription(['foo', 'bar'], owned)).toEqual(owning)
  expect(decodeSubscription(owning)).toEqual({ topics: ['foo', 'bar'], owned })
  const later = Buffer.concat([Buffer.from('0003', 'hex'), owning.subarray(2), Buffer.from('000172', 'hex')])
  expect(decodeSubscription(later)).toEqual({ topics: ['foo', 'bar'], owned })
  const partitions = [
    { topic: 'foo', partition: 0 },
    { topic: 'foo', partition: 7 },
  ]
  const assignment = Buffer.from(
    '0000' + '00000001' + '0003666f6f' + '000000020000000000000007ffffffff',
    'hex',
  )
  expect(encodeAssignment(partitions)).toEqual(assignment)
  expect(decodeAssignment(assignment)).toEqual(partitions)
  expect(decodeAssignment(Buffer.alloc(0))).toEqual([])
})
