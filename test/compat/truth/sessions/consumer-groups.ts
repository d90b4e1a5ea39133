/** Groups of KIP-848: members' lives by epochs, what moves between them, who may commit. */
import type { Answer } from '../answer.ts'
import type { Request, Script, Session } from '../script.ts'

const HEARTBEAT = 'ConsumerGroupHeartbeat'

/** A member that says what it is told to say. */
class EpochMember {
  readonly #s: Script
  readonly #base: Request
  readonly #version: number
  readonly #topic: string
  id: string
  epoch = 0
  /** Partitions that it was told to have last. */
  assigned: readonly number[] = []

  constructor(s: Script, version: number, group: string, topic: string, name: string, instanceId?: string) {
    this.#s = s
    this.#version = version
    this.#topic = topic
    this.#base = { groupId: group, ...(instanceId === undefined ? {} : { instanceId }) }
    // before version 1 the coordinator gives an id
    this.id = version === 0 ? '' : name
  }

  async beat(label: string, more: Request = {}): Promise<Answer> {
    const who = { memberId: this.id, memberEpoch: this.epoch }
    const unchanged = { subscribedTopicNames: null, topicPartitions: null }
    const request = { ...this.#base, ...who, ...unchanged, ...more }
    const answer = await this.#s.call(label, HEARTBEAT, this.#version, request)
    if (answer.number('errorCode') !== 0) return answer
    this.id = answer.text('memberId') || this.id
    this.epoch = answer.number('memberEpoch')
    const told = answer.at('assignment.topicPartitions.0.partitions')
    if (Array.isArray(told)) this.assigned = told as number[]
    return answer
  }

  join(label: string, more: Request = {}): Promise<Answer> {
    this.epoch = 0
    const all = { rebalanceTimeoutMs: 30_000, subscribedTopicNames: [this.#topic], topicPartitions: [] }
    return this.beat(label, { ...all, ...more })
  }

  /** Says that it has what it was told to have, or these. */
  has(label: string, partitions: readonly number[] = this.assigned): Promise<Answer> {
    const topicId = this.#s.idOf(this.#topic)
    return this.beat(label, { topicPartitions: partitions.length === 0 ? [] : [{ topicId, partitions }] })
  }
}

export const sessions: readonly Session[] = [
  {
    name: 'who may not join a group of epochs',
    needs: [HEARTBEAT],
    async run(s) {
      await s.topics({ 'epochs-refused': 1 })
      for (const v of s.versions(HEARTBEAT)) {
        const join = (label: string, more: Request) =>
          s.call(label, HEARTBEAT, v, {
            ...{ groupId: `epochs-refused-${v}`, memberId: 'a-member', memberEpoch: 0 },
            ...{ rebalanceTimeoutMs: 30_000, subscribedTopicNames: ['epochs-refused'], topicPartitions: [] },
            ...more,
          })
        await join('no group', { groupId: '' })
        await join('an empty instance', { instanceId: '' })
        await join('an empty rack', { rackId: '' })
        await join('no rebalance timeout', { rebalanceTimeoutMs: -1 })
        await join('no topics', { subscribedTopicNames: null })
        await join('owned not told', { topicPartitions: null })
        await join('owns something', {
          topicPartitions: [{ topicId: s.idOf('epochs-refused'), partitions: [0] }],
        })
        await join('an unknown assignor', { serverAssignor: 'no-such' })
        await join('a negative epoch', { memberEpoch: -3 })
        await join('leaves for a while without an instance', { memberEpoch: -2 })
        await join('is in a group that is not there', { memberEpoch: 1 })
        await join('leaves a group that is not there', { memberEpoch: -1 })
        if (v >= 1) await join('no id', { memberId: '' })
      }
    },
  },
  {
    name: 'the life of a member by epochs',
    needs: [HEARTBEAT, 'OffsetCommit', 'OffsetFetch', 'DeleteGroups', 'ListGroups', 'DescribeGroups'],
    async run(s) {
      await s.topics({ 'epochs-one': 2 })
      for (const v of s.versions(HEARTBEAT)) {
        const group = `epochs-one-${v}`
        const m = new EpochMember(s, v, group, 'epochs-one', `member-of-${group}`)
        const topics = [{ name: 'epochs-one', partitions: [{ partitionIndex: 0, committedOffset: 7 }] }]
        const commit = async (label: string, more: Request, from = 8) => {
          for (const version of s.versions('OffsetCommit', from))
            await s.call(label, 'OffsetCommit', version, {
              ...{ groupId: group, memberId: m.id, generationIdOrMemberEpoch: m.epoch },
              topics: topics.map(each => ({
                ...each,
                partitions: each.partitions.map(one => ({ ...one, committedMetadata: '' })),
              })),
              ...more,
            })
        }
        const fetch = (label: string, more: Request) =>
          s.call(label, 'OffsetFetch', s.latest('OffsetFetch', 9), {
            groups: [{ groupId: group, topics: [{ name: 'epochs-one', partitionIndexes: [0, 1] }], ...more }],
          })
        const list = (label: string, more: Request = {}) =>
          s.call(label, 'ListGroups', s.latest('ListGroups'), more, {
            only: answer =>
              (answer['groups'] as { groupId: string }[]).filter(each => each.groupId === group),
          })
        await commit('commits to no group', { generationIdOrMemberEpoch: 5 })
        await m.join('joins')
        await m.beat('stays')
        await m.has('has all')
        await m.beat('says it all again', {
          rebalanceTimeoutMs: 30_000,
          subscribedTopicNames: ['epochs-one'],
          topicPartitions: [{ topicId: s.idOf('epochs-one'), partitions: [0, 1] }],
        })
        await m.beat('a greater epoch', { memberEpoch: m.epoch + 1 })
        await m.beat('nobody', { memberId: 'nobody' })
        await m.beat('an instance that is not there', { instanceId: 'nobody' })
        await list('listed')
        await list('listed as of its type', { typesFilter: ['consumer'] })
        await list('not listed as classic', { typesFilter: ['classic'] })
        await list('listed as stable', { statesFilter: ['Stable'] })
        await s.call('described as classic', 'DescribeGroups', s.latest('DescribeGroups'), {
          groups: [group],
        })
        await s.call('deleted with a member', 'DeleteGroups', 2, { groupsNames: [group] })
        await commit('commits', {})
        await commit('commits in another epoch', { generationIdOrMemberEpoch: m.epoch + 1 })
        await commit('commits as nobody', { memberId: 'nobody' })
        await commit('commits from outside', { memberId: '', generationIdOrMemberEpoch: -1 })
        await fetch('fetches', { memberId: m.id, memberEpoch: m.epoch })
        await fetch('fetches in another epoch', { memberId: m.id, memberEpoch: m.epoch + 1 })
        await fetch('fetches as nobody', { memberId: 'nobody', memberEpoch: m.epoch })
        await fetch('fetches from outside', {})
        await m.beat('leaves', { memberEpoch: -1 })
        m.epoch = 1
        await m.beat('is gone')
        await m.beat('leaves again', { memberEpoch: -1 })
        await list('listed as empty', { statesFilter: ['Empty'] })
        await commit('commits to the empty group', { memberId: '', generationIdOrMemberEpoch: -1 })
        await fetch('fetches from the empty group', {})
        await m.join('joins again')
        await m.join('joins anew without leaving')
        await m.beat('wants other topics', { subscribedTopicNames: ['epochs-none'] })
        await m.has('has nothing', [])
        await m.beat('leaves for good', { memberEpoch: -1 })
        await s.call('deleted', 'DeleteGroups', 2, { groupsNames: [group] })
      }
    },
  },
  {
    name: 'partitions that move by epochs',
    needs: [HEARTBEAT],
    async run(s) {
      await s.topics({ 'epochs-two': 4 })
      for (const v of s.versions(HEARTBEAT)) {
        const group = `epochs-two-${v}`
        const [a, b] = ['a', 'b'].map(
          name => new EpochMember(s, v, group, 'epochs-two', `${name}-of-${group}`),
        ) as [EpochMember, EpochMember]
        await a.join('a joins')
        await a.has('a has all')
        await b.join('b joins')
        await b.beat('b waits')
        await a.beat('a is to give up some')
        await a.beat('a is asked no second time')
        await b.beat('b still waits')
        await a.has('a still has all', [0, 1, 2, 3])
        await a.has('a has given up some')
        await b.beat('b gets them')
        await b.has('b has them')
        await a.beat('a stays')
        const { epoch } = b
        await a.beat('a leaves', { memberEpoch: -1 })
        await b.beat('b gets the others')
        await b.beat('b has lost the answer', { memberEpoch: epoch })
        await b.beat('b has lost the answer and says what it had', {
          ...{ memberEpoch: epoch, rebalanceTimeoutMs: 30_000, subscribedTopicNames: ['epochs-two'] },
          topicPartitions: [],
        })
        await b.beat('b leaves', { memberEpoch: -1 })
      }
    },
  },
  {
    name: 'static members by epochs',
    needs: [HEARTBEAT],
    async run(s) {
      await s.topics({ 'epochs-static': 2 })
      for (const v of s.versions(HEARTBEAT)) {
        const group = `epochs-static-${v}`
        const member = (name: string) =>
          new EpochMember(s, v, group, 'epochs-static', `${name}-of-${group}`, 'instance-1')
        const [a, again] = [member('a'), member('again')]
        await a.join('a joins')
        await again.join('another one joins too early')
        await again.beat('another one is there', { memberId: 'nobody', memberEpoch: 1 })
        const { epoch } = a
        await a.beat('a leaves for a while', { memberEpoch: -2 })
        await again.join('it comes back')
        a.epoch = epoch
        await a.beat('the old one is there')
        await again.beat('the new one stays')
        await again.beat('leaves for good', { memberEpoch: -1 })
        await again.beat('leaves again', { memberEpoch: -1 })
      }
    },
  },
]
