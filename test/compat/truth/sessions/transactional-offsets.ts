/** Offsets committed in transactions. */
import { GroupMember } from '../group-member.ts'
import { Producer } from '../producer.ts'
import type { Request, Script, Session } from '../script.ts'

/**
 * Kafka's brokers ask for several transactions at once whether they may be written to, and answer all of them in the words of one:
 * a client of an old version then gets what only another session's knows.
 */
const TRANSACTION_ABORTABLE = 120
/** Version of TxnOffsetCommit. */
const KNOWS_ABORTABLE = 4
const NEEDS = ['InitProducerId', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn', 'OffsetFetch']

const addOffsets = (
  s: Script,
  p: Producer,
  label: string,
  groupId: string,
  version = 3,
  more: Request = {},
) =>
  s.call(label, 'AddOffsetsToTxn', version, {
    transactionalId: p.transactionalId,
    producerId: p.id,
    producerEpoch: p.epoch,
    groupId,
    ...more,
  })

const commit = (s: Script, p: Producer, label: string, groupId: string, version = 3, more: Request = {}) =>
  s.call(
    label,
    'TxnOffsetCommit',
    version,
    {
      transactionalId: p.transactionalId,
      groupId,
      producerId: p.id,
      producerEpoch: p.epoch,
      topics: [
        {
          name: 'txn-offsets',
          partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: 'note' }],
        },
      ],
      ...more,
    },
    version < KNOWS_ABORTABLE ? { strange: [TRANSACTION_ABORTABLE] } : {},
  )

/** What a group has, as it is, and only when nothing is pending. */
async function shown(s: Script, label: string, groupId: string): Promise<void> {
  for (const requireStable of [false, true]) {
    const topics = [{ name: 'txn-offsets', partitionIndexes: [0] }]
    const request = { groupId, topics, requireStable }
    await s.call(`${label}${requireStable ? ', stable' : ''}`, 'OffsetFetch', 7, request)
  }
  await s.call(`${label}, all`, 'OffsetFetch', 7, { groupId, topics: null, requireStable: true })
}

async function settled(s: Script, groupId: string): Promise<void> {
  const request = { groupId, topics: [{ name: 'txn-offsets', partitionIndexes: [0] }], requireStable: true }
  await s.call('', 'OffsetFetch', 7, request, { quiet: true, until: answer => !answer.errors().includes(88) })
}

