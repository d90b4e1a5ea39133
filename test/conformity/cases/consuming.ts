/** Reading partitions that were assigned by hand. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultAction } from '../../../plugins/index.ts'
import { encodeBatch } from '../../../plugins/protocol/records.ts'
import type { Case } from '../case.ts'
import { keepReading, read, valuesOf } from '../harness.ts'
import { codecs, packedBatch } from '../stored.ts'

const values = (all: readonly { readonly value: string | null }[]) => all.map(each => each.value)
const idle = (timeoutUs: number, signal: AbortSignal) => ({ timeoutUs, signal })

const mishaps: readonly FaultAction[] = [
  { error: 'NOT_LEADER_OR_FOLLOWER' },
  { error: 'UNKNOWN_SERVER_ERROR' },
  { error: 'KAFKA_STORAGE_ERROR' },
  { close: true },
  { partialFrame: true },
  { throttle: '30ms' },
]

export const consuming: readonly Case[] = [
  {
    name: 'consumed-record',
    about: 'a consumed record has key, value, headers and timestamp byte for byte, in fields and by methods',
    async run(context) {
      const topic = await context.topic()
      const headers = [
        { key: 'a', value: Buffer.from([1, 255]) },
        { key: 'none', value: null },
      ]
      const written = [
        { timestamp: 1_700_000_000_123, key: Buffer.from('ключ'), value: Buffer.from('wert'), headers },
        { timestamp: 1_700_000_000_124, key: Buffer.alloc(0), value: Buffer.alloc(0) },
        { timestamp: 1_700_000_000_125, key: null, value: null },
      ]
      await context.raw.write(topic, 0, encodeBatch(written))
      const consumer = await context.reader(topic)
      const seen: unknown[] = []
      await read(consumer, 3, batch =>
        batch.each(view => {
          const field = (start: number, length: number) =>
            length < 0 ? null : view.bytes.toString('utf8', start, start + length)
          assert.equal(view.key()?.toString() ?? null, field(view.keyStart, view.keyLength))
          assert.equal(view.value()?.toString() ?? null, field(view.valueStart, view.valueLength))
          seen.push([view.topic, view.partition, view.offset, view.timestamp, view.timestampType])
          seen.push([view.key()?.toString() ?? null, view.value()?.toString() ?? null])
          const all = view.headers().map(([name, value]) => `${name}=${value?.toString('latin1') ?? 'null'}`)
          seen.push([view.header('a')?.toString('latin1'), view.header('other'), all.join()])
        }),
      )
      const about = (i: number) => [topic, 0, i, 1_700_000_000_123 + i, 'CreateTime']
      assert.deepEqual(seen, [
        ...[about(0), ['ключ', 'wert'], ['\x01\xff', undefined, 'a=\x01\xff,none=null']],
        ...[about(1), ['', ''], [undefined, undefined, '']],
        ...[about(2), [null, null], [undefined, undefined, '']],
      ])
      await consumer.leave()
    },
  },
  {
    name: 'consumed-append-time',
    about: 'records of a topic that stamps them itself say so',
    async run(context) {
      const topic = await context.topic(1, { 'message.timestamp.type': 'LogAppendTime' })
      await context.raw.write(topic, 0, ['a'])
      const consumer = await context.reader(topic)
      await read(consumer, 1, batch => batch.each(each => assert.equal(each.timestampType, 'LogAppendTime')))
      await consumer.leave()
    },
  },
  {
    name: 'consume-from-offset',
    about:
      'partitions are read from the offsets they are assigned with, in order, and no others; position follows',
    async run(context) {
      const topic = await context.topic(3)
      for (const partition of [0, 1, 2])
        for (let i = 0; i < 10; i++) await context.raw.write(topic, partition, ['a', 'b', 'c', 'd', 'e'])
      const consumer = await context.consumer()
      await consumer.assign([
        { topic, partition: 0, offset: 43 },
        { topic, partition: 2, offset: 0 },
      ])
      const all = await read(consumer, 57)
      const offsets = (wanted: number) =>
        all.filter(({ partition }) => partition === wanted).map(({ offset }) => offset)
      assert.deepEqual(offsets(0), [43, 44, 45, 46, 47, 48, 49])
      assert.deepEqual(offsets(1), [])
      assert.deepEqual(
        offsets(2),
        Array.from({ length: 50 }, (_, i) => i),
      )
      const position = consumer.position().toSorted((a, b) => a.partition - b.partition)
      assert.deepEqual(
        position.map(({ partition, offset }) => [partition, offset]),
        [
          [0, 50],
          [2, 50],
        ],
      )
      assert.deepEqual(consumer.events, [])
      await consumer.leave()
      assert.deepEqual(consumer.position(), [])
    },
  },
  {
    name: 'consume-lag',
    about:
      'lag counts what is between the position and the end, and batches say how many they have and since when',
    async run(context) {
      const topic = await context.topic()
      await context.raw.fill(topic, 1, 20)
      const consumer = await context.reader(topic)
      await context.until('the end of the log is known', () => consumer.lag()[0]?.lag === 20)
      let counted = 0
      await read(consumer, 20, batch => {
        counted += batch.count
        assert.ok(batch.polledAt <= context.now() && batch.polledAt > context.now() - 20_000_000)
      })
      assert.equal(counted, 20)
      assert.deepEqual(consumer.lag(), [{ topic, partition: 0, lag: 0 }])
      await consumer.leave()
    },
  },
  {
    name: 'consume-out-of-range',
    about: 'an offset that the log has not is told, and reading goes on where `from` says',
    async run(context) {
      const topic = await context.topic()
      await context.raw.write(topic, 0, ['a', 'b', 'c'])
      const first = await context.reader(topic, 1, { from: 'earliest' }, 99)
      assert.deepEqual(values(await read(first, 3)), ['a', 'b', 'c'])
      assert.ok(
        first.events.some(each => each.kind === 'error' && each.code === 'OFFSET_OUT_OF_RANGE'),
        JSON.stringify(first.events),
      )
      const last = await context.reader(topic, 1, { from: 'latest' }, 99)
      assert.deepEqual(await read(last, 0), [])
      await context.until('it is at the end', async () => {
        await read(last, 0)
        return last.position()[0]?.offset === 3
      })
      await context.raw.write(topic, 0, ['d'])
      assert.deepEqual(values(await read(last, 1)), ['d'])
      await Promise.all([first.leave(), last.leave()])
    },
  },
  {
    name: 'consume-poll',
    about: 'poll waits as long as it is told when nothing arrives, and returns when its signal is aborted',
    async run(context) {
      const consumer = await context.reader(await context.topic())
      const none = () => assert.fail('there is no record')
      await consumer.poll(none, idle(20_000, context.soon()))
      await consumer.poll(none, idle(60_000_000, AbortSignal.abort()))
      const stop = new AbortController()
      const polling = consumer.poll(none, idle(60_000_000, stop.signal))
      stop.abort()
      await polling
      await consumer.leave()
    },
  },
  {
    name: 'consume-again',
    about: 'a batch that its taker threw back is delivered again, and the position waits for it',
    async run(context) {
      const topic = await context.topic()
      const written = await context.raw.fill(topic, 1, 10)
      const consumer = await context.reader(topic)
      const failing = async () => {
        for (;;)
          await consumer.poll(
            () => {
              throw new Error('no')
            },
            idle(100_000, context.soon()),
          )
      }
      await assert.rejects(failing(), /no/)
      assert.equal(consumer.position()[0]?.offset, 0)
      assert.deepEqual(valuesOf(await read(consumer, 10)), written)
      await consumer.leave()
    },
  },
  {
    name: 'consume-paused',
    about: 'a paused consumer delivers nothing, and all of it once it is resumed',
    async run(context) {
      const topic = await context.topic(2)
      const consumer = await context.reader(topic, 2)
      consumer.pause()
      const written = await context.raw.fill(topic, 2, 100)
      assert.deepEqual(await read(consumer, 0), [])
      await sleep(300)
      assert.deepEqual(await read(consumer, 0), [])
      consumer.resume()
      assert.deepEqual(valuesOf(await read(consumer, 100)), written)
      await consumer.leave()
    },
  },
  ...codecs.map(
    (codec): Case => ({
      name: `consume-${codec}`,
      about: `batches with compression ${codec} are read`,
      async run(context) {
        const topic = await context.topic()
        const written = Array.from({ length: 50 }, (_, i) => `${codec}-${i}`)
        await context.raw.write(topic, 0, packedBatch(codec, written))
        const consumer = await context.reader(topic)
        const reading = keepReading(consumer)
        await context.until(
          'it is read, or told why not',
          () => reading.records.length > 0 || consumer.events.length > 0,
        )
        await reading.stop()
        assert.deepEqual(values(reading.records), written)
        await consumer.leave()
      },
    }),
  ),
  {
    name: 'consume-corrupt',
    about: 'a batch whose checksum is wrong is told and not delivered; it is fetched again',
    needs: ['embedded'],
    async run(context) {
      const topic = await context.topic()
      const written = await context.raw.fill(topic, 1, 50)
      context.fault('Fetch', { corrupt: 'records' }, 2)
      const consumer = await context.reader(topic)
      const all = await read(consumer, 50)
      assert.deepEqual(valuesOf(all), written)
      assert.ok(
        consumer.events.some(each => each.kind === 'error' && each.code === 'CORRUPT_MESSAGE'),
        JSON.stringify(consumer.events),
      )
      await consumer.leave()
    },
  },
  {
    name: 'consume-on',
    about: 'reading goes on after errors and lost connections: every record once, in order',
    needs: ['embedded'],
    async run(context) {
      for (const action of mishaps) {
        const topic = await context.topic(2)
        const written = await context.raw.fill(topic, 2, 100)
        context.broker.faults.add({ when: { api: 'Fetch', topic, times: 2 }, do: action })
        const consumer = await context.reader(topic, 2)
        assert.deepEqual(valuesOf(await read(consumer, 100)), written, JSON.stringify(action))
        await consumer.leave()
      }
    },
  },
  {
    name: 'consume-moving-leader',
    about: 'reading follows leaders that move: every record once, in order',
    needs: ['embedded'],
    broker: { brokers: 3 },
    async run(context) {
      const topic = await context.topic(3)
      const reading = keepReading(await context.reader(topic, 3))
      for (let i = 0; i < 12; i++) {
        for (const partition of [0, 1, 2]) await context.raw.write(topic, partition, ['a', 'b'])
        for (const partition of [0, 1, 2])
          context.broker.moveLeader(topic, partition, 1 + ((i + partition) % 3))
        await sleep(20)
      }
      await context.until('all is read', () => reading.records.length >= 72)
      await reading.stop()
      for (const wanted of [0, 1, 2])
        assert.deepEqual(
          reading.records.filter(({ partition }) => partition === wanted).map(({ offset }) => offset),
          Array.from({ length: 24 }, (_, i) => i),
        )
    },
  },
  {
    name: 'consume-isolation',
    about: 'read_committed leaves out what was aborted, also over several fetches; read_uncommitted has all',
    async run(context) {
      const topic = await context.topic()
      const large = 'x'.repeat(100_000)
      const a = await context.raw.transaction(context.name('a'), topic)
      const b = await context.raw.transaction(context.name('b'), topic)
      await a.write(['a1'])
      await b.write(['b1', 'b2'])
      // more than one answer has room for
      for (let i = 0; i < 30; i++) await a.write([large])
      await context.raw.write(topic, 0, ['plain'])
      await a.end(false)
      await b.write(['b3'])
      await b.end(true)
      await a.write(['a2'])
      await a.end(true)
      await b.write(['b4'])
      await b.end(false)
      const committed = await context.reader(topic, 1, { isolation: 'read_committed' })
      const uncommitted = await context.reader(topic, 1, { isolation: 'read_uncommitted' })
      assert.deepEqual(values(await read(committed, 5)), ['b1', 'b2', 'plain', 'b3', 'a2'])
      assert.equal((await read(uncommitted, 37)).length, 37)
      await Promise.all([committed.leave(), uncommitted.leave()])
    },
  },
  {
    name: 'consume-open-transaction',
    about: 'read_committed waits at a transaction that is open, and reads on when it ends',
    async run(context) {
      const topic = await context.topic()
      const open = await context.raw.transaction(context.name('open'), topic)
      await context.raw.write(topic, 0, ['before'])
      await open.write(['within'])
      await context.raw.write(topic, 0, ['after'])
      const consumer = await context.reader(topic, 1, { isolation: 'read_committed' })
      assert.deepEqual(values(await read(consumer, 1)), ['before'])
      await open.end(true)
      assert.deepEqual(values(await read(consumer, 2)), ['within', 'after'])
      await consumer.leave()
    },
  },
]
