/** Transactions as clients before protocol 2 speak them: partitions are added by request. */
import { ended, Producer } from '../producer.ts'
import { batchOf, fetch, fill, produce } from '../requests.ts'
import type { Request, Script, Session } from '../script.ts'

const COORDINATOR = ['InitProducerId', 'AddPartitionsToTxn', 'EndTxn']
/** From these versions on the requests belong to the second protocol of transactions. */
const produceVersions = (s: Script) => s.versions('Produce', 0, 11)
const endVersions = (s: Script) => s.versions('EndTxn', 0, 4)

async function shown(s: Script, label: string, topic: string, offset = 0): Promise<void> {
  for (const isolation of [0, 1]) {
    await fetch(s, `${label}, isolation ${isolation}`, 12, topic, { offset, isolation })
    await s.call(`${label}, latest, isolation ${isolation}`, 'ListOffsets', 5, {
      replicaId: -1,
      isolationLevel: isolation,
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
    })
  }
}

export const sessions: readonly Session[] = [
  {
    name: 'producer ids without transactions',
    needs: ['InitProducerId'],
    async run(s) {
      for (const v of s.versions('InitProducerId')) {
        const init = (label: string, more: Request = {}) =>
          s.call(label, 'InitProducerId', v, { transactionalId: null, transactionTimeoutMs: 0, ...more })
        const first = await init('one')
        await init('another')
        await init('with a timeout', { transactionTimeoutMs: -1 })
        await init('an empty transactional id', { transactionalId: '', transactionTimeoutMs: 60_000 })
        const own = { producerId: first.at('producerId'), producerEpoch: 0 }
        if (v >= 3) await init('its own again', own)
        if (v >= 3) await init('an id without an epoch', { producerId: first.at('producerId') })
        if (v >= 3) await init('an epoch without an id', { producerEpoch: 3 })
      }
    },
  },
  {
    name: 'producer ids with transactions',
    needs: COORDINATOR,
    async run(s) {
      for (const v of s.versions('InitProducerId')) {
        const init = (label: string, more: Request = {}) =>
          s.call(label, 'InitProducerId', v, {
            transactionalId: `init-${v}`,
            transactionTimeoutMs: 60_000,
            ...more,
          })
        const first = await init('new')
        await init('again')
        await init('and again')
        for (const transactionTimeoutMs of [0, -1, 900_001, 900_000, 1]) {
          await init(`timeout ${transactionTimeoutMs}`, {
            transactionTimeoutMs,
            transactionalId: `init-${v}-timeout`,
          })
        }
        if (v < 3) continue
        const producerId = first.at('producerId')
        await init('an old epoch', { producerId, producerEpoch: 0 })
        const last = await init('the last epoch', { producerId, producerEpoch: 2 })
        await init('the last epoch again', { producerId, producerEpoch: 2 })
        await init('the new epoch', { producerId, producerEpoch: last.number('producerEpoch') })
        await init('an epoch to come', { producerId, producerEpoch: 99 })
        await init('another producer id', { producerId: 123_456_789n, producerEpoch: 0 })
        await init('a new transactional id with a producer id', {
          transactionalId: `init-${v}-new`,
          producerId,
          producerEpoch: 0,
        })
      }
    },
  },
  {
    name: 'a transaction committed and one aborted',
    needs: [...COORDINATOR, 'Produce', 'Fetch', 'ListOffsets'],
    async run(s) {
      const all = endVersions(s)
      await s.topics(Object.fromEntries(all.map(v => [`txn-${v}`, 1])))
      for (const v of all) {
        const topic = `txn-${v}`
        const p = new Producer(s, topic)
        await p.init('init')
        await p.add('add', topic)
        await p.produce('first batch', topic, 2)
        await p.produce('second batch', topic, 1)
        await shown(s, 'open', topic)
        await p.end('commit', true, v)
        await ended(s, topic)
        await shown(s, 'committed', topic)
        await p.end('commit again', true, v)
        await p.add('add once more', topic)
        await p.produce('third batch', topic, 2)
        await fill(s, topic, batchOf(1, 10, { timestamp: s.past }))
        await shown(s, 'open again', topic)
        await p.end('abort', false, v)
        await ended(s, topic)
        await shown(s, 'aborted', topic)
        await shown(s, 'from the marker', topic, 7)
        await p.end('abort again', false, v)
        await p.end('commit after abort', true, v)
        await p.add('an empty one', topic)
        await p.end('commit of an empty one', true, v)
      }
      for (const v of s.versions('Fetch')) {
        for (const isolation of [0, 1])
          await fetch(s, `all of it, isolation ${isolation}`, v, `txn-${all[0]}`, { isolation })
        await fetch(s, 'one byte', v, `txn-${all[0]}`, { isolation: 1, partitionMaxBytes: 1 })
      }
    },
  },
  {
    name: 'two transactions in one partition',
    needs: [...COORDINATOR, 'Produce', 'Fetch', 'ListOffsets'],
    async run(s) {
      await s.topics({ 'txn-two': 1 })
      const [a, b] = [new Producer(s, 'txn-two-a'), new Producer(s, 'txn-two-b')]
      await a.init('a init')
      await b.init('b init')
      await a.add('a add', 'txn-two')
      await b.add('b add', 'txn-two')
      await a.produce('a 1', 'txn-two', 1)
      await b.produce('b 1', 'txn-two', 1)
      await a.produce('a 2', 'txn-two', 1)
      await shown(s, 'both open', 'txn-two')
      await b.end('b commits', true)
      await s.call('', 'Fetch', 12, p12(s, 'txn-two'), {
        quiet: true,
        until: answer => answer.number(HIGH_WATERMARK) === 4,
      })
      await shown(s, 'b committed', 'txn-two')
      await a.end('a aborts', false)
      await ended(s, 'txn-two')
      await shown(s, 'a aborted', 'txn-two')
      await b.add('b add again', 'txn-two')
      await b.produce('b 2', 'txn-two', 1)
      await b.end('b aborts', false)
      await ended(s, 'txn-two')
      await shown(s, 'b aborted', 'txn-two')
      for (const v of s.versions('Fetch'))
        await fetch(s, 'from 2, committed ones', v, 'txn-two', { offset: 2, isolation: 1 })
    },
  },
  {
    name: 'produce outside a transaction',
    needs: [...COORDINATOR, 'Produce', 'Fetch'],
    async run(s) {
      await s.topics({ 'txn-outside': 2 })
      for (const v of produceVersions(s)) {
        const p = new Producer(s, `txn-outside-${v}`)
        await p.init('init')
        await p.produce('without add', 'txn-outside', 1, { version: v })
        await p.add('add partition 1', 'txn-outside', 1)
        await p.produce('to a partition not added', 'txn-outside', 1, { version: v })
        await p.produce('to the one added', 'txn-outside', 1, { version: v, partition: 1 })
        const plain = { producerId: p.id, producerEpoch: p.epoch, baseSequence: 1, timestamp: s.past }
        const send = (label: string, records: Buffer, transactionalId: string | null) =>
          produce(s, label, v, 'txn-outside', records, { partition: 1, transactionalId })
        await send('not transactional', batchOf(1, 10, plain), `txn-outside-${v}`)
        await send('without the id', batchOf(1, 10, { ...plain, attributes: 0x10 }), null)
        await send('an empty id', batchOf(1, 10, { ...plain, attributes: 0x10 }), '')
        await send(
          'an id that is not known',
          batchOf(1, 10, { ...plain, attributes: 0x10 }),
          'txn-outside-unknown',
        )
        await send(
          'an old epoch',
          batchOf(1, 10, { ...plain, attributes: 0x10, producerEpoch: p.epoch - 1 }),
          `txn-outside-${v}`,
        )
        await p.end('abort', false)
        await ended(s, 'txn-outside', 1)
        await p.produce('after the end', 'txn-outside', 1, { version: v, partition: 1 })
      }
    },
  },
  {
    name: 'transactions that begin with a late sequence',
    needs: [...COORDINATOR, 'Produce', 'Fetch'],
    async run(s) {
      const all = s.versions('Produce')
      await s.topics(Object.fromEntries(all.map(v => [`txn-sequence-${v}`, 2])))
      for (const v of all) {
        const name = `txn-sequence-${v}`
        const p = new Producer(s, name)
        await p.init('init')
        const send = (label: string, baseSequence: number, partition = 0) => {
          const { id: producerId, epoch: producerEpoch, transactionalId } = p
          const options = { producerId, producerEpoch, baseSequence, attributes: 0x10, timestamp: s.past }
          return produce(s, label, v, name, batchOf(1, 10, options), { partition, transactionalId })
        }
        for (const partition of v < 12 ? [0, 1] : []) await p.add('add', name, partition)
        await send('at 5', 5)
        await send('at 7', 7)
        await send('at 6', 6)
        await send('at 0', 0)
        await send('at 1', 1)
        await send('another partition, at 0', 0, 1)
        await send('another partition, at 2', 2, 1)
        if (v < 12) await p.end('commit', true)
        else await p.endBumping('commit', true)
        await ended(s, name)
        await ended(s, name, 1)
        for (const partition of v < 12 ? [0, 1] : []) await p.add('add again', name, partition)
        await send('in the next, at 9', 9)
        await send('in the next, at 7', 7)
        await send('in the next, at 0', 0)
        await send('in the next, another partition, at 1', 1, 1)
        await send('in the next, another partition, at 0', 0, 1)
        if (v < 12) await p.end('abort', false)
        else await p.endBumping('abort', false)
        await ended(s, name)
        await ended(s, name, 1)
        await fetch(s, 'what was taken', 12, name)
      }
    },
  },
  {
    name: 'add partitions to transactions',
    needs: COORDINATOR,
    async run(s) {
      await s.topics({ 'txn-add-a': 2, 'txn-add-b': 1 })
      for (const v of s.versions('AddPartitionsToTxn', 0, 3)) {
        const p = new Producer(s, `txn-add-${v}`)
        await p.init('init')
        const add = (label: string, topics: Record<string, number[]>, more: Request = {}) =>
          s.call(label, 'AddPartitionsToTxn', v, {
            v3AndBelowTransactionalId: `txn-add-${v}`,
            v3AndBelowProducerId: p.id,
            v3AndBelowProducerEpoch: p.epoch,
            v3AndBelowTopics: Object.entries(topics).map(([name, partitions]) => ({ name, partitions })),
            ...more,
          })
        await add('one', { 'txn-add-a': [0] })
        await add('the same again', { 'txn-add-a': [0] })
        await add('more', { 'txn-add-a': [0, 1], 'txn-add-b': [0] })
        await add('none', {})
        await add('unknown partition', { 'txn-add-a': [7, 1] })
        await add('unknown topic', { 'txn-add-unknown': [0], 'txn-add-b': [0] })
        await add(
          'an unknown transactional id',
          { 'txn-add-a': [0] },
          { v3AndBelowTransactionalId: 'txn-add-unknown' },
        )
        await add('an empty transactional id', { 'txn-add-a': [0] }, { v3AndBelowTransactionalId: '' })
        await add('another producer id', { 'txn-add-a': [0] }, { v3AndBelowProducerId: 987_654_321n })
        await add('an old epoch', { 'txn-add-a': [0] }, { v3AndBelowProducerEpoch: -1 })
        await add('an epoch to come', { 'txn-add-a': [0] }, { v3AndBelowProducerEpoch: 9 })
        await p.end('commit', true)
        await p.init('init again')
        await add('the new epoch', { 'txn-add-a': [0] })
        await add('the epoch before', { 'txn-add-a': [0] }, { v3AndBelowProducerEpoch: p.epoch - 1 })
        await p.end('abort', false)
      }
    },
  },
  {
    name: 'end transactions that are not there',
    needs: COORDINATOR,
    async run(s) {
      for (const v of endVersions(s)) {
        const end = (label: string, more: Request) =>
          s.call(label, 'EndTxn', v, {
            transactionalId: `txn-end-${v}`,
            producerId: 1n,
            producerEpoch: 0,
            committed: true,
            ...more,
          })
        await end('before anything', {})
        await end('an empty id', { transactionalId: '' })
        const p = new Producer(s, `txn-end-${v}`)
        await p.init('init')
        const own = { producerId: p.id, producerEpoch: p.epoch }
        await end('commit, nothing added', own)
        await end('abort, nothing added', { ...own, committed: false })
        await end('an old epoch', { ...own, producerEpoch: p.epoch - 1 })
        await end('an epoch to come', { ...own, producerEpoch: p.epoch + 1 })
        await end('another producer id', { ...own, producerId: 987_654_321n })
      }
    },
  },
  {
    name: 'a producer is fenced',
    needs: [...COORDINATOR, 'Produce', 'Fetch', 'ListOffsets'],
    async run(s) {
      await s.topics({ 'txn-fenced': 1 })
      const [a, b] = [new Producer(s, 'txn-fenced'), new Producer(s, 'txn-fenced')]
      await a.init('a init')
      await a.add('a add', 'txn-fenced')
      await a.produce('a produces', 'txn-fenced', 2)
      await shown(s, 'open', 'txn-fenced')
      await b.init('b init')
      await ended(s, 'txn-fenced')
      await shown(s, 'aborted by b', 'txn-fenced')
      for (const v of produceVersions(s)) await a.produce('a produces again', 'txn-fenced', 1, { version: v })
      for (const v of s.versions('AddPartitionsToTxn', 0, 3)) await a.add('a adds again', 'txn-fenced', 0, v)
      for (const v of endVersions(s)) await a.end('a commits', true, v)
      for (const v of s.versions('InitProducerId', 3)) await a.initWith('a inits again', v)
      await b.add('b add', 'txn-fenced')
      await b.produce('b produces', 'txn-fenced', 1)
      await b.end('b commits', true)
      await ended(s, 'txn-fenced')
      await shown(s, 'b committed', 'txn-fenced')
    },
  },
  {
    name: 'a transaction that runs out of time',
    needs: [...COORDINATOR, 'Produce', 'Fetch', 'ListOffsets'],
    async run(s) {
      await s.topics({ 'txn-late': 1 })
      const p = new Producer(s, 'txn-late')
      await p.init('init', 100)
      await p.add('add', 'txn-late')
      await p.produce('produces', 'txn-late', 2)
      await ended(s, 'txn-late')
      await shown(s, 'aborted by the broker', 'txn-late')
      for (const v of endVersions(s)) await p.end('commits', true, v)
      await p.produce('produces again', 'txn-late', 1)
      await p.init('init again')
      await p.add('add again', 'txn-late')
      await p.end('aborts', false)
    },
  },
  {
    name: 'describe and list transactions',
    needs: [...COORDINATOR, 'DescribeTransactions', 'ListTransactions'],
    async run(s) {
      await s.topics({ 'txn-told': 2 })
      const p = new Producer(s, 'txn-told')
      await p.init('init')
      await p.add('add', 'txn-told')
      for (const v of s.versions('DescribeTransactions')) {
        await s.call('ongoing', 'DescribeTransactions', v, { transactionalIds: ['txn-told'] })
        await s.call('unknown', 'DescribeTransactions', v, { transactionalIds: ['txn-told-unknown', ''] })
      }
      for (const v of s.versions('ListTransactions')) {
        const only = (answer: Request) => ({
          ...answer,
          transactionStates: (answer['transactionStates'] as { transactionalId: string }[]).filter(
            each => each.transactionalId === 'txn-told',
          ),
        })
        await s.call('all', 'ListTransactions', v, {}, { only })
        for (const state of ['Ongoing', 'Empty', 'NoSuchState']) {
          await s.call(`state ${state}`, 'ListTransactions', v, { stateFilters: [state] }, { only })
        }
        await s.call('of its producer', 'ListTransactions', v, { producerIdFilters: [p.id] }, { only })
      }
      await p.end('abort', false)
    },
  },
]

const HIGH_WATERMARK = 'responses.0.partitions.0.highWatermark'

function p12(s: Script, topic: string): Request {
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 }]
  return { maxWaitMs: 0, minBytes: 0, topics: [{ topic, topicId: s.idOf(topic), partitions }] }
}
