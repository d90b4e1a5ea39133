/** Groups of KIP-848 at the embedded broker; what it answers to whom is compared with Kafka in test/compat/truth. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningBroker, startBroker } from '../../../plugins/broker/server.ts'
import { errorCodes } from '../../../plugins/protocol/errors.ts'
import { consumerGroupHeartbeat, joinGroup } from '../../../plugins/protocol/messages/groups.ts'
import { metadata } from '../../../plugins/protocol/messages/metadata.ts'
import { createPartitions, createTopics, deleteTopics } from '../../../plugins/protocol/messages/topics.ts'
import type { Encodable } from '../../../plugins/protocol/schema.ts'
import { TestClient, until } from './client.ts'

const SESSION_MS = 400
let broker: RunningBroker
let client: TestClient

beforeAll(async () => {
  broker = await startBroker({ groupHeartbeatMs: 50, groupSessionMs: SESSION_MS }, () => {})
  client = await TestClient.to(broker.port)
})
afterAll(async () => {
  client.close()
  await broker.close()
})

async function topic(name: string, numPartitions: number): Promise<string> {
  const topics = [{ name, numPartitions, replicationFactor: 1 }]
  await client.call(createTopics, 7, { topics, timeoutMs: 5000 })
  const answer = await client.call(metadata, 12, { topics: [{ name }] })
  return answer.topics[0]!.topicId
}

type Beat = Encodable<typeof consumerGroupHeartbeat.request>

/** A member that has whatever it is told to have at once. */
class Member {
  readonly #group: string
  readonly #topics: readonly string[]
  readonly #more: Beat
  readonly id: string
  epoch = 0
  /** As `<topic id> <partition>`. */
  has: string[] = []
  intervalMs = 0

  constructor(group: string, id: string, topics: readonly string[], more: Beat = {}) {
    this.#group = group
    this.id = id
    this.#topics = topics
    this.#more = more
  }

