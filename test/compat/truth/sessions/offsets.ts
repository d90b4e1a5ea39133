/** Committed offsets. */
import { GroupMember } from '../group-member.ts'
import type { Request, Script, Session } from '../script.ts'

const commitOf = (
  groupId: string,
  topics: Readonly<Record<string, readonly Request[]>>,
  more: Request = {},
) => ({
  groupId,
  generationIdOrMemberEpoch: -1,
  memberId: '',
  topics: Object.entries(topics).map(([name, partitions]) => ({ name, partitions })),
  ...more,
})
const at = (partitionIndex: number, committedOffset: number, more: Request = {}) => ({
  partitionIndex,
  committedOffset,
  committedMetadata: 'note',
  ...more,
})

/** Asks in the form of the version: from 8 on for several groups. */
function fetchOf(
  v: number,
  groupId: string,
  topics: Readonly<Record<string, number[]>> | null,
  more: Request = {},
) {
  const asked =
    topics === null
      ? null
      : Object.entries(topics).map(([name, partitionIndexes]) => ({ name, partitionIndexes }))
  return v < 8 ? { groupId, topics: asked, ...more } : { groups: [{ groupId, topics: asked }], ...more }
}

/** From these versions on topics have ids only: sessions use names. */
const commitVersions = (s: Script) => s.versions('OffsetCommit', 0, 9)
const fetchVersions = (s: Script) => s.versions('OffsetFetch', 0, 9)

