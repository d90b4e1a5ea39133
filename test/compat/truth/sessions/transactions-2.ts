/** The second protocol of transactions: Produce and TxnOffsetCommit add what they touch, each end gives a new epoch. */
import { ended, Producer } from '../producer.ts'
import { fetch } from '../requests.ts'
import type { Session } from '../script.ts'

const NEEDS = ['InitProducerId', 'Produce', 'EndTxn', 'Fetch']

export const sessions: readonly Session[] = [
  {
    name: 'transactions that add by producing',
    needs: NEEDS,
    async run(s) {
      const all = s.versions('Produce', 12)
      await s.topics(Object.fromEntries(all.map(v => [`txn2-${v}`, 2])))
      for (const version of all) {
        const topic = `txn2-${version}`
        const p = new Producer(s, topic)
        await p.init('init')
        await p.endBumping('commit of nothing', true)
        await p.endBumping('abort of nothing', false)
        await p.produce('first', topic, 2, { version })
        await p.produce('another partition', topic, 1, { version, partition: 1 })
        await p.endBumping('commit', true)
        await ended(s, topic)
        await p.endBumping('commit again', true)
        await p.produce('in the next', topic, 1, { version })
        await p.endBumping('abort', false)
        await ended(s, topic)
        await fetch(s, 'what is there', 12, topic, { isolation: 1 })
        await ended(s, topic, 1)
        await fetch(s, 'what is in the other', 12, topic, { isolation: 1, partition: 1 })
        await p.produce('of an epoch before', topic, 1, { version, epoch: p.epoch - 1 })
        await p.produce('of an epoch to come', topic, 1, { version, epoch: p.epoch + 1 })
        await p.endBumping('end of an epoch to come', true, p.epoch + 1)
        await p.endBumping('end of an old epoch', true, p.epoch - 2)
        const unknown = new Producer(s, `${topic}-unknown`)
        unknown.id = p.id
        unknown.epoch = p.epoch
        await unknown.produce('of an unknown transactional id', topic, 1, { version })
      }
    },
  },
  {
    name: 'end of a transaction, sent again',
    needs: NEEDS,
    async run(s) {
      await s.topics({ 'txn2-retry': 1 })
      const p = new Producer(s, 'txn2-retry')
      await p.init('init')
      for (const committed of [true, false]) {
        await p.produce('produces', 'txn2-retry', 1, { version: s.latest('Produce') })
        const { epoch } = p
        await p.endBumping('ends', committed)
        await ended(s, 'txn2-retry')
        await p.endBumping('the same again', committed, epoch)
        await p.endBumping('the other way', !committed, epoch)
      }
    },
  },
  {
    name: 'offsets that add their group',
    needs: ['InitProducerId', 'TxnOffsetCommit', 'EndTxn', 'OffsetFetch'],
    async run(s) {
      await s.topics({ 'txn2-offsets': 1 })
      for (const v of s.versions('TxnOffsetCommit', 5)) {
        for (const committed of [true, false]) {
          const group = `txn2-offsets-${v}-${committed}`
          const p = new Producer(s, group)
          await p.init('init')
          const partitions = [{ partitionIndex: 0, committedOffset: 5, committedMetadata: 'note' }]
          const request = {
            ...{ transactionalId: group, groupId: group, producerId: p.id },
            topics: [{ name: 'txn2-offsets', partitions }],
          }
          await s.call('commit offsets', 'TxnOffsetCommit', v, { ...request, producerEpoch: p.epoch })
          await s.call('an old epoch', 'TxnOffsetCommit', v, { ...request, producerEpoch: p.epoch - 1 })
          const stable = {
            groupId: group,
            topics: [{ name: 'txn2-offsets', partitionIndexes: [0] }],
            requireStable: true,
          }
          await s.call('pending', 'OffsetFetch', 7, stable)
          await p.endBumping('end', committed)
          await s.call('at the end', 'OffsetFetch', 7, stable, {
            until: answer => answer.errors().every(code => code === 0),
          })
          await s.call('the epoch before', 'TxnOffsetCommit', v, { ...request, producerEpoch: p.epoch - 1 })
        }
      }
    },
  },
  {
    name: 'both protocols of transactions mixed',
    needs: [...NEEDS, 'AddPartitionsToTxn', 'AddOffsetsToTxn'],
    async run(s) {
      await s.topics({ 'txn2-mixed': 2 })
      for (const v of s.versions('EndTxn')) {
        const p = new Producer(s, `txn2-mixed-${v}`)
        await p.init('init')
        await p.produce('new produce', 'txn2-mixed', 1, { version: 12 })
        await p.add('old add', 'txn2-mixed', 1)
        await p.produce('old produce', 'txn2-mixed', 1, { version: 11, partition: 1 })
        await (v >= 5 ? p.endBumping('end', true) : p.end('end', true, v))
        for (const partition of [0, 1]) await ended(s, 'txn2-mixed', partition)
        await p.produce('new produce again', 'txn2-mixed', 1, { version: 12 })
        await (v >= 5 ? p.endBumping('end again', false) : p.end('end again', false, v))
        for (const partition of [0, 1]) await ended(s, 'txn2-mixed', partition)
      }
      for (const v of s.versions('AddOffsetsToTxn', 4)) {
        const p = new Producer(s, `txn2-mixed-offsets-${v}`)
        await p.init('init for offsets')
        const own = { transactionalId: p.transactionalId, producerId: p.id, producerEpoch: p.epoch }
        await s.call('a group', 'AddOffsetsToTxn', v, { ...own, groupId: 'txn2-mixed' })
        await s.call('an old epoch', 'AddOffsetsToTxn', v, {
          ...own,
          producerEpoch: p.epoch - 1,
          groupId: 'txn2-mixed',
        })
        await p.endBumping('abort', false)
      }
    },
  },
  {
    name: 'partitions added in batches, as brokers do',
    needs: ['AddPartitionsToTxn', 'InitProducerId', 'EndTxn'],
    async run(s) {
      await s.topics({ 'txn2-batches': 2 })
      for (const v of s.versions('AddPartitionsToTxn', 4)) {
        const p = new Producer(s, `txn2-batches-${v}`)
        await p.init('init')
        const one = (more: object = {}) => ({
          ...{
            transactionalId: p.transactionalId,
            producerId: p.id,
            producerEpoch: p.epoch,
            verifyOnly: false,
          },
          topics: [{ name: 'txn2-batches', partitions: [0] }],
          ...more,
        })
        const ask = (label: string, ...transactions: object[]) =>
          s.call(label, 'AddPartitionsToTxn', v, { transactions })
        await ask('only asked', one({ verifyOnly: true }))
        await ask('added', one())
        await ask('only asked again', one({ verifyOnly: true }))
        await ask('two transactions', one(), one({ transactionalId: 'txn2-unknown' }))
        await ask('an old epoch', one({ producerEpoch: -1 }))
        await p.endBumping('abort', false)
      }
    },
  },
  {
    name: 'producers described',
    needs: [...NEEDS, 'DescribeProducers'],
    async run(s) {
      await s.topics({ 'txn2-described': 2 })
      const p = new Producer(s, 'txn2-described')
      await p.init('init')
      await p.produce('produces', 'txn2-described', 2, { version: 12 })
      for (const v of s.versions('DescribeProducers')) {
        const ask = (label: string, name: string, ...partitionIndexes: number[]) =>
          s.call(label, 'DescribeProducers', v, { topics: [{ name, partitionIndexes }] })
        await ask('while it is open', 'txn2-described', 0, 1)
        await ask('unknown partition', 'txn2-described', 9)
        await ask('unknown topic', 'txn2-described-unknown', 0)
      }
      await p.endBumping('commit', true)
      await ended(s, 'txn2-described')
      for (const v of s.versions('DescribeProducers')) {
        const topics = [{ name: 'txn2-described', partitionIndexes: [0] }]
        await s.call('when it is closed', 'DescribeProducers', v, { topics })
      }
    },
  },
  {
    name: 'markers written by request',
    needs: [...NEEDS, 'WriteTxnMarkers'],
    async run(s) {
      for (const v of s.versions('WriteTxnMarkers')) {
        const topic = `txn2-markers-${v}`
        await s.topics({ [topic]: 1 })
        const p = new Producer(s, topic)
        await p.init('init')
        await p.produce('produces', topic, 1, { version: 12 })
        const write = (label: string, name: string, producerEpoch: number, transactionResult: boolean) =>
          s.call(label, 'WriteTxnMarkers', v, {
            markers: [
              {
                ...{ producerId: p.id, producerEpoch, transactionResult, coordinatorEpoch: 0 },
                topics: [{ name, partitionIndexes: [0] }],
              },
            ],
          })
        await write('of an old epoch', topic, p.epoch - 1, true)
        await write('to an unknown topic', `${topic}-unknown`, p.epoch, true)
        await write('an abort', topic, p.epoch, false)
        await fetch(s, 'what is there', 12, topic, { isolation: 1 })
      }
    },
  },
]