  async beat(more: Beat = {}): Promise<number> {
    const joining = { rebalanceTimeoutMs: 60_000, subscribedTopicNames: [...this.#topics] }
    const answer = await client.call(consumerGroupHeartbeat, 1, {
      ...{ groupId: this.#group, memberId: this.id, memberEpoch: this.epoch },
      ...(this.epoch === 0 ? joining : {}),
      topicPartitions: this.#shares(),
      ...this.#more,
      ...more,
    })
    if (answer.errorCode !== 0) return answer.errorCode
    this.epoch = answer.memberEpoch
    this.intervalMs = answer.heartbeatIntervalMs
    if (answer.assignment === null) return 0
    this.has = answer.assignment.topicPartitions.flatMap(({ topicId, partitions }) =>
      partitions.map(each => `${topicId} ${each}`),
    )
    return 0
  }

  #shares() {
    const shares = Map.groupBy(this.has, each => each.split(' ')[0]!)
    return [...shares].map(([topicId, all]) => ({
      topicId,
      partitions: all.map(each => Number(each.split(' ')[1])),
    }))
  }
}

/** All of them take turns until nothing changes any more. */
async function settle(...members: Member[]): Promise<void> {
  const state = () => JSON.stringify(members.map(({ epoch, has }) => [epoch, has]))
  for (let before = '', rounds = 0; before !== state() && rounds < 20; rounds++) {
    before = state()
    for (const member of members) expect(await member.beat()).toBe(0)
  }
}
const sizes = (...members: Member[]) => members.map(({ has }) => has.length)

describe('the broker assigns', () => {
  it('evenly, and moves what has to move and no more', async () => {
    await topic('even', 7)
    const [a, b, c] = ['a', 'b', 'c'].map(id => new Member('even', id, ['even'])) as [Member, Member, Member]
    await settle(a)
    expect([a.has.length, a.intervalMs]).toEqual([7, 50])
    await settle(a, b)
    const [first, second] = [a.has, b.has]
    expect(sizes(a, b).sort()).toEqual([3, 4])
    await settle(a, b, c)
    expect(sizes(a, b, c).sort()).toEqual([2, 2, 3])
    expect([...a.has, ...b.has].every(each => [...first, ...second].includes(each))).toBe(true)
    expect(a.has.every(each => first.includes(each)) && b.has.every(each => second.includes(each))).toBe(true)
    await b.beat({ memberEpoch: -1 })
    await settle(a, c)
    expect(sizes(a, c).sort()).toEqual([3, 4])
    expect(new Set([...a.has, ...c.has]).size).toBe(7)
  })

  it('members of different topics', async () => {
    await topic('left', 4)
    await topic('right', 4)
    const one = new Member('different', 'one', ['left'])
    const both = new Member('different', 'both', ['left', 'right'])
    const neither = new Member('different', 'neither', ['not there'])
    await settle(one, both, neither)
    expect(sizes(one, both, neither)).toEqual([4, 4, 0])
  })

  it('in ranges when most ask for that', async () => {
    const id = await topic('ranges', 5)
    const range = { serverAssignor: 'range' }
    const [a, b] = ['a', 'b'].map(name => new Member('ranges', name, ['ranges'], range)) as [Member, Member]
    await settle(a, b)
    expect([a.has, b.has]).toEqual([
      [0, 1, 2].map(each => `${id} ${each}`),
      [3, 4].map(each => `${id} ${each}`),
    ])
  })

  it('partitions that a topic gets, and topics that come; what is gone is taken away', async () => {
    await topic('grows', 1)
    const a = new Member('grows', 'a', ['grows', 'comes'])
    await settle(a)
    expect(sizes(a)).toEqual([1])
    const topics = [{ name: 'grows', count: 3, assignments: null }]
    await client.call(createPartitions, 3, { topics, timeoutMs: 5000 })
    await settle(a)
    expect(sizes(a)).toEqual([3])
    await topic('comes', 2)
    await settle(a)
    expect(sizes(a)).toEqual([5])
    await client.call(deleteTopics, 5, { topicNames: ['grows'], timeoutMs: 5000 })
    await settle(a)
    expect(sizes(a)).toEqual([2])
  })
})

describe('who is not heard of', () => {
  it('is given up after its session, and others have what it had', async () => {
    await topic('silent', 4)
    const [a, b] = ['a', 'b'].map(id => new Member('silent', id, ['silent'])) as [Member, Member]
    await settle(a, b)
    expect(sizes(a, b)).toEqual([2, 2])
    await until(async () => {
      await a.beat()
      return a.has.length === 4
    }, 'a has all')
    expect(await b.beat()).toBe(errorCodes.UNKNOWN_MEMBER_ID)
  })

  it('or does not give up what it should, is given up too', async () => {
    await topic('stubborn', 4)
    const a = new Member('stubborn', 'a', ['stubborn'], { rebalanceTimeoutMs: 300 })
    const b = new Member('stubborn', 'b', ['stubborn'])
    await settle(a)
    const all = a.has
    await b.beat()
    await until(async () => {
      await b.beat()
      await a.beat()
      a.has = all
      return b.has.length === 4
    }, 'b has all')
    expect(await a.beat()).toBe(errorCodes.UNKNOWN_MEMBER_ID)
  })

  it('comes back to what it had when it is static and had left for a while', async () => {
    await topic('instances', 4)
    const instance = { instanceId: 'i' }
    const a = new Member('instances', 'a', ['instances'], instance)
    const other = new Member('instances', 'other', ['instances'])
    await settle(a, other)
    const { has, epoch } = a
    expect(await a.beat({ memberEpoch: -2 })).toBe(0)
    const again = new Member('instances', 'again', ['instances'], instance)
    await again.beat()
    expect([again.has, again.epoch]).toEqual([has, epoch])
  })
})

it('a group is of one kind as long as it has members', async () => {
  await topic('kinds', 1)
  const join = async () => {
    const protocols = [{ name: 'range', metadata: Buffer.alloc(10) }]
    const answer = await client.call(joinGroup, 3, {
      ...{ groupId: 'kinds', protocolType: 'consumer', protocols, memberId: '' },
      ...{ sessionTimeoutMs: 100, rebalanceTimeoutMs: 1000 },
    })
    return answer.errorCode
  }
  const a = new Member('kinds', 'a', ['kinds'])
  await a.beat()
  expect(await join()).toBe(errorCodes.INCONSISTENT_GROUP_PROTOCOL)
  await a.beat({ memberEpoch: -1 })
  expect(await join()).toBe(errorCodes.NONE)
  const b = new Member('kinds', 'b', ['kinds'])
  expect(await b.beat()).toBe(errorCodes.GROUP_ID_NOT_FOUND)
  await until(async () => (await b.beat()) === 0, 'the classic member is gone')
})