export const sessions: readonly Session[] = [
  {
    name: 'commit offsets without a group',
    needs: ['OffsetCommit', 'OffsetFetch'],
    async run(s) {
      await s.topics({ 'offsets-simple': 3 })
      for (const v of commitVersions(s)) {
        const group = `offsets-simple-${v}`
        const commit = (label: string, topics: Record<string, Request[]>, more: Request = {}) =>
          s.call(label, 'OffsetCommit', v, commitOf(group, topics, more))
        await commit('one', { 'offsets-simple': [at(0, 5)] })
        await commit('two', { 'offsets-simple': [at(0, 6), at(1, 7)] })
        await commit('with an epoch', { 'offsets-simple': [at(0, 6, { committedLeaderEpoch: 3 })] })
        await commit('without a note', { 'offsets-simple': [at(2, 6, { committedMetadata: null })] })
        await commit('the longest note', {
          'offsets-simple': [at(1, 8, { committedMetadata: 'x'.repeat(4096) })],
        })
        await commit('a note too long', {
          'offsets-simple': [at(1, 9, { committedMetadata: 'x'.repeat(4097) }), at(0, 9)],
        })
        await commit('a negative offset', { 'offsets-simple': [at(0, -5)] })
        await commit('unknown partition', { 'offsets-simple': [at(9, 1), at(2, 1)] })
        await commit('unknown topic', { 'offsets-unknown': [at(0, 1)], 'offsets-simple': [at(2, 2)] })
        await commit('illegal name', { 'offsets unknown': [at(0, 1)] })
        await commit('nothing', {})
        await commit('no partitions', { 'offsets-simple': [] })
        await commit('one twice', { 'offsets-simple': [at(0, 11), at(0, 12)] })
        await commit('a member nobody knows', { 'offsets-simple': [at(0, 1)] }, { memberId: 'nobody' })
        await commit('a generation', { 'offsets-simple': [at(0, 1)] }, { generationIdOrMemberEpoch: 1 })
        await commit('a group without a name', { 'offsets-simple': [at(0, 1)] }, { groupId: '' })
        const instance = { groupInstanceId: 'instance-1' }
        await commit('an instance', { 'offsets-simple': [at(0, 1)] }, instance)
        const all = { 'offsets-simple': [0, 1, 2] }
        await s.call('what it has', 'OffsetFetch', 7, fetchOf(7, group, all))
      }
    },
  },
  {
    name: 'commit offsets in a group',
    needs: ['OffsetCommit', 'OffsetFetch', 'JoinGroup', 'SyncGroup', 'LeaveGroup'],
    async run(s) {
      await s.topics({ 'offsets-group': 1 })
      for (const v of commitVersions(s)) {
        const m = new GroupMember(s, `offsets-group-${v}`, s.latest('JoinGroup'))
        const commit = (label: string, more: Request = {}) => {
          const own = { generationIdOrMemberEpoch: m.generation, memberId: m.id, ...more }
          return s.call(label, 'OffsetCommit', v, commitOf(m.group, { 'offsets-group': [at(0, 5)] }, own))
        }
        await m.join('joins')
        await commit('before it syncs')
        await m.sync('syncs', { [m.id]: 'all' })
        await commit('its own')
        await commit('of another generation', { generationIdOrMemberEpoch: 9 })
        await commit('of no generation', { generationIdOrMemberEpoch: -1 })
        await commit('of nobody', { memberId: 'nobody' })
        await commit('of nobody, no generation', { memberId: '', generationIdOrMemberEpoch: -1 })
        await m.leave('leaves')
        await commit('after it left')
        await commit('of no member, after it left', { memberId: '', generationIdOrMemberEpoch: -1 })
      }
    },
  },
  {
    name: 'fetch committed offsets',
    needs: ['OffsetCommit', 'OffsetFetch'],
    async run(s) {
      await s.topics({ 'offsets-fetch-a': 2, 'offsets-fetch-b': 1 })
      const topics = {
        'offsets-fetch-a': [at(0, 5), at(1, 6, { committedLeaderEpoch: 0 })],
        'offsets-fetch-b': [at(0, 7)],
      }
      await s.call('commits', 'OffsetCommit', 7, commitOf('offsets-fetch', topics))
      for (const v of fetchVersions(s)) {
        const ask = (
          label: string,
          topics: Record<string, number[]> | null,
          group = 'offsets-fetch',
          more: Request = {},
        ) => s.call(label, 'OffsetFetch', v, fetchOf(v, group, topics, more))
        await ask('two', { 'offsets-fetch-a': [0, 1] })
        await ask('one that is not there', { 'offsets-fetch-a': [0, 9] })
        await ask('an unknown topic', { 'offsets-unknown': [0] })
        await ask('no topics', {})
        await ask('no partitions', { 'offsets-fetch-a': [] })
        await ask('one twice', { 'offsets-fetch-a': [0, 0] })
        await ask('an unknown group', { 'offsets-fetch-a': [0] }, 'offsets-fetch-unknown')
        await ask('a group without a name', { 'offsets-fetch-a': [0] }, '')
        if (v >= 2) await ask('all', null)
        if (v >= 2) await ask('all of an unknown group', null, 'offsets-fetch-unknown')
        if (v >= 7)
          await ask('stable ones', { 'offsets-fetch-a': [0, 1] }, 'offsets-fetch', { requireStable: true })
        if (v < 8) continue
        const group = (groupId: string) => ({
          groupId,
          topics: [{ name: 'offsets-fetch-a', partitionIndexes: [0] }],
        })
        const groups = [
          group('offsets-fetch'),
          group('offsets-fetch-unknown'),
          { groupId: 'offsets-fetch', topics: null },
        ]
        await s.call('three groups', 'OffsetFetch', v, { groups })
        await s.call('no groups', 'OffsetFetch', v, { groups: [] })
        if (v < 9) continue
        const member = { ...group('offsets-fetch'), memberId: 'nobody', memberEpoch: 1 }
        await s.call('as a member', 'OffsetFetch', v, { groups: [member] })
      }
    },
  },
  {
    name: 'offsets of a deleted topic',
    needs: ['OffsetCommit', 'OffsetFetch', 'DeleteTopics'],
    async run(s) {
      await s.topics({ 'offsets-deleted': 1 })
      await s.call(
        'commits',
        'OffsetCommit',
        7,
        commitOf('offsets-deleted', { 'offsets-deleted': [at(0, 5)] }),
      )
      await s.call('deletes', 'DeleteTopics', 5, { topicNames: ['offsets-deleted'], timeoutMs: 10_000 })
      const until = (answer: { number(path: string): number }) =>
        answer.number('topics.0.partitions.0.committedOffset') === -1
      const request = fetchOf(7, 'offsets-deleted', { 'offsets-deleted': [0] })
      await s.call('gone', 'OffsetFetch', 7, request, { until })
    },
  },
  {
    name: 'delete offsets',
    needs: ['OffsetDelete', 'OffsetCommit', 'OffsetFetch'],
    async run(s) {
      await s.topics({ 'offsets-delete-a': 2, 'offsets-delete-b': 1 })
      for (const v of s.versions('OffsetDelete')) {
        const group = `offsets-delete-${v}`
        const topics = { 'offsets-delete-a': [at(0, 5), at(1, 6)], 'offsets-delete-b': [at(0, 7)] }
        await s.call('commits', 'OffsetCommit', 7, commitOf(group, topics))
        const remove = (label: string, given: Record<string, number[]>, groupId = group) =>
          s.call(label, 'OffsetDelete', v, {
            groupId,
            topics: Object.entries(given).map(([name, indexes]) => ({
              name,
              partitions: indexes.map(partitionIndex => ({ partitionIndex })),
            })),
          })
        await remove('one', { 'offsets-delete-a': [0] })
        await remove('again', { 'offsets-delete-a': [0] })
        await remove('unknown partition', { 'offsets-delete-a': [9, 1] })
        await remove('unknown topic', { 'offsets-delete-unknown': [0] })
        await remove('an unknown group', { 'offsets-delete-a': [0] }, `${group}-unknown`)
        await remove('a group without a name', { 'offsets-delete-a': [0] }, '')
        await remove('nothing', {})
        await s.call('what is left', 'OffsetFetch', 7, fetchOf(7, group, null))
        const m = new GroupMember(s, group, s.latest('JoinGroup'))
        await m.join('a member joins')
        await m.sync('it syncs', { [m.id]: 'all' })
        await remove('while it is there', { 'offsets-delete-b': [0] })
        await m.leave('it leaves')
        await remove('the last', { 'offsets-delete-b': [0] })
        await s.call('nothing is left', 'OffsetFetch', 7, fetchOf(7, group, null))
        await remove('of a group that is gone', { 'offsets-delete-b': [0] })
      }
    },
  },
]
