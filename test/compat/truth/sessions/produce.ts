/** Produce without transactions: what is taken, what is refused. */
import { batchAt } from '../../../../plugins/protocol/batch.ts'
import { changed, codecs, compressed, messageSet } from '../made-batches.ts'
import { batchOf, fetch, fill, produce, produceRequest } from '../requests.ts'
import type { Script, Session } from '../script.ts'

export const sessions: readonly Session[] = [
  {
    name: 'produce with each acks',
    needs: ['Produce', 'Fetch'],
    async run(s) {
      await s.topics({ 'produce-acks': 1 })
      for (const v of s.versions('Produce')) {
        const batch = batchOf(2, 10, { timestamp: s.past + v })
        for (const acks of [1, -1, 2, -2])
          await produce(s, `acks ${acks}`, v, 'produce-acks', batch, { acks })
        await s.send('acks 0', 'Produce', v, produceRequest(s, 'produce-acks', batch, { acks: 0 }))
        const wrong = produceRequest(s, 'produce-acks', batch, { acks: 0, partition: 9 })
        await s.send('acks 0, unknown partition', 'Produce', v, wrong)
        const invalid = changed(batch, copy => copy.writeInt32BE(7, batchAt.recordsCount))
        await s.send(
          'acks 0, wrong count',
          'Produce',
          v,
          produceRequest(s, 'produce-acks', invalid, { acks: 0 }),
        )
      }
      await fetch(s, 'what was taken', 12, 'produce-acks', { until: end(s.versions('Produce').length * 6) })
    },
  },
  {
    name: 'produce to places that are not there',
    needs: ['Produce'],
    async run(s) {
      await s.topics({ 'produce-places': 2 })
      for (const v of s.versions('Produce')) {
        const batch = batchOf(1)
        await produce(s, 'unknown topic', v, 'produce-unknown', batch)
        await produce(s, 'unknown partition', v, 'produce-places', batch, { partition: 2 })
        await produce(s, 'partition -1', v, 'produce-places', batch, { partition: -1 })
        const parts = (...indexes: number[]) => indexes.map(index => ({ index, records: batch }))
        const topic = (name: string, ...indexes: number[]) => ({
          name,
          topicId: s.idOf(name),
          partitionData: parts(...indexes),
        })
        const send = (label: string, ...topicData: object[]) =>
          s.call(label, 'Produce', v, { acks: 1, timeoutMs: 5000, topicData })
        await send('two partitions and one unknown', topic('produce-places', 0, 1, 5))
        await send('one topic and one unknown', topic('produce-places', 0), topic('produce-unknown', 0))
        await send('no partition', topic('produce-places'))
        await send('nothing')
      }
    },
  },
  {
    name: 'produce refused batches',
    needs: ['Produce', 'Fetch'],
    async run(s) {
      const good = batchOf(3, 10, { timestamp: s.past })
      // Null records are not among them: Kafka gives them no answer.
      const bad: Record<string, Buffer> = {
        'empty records': Buffer.alloc(0),
        'a wrong checksum': Buffer.from(good).fill(7, good.length - 1),
        'cut off': good.subarray(0, good.length - 5),
        'header cut off': good.subarray(0, 30),
        'two batches': Buffer.concat([good, good]),
        'a batch and some bytes': Buffer.concat([good, Buffer.alloc(7, 1)]),
        'magic 0': messageSet(0),
        'magic 1': messageSet(1),
        'magic 3': changed(good, copy => copy.writeInt8(3, batchAt.magic)),
        'too many counted': changed(good, copy => copy.writeInt32BE(4, batchAt.recordsCount)),
        'too few counted': changed(good, copy => copy.writeInt32BE(2, batchAt.recordsCount)),
        'none counted': changed(good, copy => copy.writeInt32BE(0, batchAt.recordsCount)),
        'minus one counted': changed(good, copy => copy.writeInt32BE(-1, batchAt.recordsCount)),
        'count and last offset too large': changed(good, copy => {
          copy.writeInt32BE(5, batchAt.recordsCount)
          copy.writeInt32BE(4, batchAt.lastOffsetDelta)
        }),
        'last offset too large': changed(good, copy => copy.writeInt32BE(9, batchAt.lastOffsetDelta)),
        'last offset negative': changed(good, copy => copy.writeInt32BE(-2, batchAt.lastOffsetDelta)),
        'a control batch': changed(good, copy => copy.writeInt16BE(0x20, batchAt.attributes)),
        'transactional without an id': changed(good, copy => copy.writeInt16BE(0x10, batchAt.attributes)),
        'an unknown codec': changed(good, copy => copy.writeInt16BE(5, batchAt.attributes)),
        'not what the codec makes': changed(good, copy => copy.writeInt16BE(1, batchAt.attributes)),
        'length too small': changed(good, copy => copy.writeInt32BE(20, batchAt.batchLength)),
        'length negative': changed(good, copy => copy.writeInt32BE(-1, batchAt.batchLength)),
        'length too large': changed(good, copy => copy.writeInt32BE(5000, batchAt.batchLength)),
        'too large': batchOf(3, 1000, { timestamp: s.past }),
        'the largest': batchOf(1, 2000 - 61 - 9, { timestamp: s.past }),
        'one byte too large': batchOf(1, 2000 - 61 - 8, { timestamp: s.past }),
        'its own base offset': batchOf(2, 10, { timestamp: s.past, baseOffset: 77, partitionLeaderEpoch: 5 }),
        'two days ahead': batchOf(1, 10, { timestamp: s.past + 72 * 3_600_000 }),
        'without a timestamp': batchOf(1, 10, { timestamp: -1 }),
        'a wrong largest timestamp': changed(good, copy =>
          copy.writeBigInt64BE(BigInt(s.past + 5), batchAt.maxTimestamp),
        ),
        'records that end early': changed(good, copy => copy.writeInt8(4, 61)),
        'a record without its end': changed(good, copy => copy.writeInt8(126, 61)),
        'unused attributes': changed(good, copy => copy.writeInt16BE(0x100, batchAt.attributes)),
        'says log append time': changed(good, copy => copy.writeInt16BE(0x08, batchAt.attributes)),
      }
      // A topic each: one that is taken does not move the offsets of the others.
      const topicOf = (label: string) => `produce-${label.replaceAll(' ', '-')}`
      await s.topics(Object.fromEntries(Object.keys(bad).map(label => [topicOf(label), 1])), {
        'max.message.bytes': '2000',
      })
      for (const [label, records] of Object.entries(bad)) {
        for (const v of s.versions('Produce')) await produce(s, label, v, topicOf(label), records)
        await fetch(s, `${label}: what was taken`, 12, topicOf(label))
      }
    },
  },
  {
    name: 'produce as an idempotent producer',
    needs: ['Produce', 'InitProducerId', 'Fetch'],
    async run(s) {
      const all = s.versions('Produce')
      await s.topics(Object.fromEntries(all.map(v => [`idempotent-${v}`, 1])))
      for (const v of all) {
        const producerId = await newProducerId(s)
        const batch = (baseSequence: number, producerEpoch = 0, id = producerId) =>
          batchOf(2, 10, { timestamp: s.past, producerId: id, producerEpoch, baseSequence })
        const send = (label: string, records: Buffer) => produce(s, label, v, `idempotent-${v}`, records)
        await send('first', batch(0))
        await send('second', batch(2))
        await send('a duplicate of the last', batch(2))
        await send('a duplicate of the first', batch(0))
        await send('a gap', batch(7))
        await send('one back', batch(3))
        for (let n = 4; n < 16; n += 2) await send('further', batch(n))
        await send('a duplicate of the fifth last', batch(6))
        await send('a duplicate too old', batch(4))
        await send('a new epoch that starts late', batch(5, 1))
        await send('a new epoch', batch(0, 1))
        await send('an old epoch', batch(16, 0))
        await send('an id nobody gave out', batch(0, 0, 123_456_789n))
        await send('an id nobody gave out, later', batch(9, 0, 123_456_788n))
        await send('no epoch', batch(0, -1, await newProducerId(s)))
        await send('no sequence', batch(-1, 0, await newProducerId(s)))
        await send('no id with a sequence', batch(0, 0, -1n))
      }
      await fetch(s, 'what was taken', 12, `idempotent-${all[0]}`)
    },
  },
  {
    name: 'produce where sequences wrap',
    needs: ['Produce', 'InitProducerId', 'Fetch'],
    async run(s) {
      await s.topics({ 'idempotent-wrap': 1 })
      const v = s.latest('Produce')
      const last = 2 ** 31 - 1
      const producerId = await newProducerId(s)
      const send = (label: string, baseSequence: number, count: number, producerEpoch = 0) =>
        produce(
          s,
          label,
          v,
          'idempotent-wrap',
          batchOf(count, 1, { timestamp: s.past, producerId, producerEpoch, baseSequence }),
        )
      await send('an id that starts high', last - 1, 1)
      await send('the next', last, 1)
      await send('starts again', 0, 1)
      await send('starts again twice', 0, 1)
      await send('a gap over the end', 2, 1)
      const other = await newProducerId(s)
      const over = (label: string, baseSequence: number, count: number) =>
        produce(
          s,
          label,
          v,
          'idempotent-wrap',
          batchOf(count, 1, { timestamp: s.past, producerId: other, producerEpoch: 0, baseSequence }),
        )
      await over('a batch before the end', last - 2, 2)
      await over('a batch over the end', last, 3)
      await over('the batch over the end again', last, 3)
      await over('the next', 2, 1)
      await fetch(s, 'what was taken', 12, 'idempotent-wrap')
    },
  },
  {
    name: 'produce to one partition twice',
    needs: ['Produce', 'Fetch'],
    async run(s) {
      const all = s.versions('Produce')
      await s.topics(Object.fromEntries(all.map(v => [`produce-twice-${v}`, 2])))
      for (const v of all) {
        const name = `produce-twice-${v}`
        const topic = (...parts: [number, number][]) => ({
          name,
          topicId: s.idOf(name),
          partitionData: parts.map(([index, count]) => ({
            index,
            records: batchOf(count, 1, { timestamp: s.past }),
          })),
        })
        const send = (label: string, ...topicData: object[]) =>
          s.call(label, 'Produce', v, { acks: -1, timeoutMs: 5000, topicData })
        await send('in one topic', topic([0, 1], [0, 2]))
        await fetch(s, 'what was taken', 12, name)
        await send('in two topics', topic([1, 3]), topic([1, 4]))
        await fetch(s, 'what was taken of it', 12, name, { partition: 1 })
        await send('two partitions in two topics', topic([0, 1]), topic([1, 1]))
      }
    },
  },
  {
    name: 'produce with each codec',
    needs: ['Produce', 'Fetch'],
    async run(s) {
      await s.topics({ 'produce-codecs': 1 })
      for (const v of s.versions('Produce')) {
        for (const codec of Object.keys(codecs) as (keyof typeof codecs)[]) {
          const batch = compressed(batchOf(20, 30, { timestamp: s.past }), codec)
          await produce(s, codec, v, 'produce-codecs', batch)
        }
        const wrong = compressed(
          changed(batchOf(3), copy => copy.writeInt32BE(9, batchAt.recordsCount)),
          'gzip',
        )
        await produce(s, 'compressed with a wrong count', v, 'produce-codecs', wrong)
      }
      // zstd bytes may differ from run to run of zlib, gzip's do not: all are as they were sent.
      for (const v of s.versions('Fetch'))
        await fetch(s, 'as it came', v, 'produce-codecs', { partitionMaxBytes: 5000 })
    },
  },
  {
    name: 'produce to a topic with times of its own',
    needs: ['Produce', 'Fetch', 'ListOffsets'],
    async run(s) {
      await s.topics({ 'times-append': 1 }, { 'message.timestamp.type': 'LogAppendTime' })
      await s.topics(
        { 'times-narrow': 1 },
        {
          'message.timestamp.before.max.ms': '3600000',
          'message.timestamp.after.max.ms': '1000',
        },
      )
      for (const v of s.versions('Produce')) {
        await produce(s, 'appended', v, 'times-append', batchOf(2, 10, { timestamp: s.past }))
        await produce(
          s,
          'appended, compressed',
          v,
          'times-append',
          compressed(batchOf(2, 10, { timestamp: s.past }), 'gzip'),
        )
        await produce(
          s,
          'two days ahead',
          v,
          'times-append',
          batchOf(1, 10, { timestamp: s.past + 72 * 3_600_000 }),
        )
        await produce(s, 'too old', v, 'times-narrow', batchOf(2, 10, { timestamp: s.past }))
        await produce(
          s,
          'too young',
          v,
          'times-narrow',
          batchOf(1, 10, { timestamp: s.past + 25 * 3_600_000 }),
        )
        await produce(s, 'about now', v, 'times-narrow', batchOf(1, 10, { timestamp: Date.now() }))
      }
      await fetch(s, 'what was taken', 12, 'times-append')
    },
  },
  {
    name: 'produce keys, values and headers',
    needs: ['Produce', 'Fetch'],
    async run(s) {
      await s.topics({ 'produce-contents': 1 }, {})
      await s.topics({ 'produce-compact': 1 }, { 'cleanup.policy': 'compact' })
      for (const v of s.versions('Produce')) {
        await produce(s, 'no keys', v, 'produce-compact', batchOf(2))
        await produce(s, 'no keys, compressed', v, 'produce-compact', compressed(batchOf(2), 'gzip'))
      }
      await fill(
        s,
        'produce-contents',
        batchOf(3, 0, { timestamp: s.past }),
        batchOf(1, 100, { timestamp: s.past }),
      )
      for (const v of s.versions('Fetch')) await fetch(s, 'as it came', v, 'produce-contents')
    },
  },
]

const end = (offset: number) => (answer: { number(path: string): number }) =>
  answer.number('responses.0.partitions.0.highWatermark') >= offset

export async function newProducerId(s: Script): Promise<bigint> {
  const request = { transactionalId: null, transactionTimeoutMs: 0 }
  const answer = await s.call('', 'InitProducerId', 1, request, { quiet: true })
  return answer.at('producerId') as bigint
}
