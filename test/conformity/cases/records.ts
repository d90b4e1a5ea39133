/** What a record looks like in the log. */
import assert from 'node:assert/strict'
import { STAMP_BYTES, STAMP_HEADER } from '../../../core/plugin.ts'
import { partitionOf } from '../../../plugins/protocol/murmur2.ts'
import type { Case } from '../case.ts'
import type { Context } from '../context.ts'
import type { Given } from '../harness.ts'

/** As given, and the key and value that are to be stored. */
const given: readonly (readonly [Given, key: string | null, value: string | null])[] = [
  [{ key: 'ключ', value: 'wert' }, 'ключ', 'wert'],
  [{ key: 9_007_199_254_740_991, value: '' }, '9007199254740991', ''],
  [{ key: 0, value: null }, '0', null],
  [{ key: -7 }, '-7', 'v3'],
  [{ key: 2.5 }, '2.5', 'v4'],
  [{ key: new Uint8Array([0, 65, 127]), value: 'bytes' }, '\x00A\x7f', 'bytes'],
  [{ key: null, value: null }, null, null],
  [{ key: '', value: 'x' }, '', 'x'],
  [{ key: 'long', value: 'ü'.repeat(5000) }, 'long', 'ü'.repeat(5000)],
]

async function storedHeaders(context: Context, record: Given) {
  const topic = await context.topic()
  const harness = await context.producer(topic)
  harness.append(record)
  await harness.producer.flush(context.soon())
  const [first] = (await context.raw.stored(topic)).flatMap(each => each.records)
  return (first?.headers ?? []).map(({ key, value }) => [key, value?.toString('latin1') ?? null])
}

