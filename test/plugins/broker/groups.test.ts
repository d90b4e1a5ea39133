import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Coordinator } from '../../../plugins/broker/group/coordinator.ts'
import { type RunningBroker, startBroker } from '../../../plugins/broker/server.ts'
import { errorCodes } from '../../../plugins/protocol/errors.ts'
import {
  deleteGroups,
  describeGroups,
  heartbeat,
  joinGroup,
  leaveGroup,
  syncGroup,
} from '../../../plugins/protocol/messages/groups.ts'
import { offsetCommit, offsetDelete, offsetFetch } from '../../../plugins/protocol/messages/offsets.ts'
import { createTopics, deleteTopics } from '../../../plugins/protocol/messages/topics.ts'
import { TestClient, until } from './client.ts'

/** Longer than any test may take. */
const LONG_MS = 1_800_000

let broker: RunningBroker
const members: MemberClient[] = []

beforeAll(async () => {
  broker = await startBroker({}, () => {})
})
afterAll(() => broker.close())
afterEach(() => {
  for (const member of members.splice(0)) member.client.close()
})

interface Timeouts {
  readonly sessionTimeoutMs?: number
  readonly rebalanceTimeoutMs?: number
  readonly groupInstanceId?: string
}

/** One consumer, as far as its group sees it. */
class MemberClient {
  readonly client: TestClient
  readonly groupId: string
  readonly timeouts: Timeouts
  memberId = ''
  generationId = -1
  leader = false
  joined: string[] = []

  constructor(client: TestClient, groupId: string, timeouts: Timeouts) {
    this.client = client
    this.groupId = groupId
    this.timeouts = timeouts
  }

  /** Joins, with the id that the broker wants it to come back with. */
  async join(protocols = ['range']): Promise<number> {
    const request = {
      groupId: this.groupId,
      sessionTimeoutMs: LONG_MS,
      rebalanceTimeoutMs: LONG_MS,
      ...this.timeouts,
      memberId: this.memberId,
      protocolType: 'consumer',
      protocols: protocols.map(name => ({ name, metadata: Buffer.from(name) })),
    }
    const answer = await this.client.call(joinGroup, 5, request)
    this.memberId = answer.memberId || this.memberId
    if (answer.errorCode === errorCodes.MEMBER_ID_REQUIRED) return this.join(protocols)
    this.generationId = answer.generationId
    this.leader = answer.leader === this.memberId
    this.joined = answer.members.map(member => member.memberId)
    return answer.errorCode
  }