export const sessions: readonly Session[] = [
  {
    name: 'offsets committed in a transaction',
    needs: NEEDS,
    async run(s) {
      await s.topics({ 'txn-offsets': 1 })
      // The later versions belong to the second protocol of transactions.
      for (const v of s.versions('TxnOffsetCommit', 0, 4)) {
        const group = `txn-offsets-${v}`
        const p = new Producer(s, group)
        await p.init('init')
        await addOffsets(s, p, 'add the group', group)
        await shown(s, 'nothing yet', group)
        await commit(s, p, 'commit offsets', group, v)
        await shown(s, 'pending', group)
        await p.end('commit', true)
        await settled(s, group)
        await shown(s, 'committed', group)
        await addOffsets(s, p, 'add the group again', group)
        const topics = [
          {
            name: 'txn-offsets',
            partitions: [{ partitionIndex: 0, committedOffset: 9, committedMetadata: '' }],
          },
        ]
        await commit(s, p, 'commit other offsets', group, v, { topics })
        await shown(s, 'pending again', group)
        await p.end('abort', false)
        await settled(s, group)
        await shown(s, 'aborted', group)
      }
    },
  },
  {
    name: 'groups added to transactions',
    needs: NEEDS,
    async run(s) {
      for (const v of s.versions('AddOffsetsToTxn', 0, 3)) {
        const p = new Producer(s, `txn-groups-${v}`)
        await addOffsets(s, p, 'before anything', p.transactionalId, v, { producerId: 1n, producerEpoch: 0 })
        await p.init('init')
        const add = (label: string, more: Request = {}) => addOffsets(s, p, label, `txn-groups-${v}`, v, more)
        await add('one')
        await add('again')
        await add('a group without a name', { groupId: '' })
        await add('an unknown transactional id', { transactionalId: 'txn-groups-unknown' })
        await add('an empty transactional id', { transactionalId: '' })
        await add('another producer id', { producerId: 987_654_321n })
        await add('an old epoch', { producerEpoch: p.epoch - 1 })
        await add('an epoch to come', { producerEpoch: p.epoch + 1 })
        await p.end('abort', false)
      }
    },
  },
  {
    name: 'offsets committed out of order',
    needs: NEEDS,
    async run(s) {
      await s.topics({ 'txn-offsets-order': 1 })
      for (const v of s.versions('TxnOffsetCommit', 0, 4)) {
        const group = `txn-offsets-order-${v}`
        const p = new Producer(s, group)
        const topics = (name: string, partition: Request = {}) => ({
          topics: [
            {
              name,
              partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: '', ...partition }],
            },
          ],
        })
        const known = topics('txn-offsets-order')
        await commit(s, p, 'before anything', group, v, { ...known, producerId: 1n, producerEpoch: 0 })
        await p.init('init')
        await commit(s, p, 'without adding the group', group, v, known)
        await addOffsets(s, p, 'add the group', group)
        await commit(s, p, 'unknown topic', group, v, topics('txn-offsets-unknown'))
        await commit(s, p, 'unknown partition', group, v, topics('txn-offsets-order', { partitionIndex: 9 }))
        await commit(
          s,
          p,
          'a note too long',
          group,
          v,
          topics('txn-offsets-order', { committedMetadata: 'x'.repeat(4097) }),
        )
        await commit(s, p, 'a group without a name', '', v, known)
        await commit(s, p, 'an old epoch', group, v, { ...known, producerEpoch: p.epoch - 1 })
        await commit(s, p, 'another producer id', group, v, { ...known, producerId: 987_654_321n })
        await commit(s, p, 'another transactional id', group, v, {
          ...known,
          transactionalId: 'txn-offsets-unknown',
        })
        if (v >= 3) {
          await commit(s, p, 'as nobody', group, v, { ...known, memberId: 'nobody' })
          await commit(s, p, 'of a generation', group, v, { ...known, generationId: 3 })
        }
        await p.end('abort', false)
      }
    },
  },
  {
    name: 'offsets committed in a transaction by a member',
    needs: [...NEEDS, 'JoinGroup', 'SyncGroup', 'LeaveGroup', 'OffsetCommit', 'OffsetDelete'],
    async run(s) {
      await s.topics({ 'txn-offsets-member': 1 })
      const partitions = [{ partitionIndex: 0, committedOffset: 5, committedMetadata: '' }]
      const topics = [{ name: 'txn-offsets-member', partitions }]
      for (const v of s.versions('TxnOffsetCommit', 3, 4)) {
        const group = `txn-offsets-member-${v}`
        const m = new GroupMember(s, group, s.latest('JoinGroup'))
        const p = new Producer(s, group)
        await m.join('joins')
        await m.sync('syncs', { [m.id]: 'all' })
        await p.init('init')
        await addOffsets(s, p, 'add the group', group)
        const own = { topics, memberId: m.id, generationId: m.generation }
        await commit(s, p, 'its own', group, v, own)
        await commit(s, p, 'of another generation', group, v, { ...own, generationId: 9 })
        await commit(s, p, 'of nobody', group, v, { ...own, memberId: 'nobody' })
        await commit(s, p, 'of no member', group, v, { topics })
        await commit(s, p, 'of an instance', group, v, { ...own, groupInstanceId: 'instance-1' })
        const plain = { groupId: group, generationIdOrMemberEpoch: m.generation, memberId: m.id }
        const other = [{ name: 'txn-offsets-member', partitions: [{ ...partitions[0], committedOffset: 3 }] }]
        await s.call('and outside it', 'OffsetCommit', 7, { ...plain, topics: other })
        await s.call('while pending', 'OffsetFetch', 7, {
          groupId: group,
          topics: null,
          requireStable: false,
        })
        await p.end('commit', true)
        const stable = {
          groupId: group,
          topics: [{ name: 'txn-offsets-member', partitionIndexes: [0] }],
          requireStable: true,
        }
        await s.call('at the end', 'OffsetFetch', 7, stable, {
          until: answer => answer.errors().every(code => code === 0),
        })
        await m.leave('leaves')
      }
    },
  },
]