export const records: readonly Case[] = [
  {
    name: 'record-bytes',
    about: 'keys and values are stored byte for byte: numbers as digits, empty ones, nulls and tombstones',
    async run(context) {
      const topic = await context.topic()
      const harness = await context.producer(topic)
      for (const [record] of given) harness.append(record)
      await harness.producer.flush(context.soon())
      const stored = (await context.raw.stored(topic)).flatMap(each => each.records)
      assert.deepEqual(
        stored.map(({ key, value }) => [key?.toString() ?? null, value?.toString() ?? null]),
        given.map(([, key, value]) => [key, value]),
      )
      assert.deepEqual(
        stored.map(each => each.offset),
        given.map((_, i) => i),
      )
    },
  },
  {
    name: 'record-headers',
    about: 'headers are stored in the order they were set, with text and bytes, none where none are set',
    async run(context) {
      const topic = await context.topic()
      const harness = await context.producer(topic)
      harness.append({ headers: { z: 'text', a: new Uint8Array([1, 255]), leer: '' } })
      harness.append()
      harness.append({ headers: { __proto__x: 'y', 'ü ü': 'ü' } })
      await harness.producer.flush(context.soon())
      const stored = (await context.raw.stored(topic)).flatMap(each => each.records)
      assert.deepEqual(
        stored.map(each => each.headers.map(({ key, value }) => [key, value?.toString('latin1')])),
        [
          [
            ['z', 'text'],
            ['a', '\x01\xff'],
            ['leer', ''],
          ],
          [],
          [
            ['__proto__x', 'y'],
            ['ü ü', Buffer.from('ü').toString('latin1')],
          ],
        ],
      )
    },
  },
  {
    name: 'record-headers-given',
    about: 'a header of a record that is given is stored as often as its name comes, in order',
    async run(context) {
      const given = [
        ['to', 'first'],
        ['to', new Uint8Array([1, 255])],
        ['to', ''],
        ['once', 'x'],
      ] as const
      const stored = await storedHeaders(context, { given })
      assert.deepEqual(stored, [
        ['to', 'first'],
        ['to', '\x01\xff'],
        ['to', ''],
        ['once', 'x'],
      ])
    },
  },
  {
    name: 'record-headers-null',
    about: 'a header without a value is stored without one, between others of its name',
    async run(context) {
      const given = [
        ['a', '1'],
        ['b', null],
        ['a', null],
        ['a', '2'],
      ] as const
      const stored = await storedHeaders(context, { given, stampHeader: true })
      assert.deepEqual(stored.slice(0, 4), given)
      assert.equal(stored[4]?.[0], STAMP_HEADER)
    },
  },
  {
    name: 'record-timestamps',
    about: 'a timestamp is stored as it was given; without one it is the time of append',
    async run(context) {
      const topic = await context.topic()
      const harness = await context.producer(topic)
      const before = Date.now()
      harness.append({ timestamp: 1_700_000_000_123 })
      harness.append()
      harness.append({ timestamp: 1_600_000_000_001 })
      await harness.producer.flush(context.soon())
      const stored = (await context.raw.stored(topic)).flatMap(each => each.records)
      const times = stored.map(each => each.timestamp)
      assert.deepEqual([times[0], times[2]], [1_700_000_000_123, 1_600_000_000_001])
      assert.ok(times[1]! >= before - 1000 && times[1]! <= Date.now() + 1000)
    },
  },
  {
    name: 'record-stamp',
    about: 'where a draft asks for it, the stamp is a header, with the sequence in the partition',
    async run(context) {
      const topic = await context.topic(2)
      const harness = await context.producer(topic, {}, { partitions: 2 })
      for (let i = 0; i < 6; i++) harness.append({ partition: i % 2, stampHeader: true, headers: { o: 'x' } })
      await harness.producer.flush(context.soon())
      for (const partition of [0, 1]) {
        const stored = (await context.raw.stored(topic, partition)).flatMap(each => each.records)
        const stamps = stored.map(each => each.headers.find(({ key }) => key === STAMP_HEADER)?.value)
        assert.deepEqual(
          stamps.map(each => [each?.length, each?.readUInt32BE(0)]),
          [0, 1, 2].map(sequence => [STAMP_BYTES, sequence]),
        )
        assert.ok(stored.every(each => each.headers.some(({ key }) => key === 'o')))
      }
    },
  },
  {
    name: 'partition-of-key',
    about: "a keyed record goes where the Java client's hash puts its key",
    async run(context) {
      const topic = await context.topic(5)
      const harness = await context.producer(topic, {}, { partitions: 5 })
      assert.equal(harness.producer.partitions(), 5)
      for (let i = 0; i < 100; i++) harness.append({ key: i % 2 === 0 ? `schlüssel-${i}` : i })
      await harness.producer.flush(context.soon())
      let seen = 0
      for (let partition = 0; partition < 5; partition++)
        for (const { records: stored } of await context.raw.stored(topic, partition))
          for (const { key } of stored) {
            seen++
            assert.equal(partitionOf(key!, 5), partition, `of key ${key}`)
          }
      assert.equal(seen, 100)
    },
  },
  {
    name: 'partition-sticky',
    about: 'keyless records stay with a partition until its batch is closed, and use all partitions in turn',
    async run(context) {
      const topic = await context.topic(5)
      const changes = { lingerUs: 20_000, batchBytes: 1000 }
      const harness = await context.producer(topic, changes, { partitions: 5 })
      for (let i = 0; i < 300; i++) harness.append()
      await harness.producer.flush(context.soon())
      assert.ok(new Set(harness.outcomes.map(each => each.partition)).size > 3)
      let batches = 0
      for (let partition = 0; partition < 5; partition++)
        for (const { records: stored } of await context.raw.stored(topic, partition)) {
          batches++
          const numbers = stored.map(({ value }) => Number(value!.toString().slice(1)))
          assert.deepEqual(
            numbers,
            numbers.map((_, i) => numbers[0]! + i),
          )
        }
      assert.ok(batches < 300 / 10, `${batches} batches of 300 records`)
    },
  },
  {
    name: 'partition-chosen',
    about: 'a partition that was chosen is obeyed; one that the topic has not is refused by name, at once',
    async run(context) {
      const topic = await context.topic(3)
      const harness = await context.producer(topic, {}, { partitions: 3 })
      assert.throws(() => harness.append({ partition: 3, key: 'k' }), /partition 3/)
      assert.equal(harness.held(), 0)
      for (let i = 0; i < 9; i++) harness.append({ partition: i % 3, key: 'always the same' })
      await harness.producer.flush(context.soon())
      assert.deepEqual(await context.raw.values(topic, 3), [
        ['v0', 'v3', 'v6'],
        ['v1', 'v4', 'v7'],
        ['v2', 'v5', 'v8'],
      ])
    },
  },
]