  /** The leader gives every member its own id for an assignment. */
  async sync(): Promise<{ errorCode: number; assignment: string }> {
    const assignments = this.leader
      ? this.joined.map(memberId => ({ memberId, assignment: Buffer.from(`for ${memberId}`) }))
      : []
    const answer = await this.client.call(syncGroup, 3, { ...this.#self, assignments })
    return { errorCode: answer.errorCode, assignment: String(answer.assignment) }
  }

  async heartbeat(): Promise<number> {
    return (await this.client.call(heartbeat, 3, this.#self)).errorCode
  }

  async leave(): Promise<number> {
    return (await this.client.call(leaveGroup, 2, this.#self)).errorCode
  }

  get #self() {
    const { groupId, memberId, generationId } = this
    return { groupId, memberId, generationId, groupInstanceId: this.timeouts.groupInstanceId ?? null }
  }
}

async function newMember(groupId: string, timeouts: Timeouts = {}): Promise<MemberClient> {
  const member = new MemberClient(await TestClient.to(broker.port), groupId, timeouts)
  members.push(member)
  return member
}

/** A stable group of two. */
async function twoMembers(groupId: string, timeouts: Timeouts = {}): Promise<[MemberClient, MemberClient]> {
  const [first, second] = [await newMember(groupId, timeouts), await newMember(groupId, timeouts)]
  expect(await first.join()).toBe(0)
  await first.sync()
  const joining = second.join()
  await until(async () => (await first.heartbeat()) === errorCodes.REBALANCE_IN_PROGRESS, 'a rebalance')
  expect([await first.join(), await joining]).toEqual([0, 0])
  await Promise.all([first.sync(), second.sync()])
  return [first, second]
}

/** Begins a rebalance with the first one's join, and has the others follow; answers all joins. */
async function rejoin(leader: MemberClient, ...followers: MemberClient[]): Promise<number[]> {
  const joining = [leader.join()]
  for (const each of followers) {
    await until(async () => (await each.heartbeat()) === errorCodes.REBALANCE_IN_PROGRESS, 'a rebalance')
    joining.push(each.join())
  }
  return Promise.all(joining)
}

async function stateOf(groupId: string): Promise<string> {
  const client = await TestClient.to(broker.port)
  const { groups } = await client.call(describeGroups, 5, { groups: [groupId] })
  client.close()
  return groups[0]!.groupState
}

describe('a group', () => {
  it('begins with one member that leads and assigns', async () => {
    const member = await newMember('one')
    expect(await member.join()).toBe(0)
    expect(member).toMatchObject({ generationId: 1, leader: true, joined: [member.memberId] })
    expect(await stateOf('one')).toBe('CompletingRebalance')
    expect(await member.sync()).toEqual({ errorCode: 0, assignment: `for ${member.memberId}` })
    expect([await member.heartbeat(), await stateOf('one')]).toEqual([0, 'Stable'])
  })

  it('rebalances when a second member comes: both hear of it, both get their own assignment', async () => {
    const [first, second] = await twoMembers('two')
    expect([first.generationId, second.generationId]).toEqual([2, 2])
    expect([first.leader, second.leader]).toEqual([true, false])
    expect(first.joined.toSorted()).toEqual([first.memberId, second.memberId].toSorted())
    expect(second.joined).toEqual([])
    expect((await second.sync()).assignment).toBe(`for ${second.memberId}`)
    expect([await first.heartbeat(), await second.heartbeat()]).toEqual([0, 0])
  })

  it('goes on without a member that leaves, and gives the leadership to who stays', async () => {
    const [first, second] = await twoMembers('leaves')
    expect(await first.leave()).toBe(0)
    expect(await second.heartbeat()).toBe(errorCodes.REBALANCE_IN_PROGRESS)
    expect(await second.join()).toBe(0)
    expect(second).toMatchObject({ generationId: 3, leader: true, joined: [second.memberId] })
    expect((await second.sync()).errorCode).toBe(0)
    expect(await first.heartbeat()).toBe(errorCodes.UNKNOWN_MEMBER_ID)
    expect(await first.leave()).toBe(errorCodes.UNKNOWN_MEMBER_ID)
  })

  it('goes on without a member whose session has run out', async () => {
    const [first, second] = await twoMembers('expires', { sessionTimeoutMs: 600 })
    await until(
      async () => (await second.heartbeat()) === errorCodes.REBALANCE_IN_PROGRESS,
      'the session’s end',
    )
    expect(await second.join()).toBe(0)
    expect(second).toMatchObject({ leader: true, joined: [second.memberId] })
    expect(await first.heartbeat()).toBe(errorCodes.UNKNOWN_MEMBER_ID)
  })

  it('goes on without a member that does not join again in time', async () => {
    const [first, second] = await twoMembers('late', { rebalanceTimeoutMs: 400 })
    const third = await newMember('late', { rebalanceTimeoutMs: 400 })
    const joined = await Promise.all([first.join(), third.join()])
    expect(joined).toEqual([0, 0])
    expect(first.joined.toSorted()).toEqual([first.memberId, third.memberId].toSorted())
    expect(await second.heartbeat()).toBe(errorCodes.UNKNOWN_MEMBER_ID)
  })

  it('starts over when the leader does not bring the assignment in time', async () => {
    const [first, second] = await twoMembers('silent', { rebalanceTimeoutMs: 400 })
    expect(await rejoin(first, second)).toEqual([0, 0])
    expect(first.leader).toBe(true)
    expect((await second.sync()).errorCode).toBe(errorCodes.REBALANCE_IN_PROGRESS)
    expect(await second.join()).toBe(0)
    expect(second).toMatchObject({ leader: true, joined: [second.memberId] })
  })

  it('tells a member that waits for its assignment when a new one comes in between', async () => {
    const [first, second] = await twoMembers('between')
    await rejoin(first, second)
    const waiting = second.sync()
    const third = await newMember('between')
    const joining = third.join()
    expect((await waiting).errorCode).toBe(errorCodes.REBALANCE_IN_PROGRESS)
    expect(await Promise.all([rejoin(first, second), joining])).toEqual([[0, 0], 0])
    expect(first.joined).toHaveLength(3)
  })

  it('gives a follower that joins again the generation there is, without a rebalance', async () => {
    const [first, second] = await twoMembers('again')
    expect(await second.join()).toBe(0)
    expect(second.generationId).toBe(2)
    expect(await first.heartbeat()).toBe(0)
  })

  it('agrees on a protocol that all members have, or refuses', async () => {
    const first = await newMember('protocols')
    await first.join(['sticky', 'range'])
    await first.sync()
    const second = await newMember('protocols')
    expect(await second.join(['cooperative'])).toBe(errorCodes.INCONSISTENT_GROUP_PROTOCOL)
    const joining = second.join(['range'])
    await until(async () => (await first.heartbeat()) === errorCodes.REBALANCE_IN_PROGRESS, 'a rebalance')
    expect([await first.join(['sticky', 'range']), await joining]).toEqual([0, 0])
    await Promise.all([first.sync(), second.sync()])
    const { groups } = await second.client.call(describeGroups, 5, { groups: ['protocols'] })
    expect(groups[0]?.members.map(each => String(each.memberMetadata))).toEqual(['range', 'range'])
    const many = Array.from({ length: 101 }, (_, n) => `p${n}`)
    expect(await (await newMember('many')).join(many)).toBe(errorCodes.INCONSISTENT_GROUP_PROTOCOL)
  })

  it('refuses what is out of turn', async () => {
    const member = await newMember('turn')
    const { UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, INVALID_GROUP_ID, INVALID_SESSION_TIMEOUT } = errorCodes
    expect(await member.heartbeat()).toBe(UNKNOWN_MEMBER_ID)
    expect((await member.sync()).errorCode).toBe(UNKNOWN_MEMBER_ID)
    member.memberId = 'made up'
    expect(await member.join()).toBe(UNKNOWN_MEMBER_ID)
    member.memberId = ''
    await member.join()
    member.generationId = 9
    expect(await member.heartbeat()).toBe(ILLEGAL_GENERATION)
    expect((await member.sync()).errorCode).toBe(ILLEGAL_GENERATION)
    expect(await (await newMember('')).join()).toBe(INVALID_GROUP_ID)
    const impatient = await newMember('turn', { sessionTimeoutMs: 0 })
    expect(await impatient.join()).toBe(INVALID_SESSION_TIMEOUT)
  })

  it('lets a static member that comes back go on with what it had, and fences the one before', async () => {
    const first = await newMember('static', { groupInstanceId: 'pod-1' })
    await first.join()
    await first.sync()
    const second = await newMember('static', { groupInstanceId: 'pod-1' })
    expect(await second.join()).toBe(0)
    // Nothing is to be assigned anew: it is told of no members, and of a leader that is not it.
    expect([second.generationId, second.joined, second.leader]).toEqual([1, [], false])
    expect(await first.heartbeat()).toBe(errorCodes.FENCED_INSTANCE_ID)
    expect(await second.sync()).toEqual({ errorCode: 0, assignment: `for ${first.memberId}` })
    const [groupId, groupInstanceId] = ['static', 'pod-1']
    const joined = await second.client.call(joinGroup, 9, {
      ...{ groupId, groupInstanceId, sessionTimeoutMs: 10_000, protocolType: 'consumer' },
      protocols: [{ name: 'range', metadata: Buffer.from('range') }],
    })
    expect(joined).toMatchObject({
      errorCode: 0,
      generationId: 1,
      skipAssignment: true,
      leader: joined.memberId,
    })
    expect(joined.members).toHaveLength(1)
  })

  it('begins anew when a static member comes back with another protocol', async () => {
    const first = await newMember('changed', { groupInstanceId: 'pod-1' })
    await first.join(['range'])
    await first.sync()
    const second = await newMember('changed', { groupInstanceId: 'pod-1' })
    expect(await second.join(['sticky'])).toBe(0)
    expect([second.generationId, second.joined]).toEqual([2, [second.memberId]])
  })

  it('is left by a static member in its own name alone', async () => {
    const member = await newMember('left', { groupInstanceId: 'pod-1' })
    await member.join()
    const leave = async (memberId: string, groupInstanceId: string) => {
      const request = { groupId: 'left', members: [{ memberId, groupInstanceId }] }
      return (await member.client.call(leaveGroup, 5, request)).members[0]!.errorCode
    }
    expect(await leave('nobody', 'pod-1')).toBe(errorCodes.FENCED_INSTANCE_ID)
    expect(await leave(member.memberId, 'pod-2')).toBe(errorCodes.UNKNOWN_MEMBER_ID)
    expect(await leave('', 'pod-1')).toBe(0)
  })

  it('stays when nobody is left, and counts its generations on', async () => {
    const member = await newMember('stays')
    await member.join()
    await member.leave()
    expect(await stateOf('stays')).toBe('Empty')
    member.memberId = ''
    await member.join()
    expect(member.generationId).toBe(3)
  })

  it('has a name', async () => {
    const { client } = await newMember('')
    const { INVALID_GROUP_ID } = errorCodes
    expect((await client.call(heartbeat, 3, { groupId: '' })).errorCode).toBe(INVALID_GROUP_ID)
    expect((await client.call(syncGroup, 3, { groupId: '' })).errorCode).toBe(INVALID_GROUP_ID)
    expect((await client.call(leaveGroup, 3, { groupId: '' })).errorCode).toBe(INVALID_GROUP_ID)
  })
})

describe('committed offsets', () => {
  async function commit(member: MemberClient, topic: string, offset: number, metadata = 'm') {
    const { groupId, memberId, generationId } = member
    const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: metadata }]
    const request = { groupId, memberId, generationIdOrMemberEpoch: generationId }
    const answer = await member.client.call(offsetCommit, 7, {
      ...request,
      topics: [{ name: topic, partitions }],
    })
    return answer.topics[0]!.partitions[0]!.errorCode
  }
  async function committed(client: TestClient, groupId: string, topic: string) {
    const topics = [{ name: topic, partitionIndexes: [0] }]
    const answer = await client.call(offsetFetch, 7, { groupId, topics })
    return answer.topics[0]!.partitions[0]!
  }
  async function newTopic(client: TestClient, name: string): Promise<string> {
    await client.call(createTopics, 5, { topics: [{ name, numPartitions: 1, replicationFactor: 1 }] })
    return name
  }

  it('outlive the members, and go with the group or the topic', async () => {
    const member = await newMember('offsets')
    const topic = await newTopic(member.client, 'offsets')
    await member.join()
    await member.sync()
    expect(await commit(member, topic, 42)).toBe(0)
    expect(await committed(member.client, 'offsets', topic)).toMatchObject({
      committedOffset: 42n,
      metadata: 'm',
    })
    await member.leave()
    expect(await stateOf('offsets')).toBe('Empty')
    expect(await committed(member.client, 'offsets', topic)).toMatchObject({ committedOffset: 42n })
    const all = await member.client.call(offsetFetch, 8, { groups: [{ groupId: 'offsets', topics: null }] })
    expect(all.groups[0]?.topics[0]).toMatchObject({ name: topic, partitions: [{ committedOffset: 42n }] })
    const { results } = await member.client.call(deleteGroups, 1, { groupsNames: ['offsets', 'none'] })
    expect(results.map(each => each.errorCode)).toEqual([0, errorCodes.GROUP_ID_NOT_FOUND])
    expect(await committed(member.client, 'offsets', topic)).toMatchObject({
      committedOffset: -1n,
      metadata: '',
    })
    member.memberId = ''
    member.generationId = -1
    expect(await commit(member, topic, 1)).toBe(0)
    await member.client.call(deleteTopics, 4, { topicNames: [topic] })
    await newTopic(member.client, topic)
    expect(await committed(member.client, 'offsets', topic)).toMatchObject({ committedOffset: -1n })
  })

  it('are deleted where nobody is subscribed', async () => {
    const { client } = await newMember('')
    const [topic, other] = [await newTopic(client, 'delete-1'), await newTopic(client, 'delete-2')]
    const groupId = 'deleting'
    const each = (name: string) => ({
      name,
      partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: '' }],
    })
    await client.call(offsetCommit, 7, { groupId, topics: [each(topic), each(other)] })
    const metadata = Buffer.concat([
      Buffer.from([0, 0, 0, 0, 0, 1, 0, topic.length]),
      Buffer.from(topic),
      Buffer.alloc(4),
    ])
    const joining = {
      groupId,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      protocolType: 'consumer',
    }
    await client.call(joinGroup, 3, { ...joining, protocols: [{ name: 'range', metadata }] })
    const remove = async (group: string) => {
      const topics = [topic, other, 'nowhere'].map(name => ({ name, partitions: [{ partitionIndex: 0 }] }))
      const answer = await client.call(offsetDelete, 0, { groupId: group, topics })
      return answer.errorCode || answer.topics.map(({ partitions }) => partitions[0]!.errorCode)
    }
    const { GROUP_SUBSCRIBED_TO_TOPIC, UNKNOWN_TOPIC_OR_PARTITION, GROUP_ID_NOT_FOUND } = errorCodes
    expect(await remove(groupId)).toEqual([GROUP_SUBSCRIBED_TO_TOPIC, 0, UNKNOWN_TOPIC_OR_PARTITION])
    expect(await committed(client, groupId, topic)).toMatchObject({ committedOffset: 5n })
    expect(await committed(client, groupId, other)).toMatchObject({ committedOffset: -1n })
    expect(await remove('nobody')).toBe(GROUP_ID_NOT_FOUND)
    expect(await remove('')).toBe(errorCodes.INVALID_GROUP_ID)
  })

  it('are taken from members of the generation, and from outside only while there are none', async () => {
    const member = await newMember('who')
    const topic = await newTopic(member.client, 'who')
    const { ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, REBALANCE_IN_PROGRESS } = errorCodes
    const outsider = await newMember('who')
    expect(await commit(outsider, topic, 1)).toBe(0)
    await member.join()
    expect(await commit(member, topic, 2)).toBe(REBALANCE_IN_PROGRESS)
    await member.sync()
    expect(await commit(member, topic, 2)).toBe(0)
    expect(await commit(outsider, topic, 3)).toBe(UNKNOWN_MEMBER_ID)
    const { results } = await outsider.client.call(deleteGroups, 1, { groupsNames: ['who'] })
    expect(results[0]?.errorCode).toBe(errorCodes.NON_EMPTY_GROUP)
    member.generationId--
    expect(await commit(member, topic, 3)).toBe(ILLEGAL_GENERATION)
    expect(await committed(member.client, 'who', topic)).toMatchObject({ committedOffset: 2n })
  })

  it('are refused for what there is not, and with too long a text', async () => {
    const outsider = await newMember('refused')
    const topic = await newTopic(outsider.client, 'refused')
    const { UNKNOWN_TOPIC_OR_PARTITION, OFFSET_METADATA_TOO_LARGE } = errorCodes
    expect(await commit(outsider, 'nowhere', 1)).toBe(UNKNOWN_TOPIC_OR_PARTITION)
    expect(await commit(outsider, topic, 1, 'x'.repeat(4097))).toBe(OFFSET_METADATA_TOO_LARGE)
  })
})

describe('the memory of all groups', () => {
  it('is bounded: what does not fit is refused until something goes', async () => {
    const coordinator = new Coordinator(64 * 1024)
    const commit = (group: string, metadata: string) =>
      coordinator.commit(group, 'topic', 0, { offset: 1n, leaderEpoch: 0, metadata })
    let groups = 0
    while (commit(`group-${groups}`, 'x'.repeat(1000)) === 0) groups++
    expect(groups).toBeGreaterThan(10)
    expect(groups).toBeLessThan(64)
    const join = (groupId: string, bytes: number) =>
      coordinator.join({
        groupId,
        memberId: '',
        groupInstanceId: null,
        clientId: 'test',
        clientHost: '',
        sessionTimeoutMs: LONG_MS,
        rebalanceTimeoutMs: LONG_MS,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: Buffer.alloc(bytes) }],
        memberIdRequired: false,
        skipsAssignment: false,
      })
    expect(await join('more', 1000)).toMatchObject({ errorCode: errorCodes.GROUP_MAX_SIZE_REACHED })
    expect(coordinator.get('more')).toBeUndefined()
    for (let n = 0; n < groups; n++) coordinator.delete(`group-${n}`)
    expect(await join('more', 1000)).toMatchObject({ errorCode: 0 })
    expect(await join('large', 70_000)).toMatchObject({ errorCode: errorCodes.GROUP_MAX_SIZE_REACHED })
    // The same offset again and again takes no more.
    for (let n = 0; n < 1000; n++) expect(commit('again', 'x')).toBe(0)
    coordinator.close()
  })
})
