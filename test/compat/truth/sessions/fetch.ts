/** Fetch without sessions, ListOffsets, OffsetForLeaderEpoch. */
import { Answer } from '../answer.ts'
import { batchOf, fetch, fetchHead, fill, produceRequest } from '../requests.ts'
import { type Request, type Script, type Session, UNKNOWN_TOPIC_ID } from '../script.ts'

/** Three batches of 2, 3 and 1 records, a second apart. */
async function filled(s: Script, topic: string): Promise<number[]> {
  const batches = [2, 3, 1].map((count, n) => batchOf(count, 10, { timestamp: s.past + n * 1000 }))
  await fill(s, topic, ...batches)
  return batches.map(batch => batch.length)
}

export const sessions: readonly Session[] = [
  {
    name: 'fetch offsets and sizes',
    needs: ['Fetch', 'Produce'],
    async run(s) {
      await s.topics({ 'fetch-sizes': 2 })
      const [first = 0, second = 0] = await filled(s, 'fetch-sizes')
      for (const v of s.versions('Fetch')) {
        const at = (label: string, options: object) => fetch(s, label, v, 'fetch-sizes', options)
        for (const offset of [0, 1, 3, 5]) await at(`from ${offset}`, { offset })
        await at('at the end', { offset: 6 })
        await at('after the end', { offset: 7 })
        await at('before the start', { offset: -1 })
        await at('an empty partition', { partition: 1 })
        await at('unknown partition', { partition: 2 })
        await at('one byte', { maxBytes: 1 })
        await at('one byte of a partition', { partitionMaxBytes: 1 })
        await at('no bytes', { maxBytes: 0 })
        await at('no bytes of a partition', { partitionMaxBytes: 0 })
        await at('the first batch', { partitionMaxBytes: first })
        await at('the first batch and a half', { partitionMaxBytes: first + (second >> 1) })
        await at('two batches but one byte', { maxBytes: first + second - 1 })
        await at('two batches', { maxBytes: first + second })
        await at('negative bytes', { maxBytes: -1 })
        await at('waits for more than there is', { minBytes: 100_000, maxWaitMs: 30 })
        await at('waits at the end', { offset: 6, minBytes: 1, maxWaitMs: 30 })
        await at('waits for what is there', { minBytes: first, maxWaitMs: 3000 })
        await at('an unknown isolation', { isolation: 7 })
        await at('committed ones', { isolation: 1 })
      }
    },
  },
  {
    name: 'fetch waits for records',
    needs: ['Fetch', 'Produce'],
    async run(s) {
      await s.topics({ 'fetch-waits': 1 })
      const other = s.connect()
      for (const [n, v] of s.versions('Fetch').entries()) {
        // The high watermark may be that of before or after.
        const only = (answer: Request) => new Answer(answer).at('responses.0.partitions.0.records')
        const waiting = fetch(s, 'they come', v, 'fetch-waits', {
          offset: n,
          minBytes: 1,
          maxWaitMs: 10_000,
          only,
        })
        const request = produceRequest(s, 'fetch-waits', batchOf(1, 10, { timestamp: s.past }))
        await s.call('', 'Produce', 9, request, { quiet: true, on: other })
        await waiting
      }
    },
  },
  {
    name: 'fetch several partitions',
    needs: ['Fetch', 'Produce'],
    async run(s) {
      await s.topics({ 'fetch-several-a': 2, 'fetch-several-b': 1 })
      await filled(s, 'fetch-several-a')
      const [first = 0] = await filled(s, 'fetch-several-b')
      for (const v of s.versions('Fetch')) {
        const part = (partition: number, fetchOffset = 0) => ({
          partition,
          fetchOffset,
          partitionMaxBytes: 100_000,
        })
        const topic = (name: string, ...partitions: object[]) => ({
          topic: name,
          topicId: s.idOf(name),
          partitions,
        })
        const ask = (label: string, topics: object[], more = {}) =>
          s.call(label, 'Fetch', v, { ...fetchHead(more), topics })
        const [a, b] = ['fetch-several-a', 'fetch-several-b']
        await ask('three partitions', [topic(a, part(0), part(1)), topic(b, part(0))])
        await ask('bytes for one batch', [topic(a, part(1), part(0)), topic(b, part(0))], { maxBytes: first })
        await ask('one byte', [topic(b, part(0)), topic(a, part(0))], { maxBytes: 1 })
        await ask('unknown ones between', [
          topic(a, part(0, 5), part(7)),
          topic('fetch-unknown', part(0)),
          topic(b, part(0, 5)),
        ])
        await ask('one out of range', [topic(a, part(0, 50), part(1)), topic(b, part(0, 5))], {
          minBytes: 1,
          maxWaitMs: 10_000,
        })
        await ask('a partition twice', [topic(b, part(0, 0), part(0, 5))])
        await ask('a topic twice', [topic(a, part(0, 5)), topic(a, part(1))])
        await ask('no partition', [topic(a)])
        await ask('nothing', [], { minBytes: 1, maxWaitMs: 30 })
      }
    },
  },
  {
    name: 'fetch by id and leader epoch',
    needs: ['Fetch', 'Produce'],
    async run(s) {
      await s.topics({ 'fetch-epochs': 1 })
      await filled(s, 'fetch-epochs')
      for (const v of s.versions('Fetch')) {
        await fetch(s, 'unknown topic', v, 'fetch-epochs-unknown')
        for (const leaderEpoch of [-1, 0, 1, 100, -2]) {
          await fetch(s, `leader epoch ${leaderEpoch}`, v, 'fetch-epochs', { offset: 5, leaderEpoch })
        }
        await fetch(s, 'leader epoch and offset wrong', v, 'fetch-epochs', { offset: 50, leaderEpoch: 1 })
        const last = (lastFetchedEpoch: number, fetchOffset: number) => ({
          ...fetchHead(),
          topics: [
            {
              topic: 'fetch-epochs',
              topicId: s.idOf('fetch-epochs'),
              partitions: [
                {
                  partition: 0,
                  fetchOffset,
                  lastFetchedEpoch,
                  partitionMaxBytes: 1000,
                  currentLeaderEpoch: 0,
                },
              ],
            },
          ],
        })
        await s.call('last fetched epoch 0', 'Fetch', v, last(0, 5))
        await s.call('last fetched epoch 3', 'Fetch', v, last(3, 5))
        await s.call('last fetched epoch 0 after the end', 'Fetch', v, last(0, 50))
      }
      for (const v of s.versions('Fetch', 13)) {
        const topics = [
          { topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitions: [{ partition: 0, partitionMaxBytes: 1000 }] },
        ]
        await s.call('no id', 'Fetch', v, { ...fetchHead(), topics })
        const unknown = [{ ...topics[0], topicId: UNKNOWN_TOPIC_ID }]
        await s.call('unknown id', 'Fetch', v, {
          ...fetchHead({ minBytes: 1, maxWaitMs: 5000 }),
          topics: unknown,
        })
      }
    },
  },
  {
    name: 'list offsets',
    needs: ['ListOffsets', 'Produce'],
    async run(s) {
      await s.topics({ 'list-offsets': 2 })
      await filled(s, 'list-offsets')
      await fill(s, 'list-offsets', batchOf(2, 10, { timestamp: s.past + 500 }))
      for (const v of s.versions('ListOffsets')) {
        const ask = (
          label: string,
          timestamp: number,
          more: { partition?: number; epoch?: number; isolation?: number; name?: string } = {},
        ) =>
          s.call(label, 'ListOffsets', v, {
            replicaId: -1,
            isolationLevel: more.isolation ?? 0,
            topics: [
              {
                name: more.name ?? 'list-offsets',
                partitions: [
                  { partitionIndex: more.partition ?? 0, currentLeaderEpoch: more.epoch ?? -1, timestamp },
                ],
              },
            ],
          })
        for (const [label, timestamp] of Object.entries(TIMESTAMPS)) {
          await ask(label, timestamp)
          await ask(`${label} of nothing`, timestamp, { partition: 1 })
          await ask(`${label} committed`, timestamp, { isolation: 1 })
        }
        for (const ms of [-1, 0, 1, 500, 501, 1000, 1001, 2000, 2001])
          await ask(`${ms} ms after the first`, s.past + ms)
        await ask('time 0', 0)
        await ask('time 0 of nothing', 0, { partition: 1 })
        await ask('unknown partition', -1, { partition: 2 })
        await ask('partition -1', -1, { partition: -1 })
        await ask('unknown topic', -1, { name: 'list-offsets-unknown' })
        await ask('illegal name', -1, { name: 'list offsets' })
        for (const epoch of [0, 1]) await ask(`leader epoch ${epoch}`, -1, { epoch })
        const two = [
          { partitionIndex: 0, timestamp: -1 },
          { partitionIndex: 1, timestamp: -2 },
        ]
        await s.call('two partitions', 'ListOffsets', v, {
          replicaId: -1,
          topics: [{ name: 'list-offsets', partitions: two }],
        })
        const twice = [
          { partitionIndex: 0, timestamp: -1 },
          { partitionIndex: 0, timestamp: -2 },
        ]
        await s.call('one twice', 'ListOffsets', v, {
          replicaId: -1,
          topics: [{ name: 'list-offsets', partitions: twice }],
        })
        await s.call('nothing', 'ListOffsets', v, { replicaId: -1, topics: [] })
      }
    },
  },
  {
    name: 'offsets for leader epochs',
    needs: ['OffsetForLeaderEpoch', 'Produce'],
    async run(s) {
      await s.topics({ 'leader-epochs': 2 })
      await filled(s, 'leader-epochs')
      for (const v of s.versions('OffsetForLeaderEpoch')) {
        const ask = (
          label: string,
          partition: number,
          leaderEpoch: number,
          currentLeaderEpoch = -1,
          topic = 'leader-epochs',
        ) =>
          s.call(label, 'OffsetForLeaderEpoch', v, {
            replicaId: -1,
            topics: [{ topic, partitions: [{ partition, leaderEpoch, currentLeaderEpoch }] }],
          })
        for (const epoch of [0, 1, 5, -1, -2]) {
          await ask(`epoch ${epoch}`, 0, epoch)
          await ask(`epoch ${epoch} of nothing`, 1, epoch)
        }
        for (const current of [0, 1]) await ask(`current epoch ${current}`, 0, 0, current)
        await ask('unknown partition', 2, 0)
        await ask('unknown topic', 0, 0, -1, 'leader-epochs-unknown')
      }
    },
  },
  {
    name: 'delete records',
    needs: ['DeleteRecords', 'Produce', 'Fetch', 'ListOffsets'],
    async run(s) {
      const all = s.versions('DeleteRecords')
      await s.topics(Object.fromEntries(all.map(v => [`delete-records-${v}`, 1])))
      await s.topics({ 'delete-records-compact': 1 }, { 'cleanup.policy': 'compact' })
      for (const v of all) {
        const name = `delete-records-${v}`
        await filled(s, name)
        const ask = (label: string, offset: number, partitionIndex = 0, topic = name) =>
          s.call(label, 'DeleteRecords', v, {
            topics: [{ name: topic, partitions: [{ partitionIndex, offset }] }],
            timeoutMs: 5000,
          })
        await ask('to offset 1', 1)
        await fetch(s, 'from 0', 12, name, { offset: 0 })
        await fetch(s, 'from 1', 12, name, { offset: 1 })
        const earliest = { partitionIndex: 0, timestamp: -2 }
        await s.call('earliest', 'ListOffsets', 5, {
          replicaId: -1,
          topics: [{ name, partitions: [earliest] }],
        })
        await ask('back to offset 0', 0)
        await ask('after the end', 7)
        await ask('to offset -2', -2)
        await ask('unknown partition', 1, 5)
        await ask('unknown topic', 1, 0, 'delete-records-unknown')
        await ask('a compacted topic', 0, 0, 'delete-records-compact')
        await ask('all', -1)
        await fetch(s, 'at the end', 12, name, { offset: 6 })
        await s.call('nothing', 'DeleteRecords', v, { topics: [], timeoutMs: 5000 })
      }
    },
  },
]

const TIMESTAMPS = {
  earliest: -2,
  latest: -1,
  'the largest timestamp': -3,
  'earliest local': -4,
  'latest tiered': -5,
  'earliest pending upload': -6,
  'an unknown place': -7,
}
