/** How records become batches, and batches requests. */
import assert from 'node:assert/strict'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { ProducerSettings } from '../../../core/plugin.ts'
import { produce } from '../../../plugins/protocol/messages/produce.ts'
import type { Case } from '../case.ts'
import type { Context } from '../context.ts'
import { codecs } from '../stored.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

async function acked(context: Context, acks: -1 | 1): Promise<void> {
  const topic = await context.topic(3)
  const harness = await context.producer(topic, { acks }, { partitions: 3 })
  for (let i = 0; i < 3000; i++) harness.append({ key: i })
  assert.deepEqual([harness.balance(), harness.held()], [0, 3000])
  await harness.producer.flush(context.soon())
  assert.deepEqual([harness.count('acked'), harness.held(), harness.balance()], [3000, 0, 0])
  const next = [0, 0, 0]
  for (const { partition, baseOffset, baseSequence, count, index, bytes, error } of harness.outcomes) {
    assert.deepEqual([baseOffset, baseSequence, error], [next[partition], next[partition], ''])
    assert.deepEqual(
      index,
      index.toSorted((a, b) => a - b),
    )
    assert.equal(
      bytes,
      index.reduce((sum, each) => sum + `v${each}`.length, 0),
    )
    next[partition]! += count
  }
  assert.deepEqual(
    (await context.raw.values(topic, 3)).map(each => each.length),
    next,
  )
  assert.deepEqual(harness.events, [])
}

const codecCases = codecs.map(
  (compression): Case => ({
    name: `codec-${compression}`,
    about: `with compression ${compression} stored batches say so in their attributes, and hold what was given, in order`,
    async run(context) {
      const topic = await context.topic()
      // large batches between small ones, which take less time to compress
      const harness = await context.producer(topic, { compression, batchBytes: 2000, lingerUs: 0 })
      const value = (i: number) => `${i}:${'lorem ipsum'.repeat(i % 50 === 0 ? 5000 : (i * 37) % 50)}`
      for (const i of numbers(500)) {
        harness.append({ value: value(i), key: i, headers: { i: `${i}` } })
        if (i % 7 === 0) await turn()
      }
      await harness.producer.flush(context.soon())
      assert.deepEqual([harness.count('acked'), harness.balance()], [500, 0])
      const stored = await context.raw.stored(topic)
      assert.deepEqual([...new Set(stored.map(each => each.codec))], [compression])
      const records = stored.flatMap(each => each.records)
      assert.ok(records.every((each, i) => each.value?.toString() === value(i)))
      assert.equal(records.length, 500)
    },
  }),
)

export const batches: readonly Case[] = [
  {
    name: 'batch-records',
    about: 'a batch of `batchRecords` records is closed, and goes out without waiting for company',
    async run(context) {
      const topic = await context.topic()
      const harness = await context.producer(topic, { batchRecords: 10, lingerUs: 60_000_000 })
      for (const i of numbers(30)) harness.append({ key: i })
      await context.until('what fills its batches is acked', () => harness.count('acked') === 30)
      const stored = await context.raw.stored(topic)
      assert.deepEqual(
        stored.map(each => each.records.length),
        [10, 10, 10],
      )
    },
  },
  {
    name: 'acks-all',
    about: 'with acks=all records are acked in append order, with the offsets at which they are stored',
    run: context => acked(context, -1),
  },
  {
    name: 'acks-1',
    about: 'with acks=1 likewise',
    run: context => acked(context, 1),
  },
  {
    name: 'acks-0',
    about: 'with acks=0 records end as unknown without an error, and arrive',
    async run(context) {
      const topic = await context.topic(2)
      const harness = await context.producer(topic, { acks: 0 }, { partitions: 2 })
      for (let i = 0; i < 500; i++) harness.append()
      await harness.producer.flush(context.soon())
      assert.deepEqual([harness.count('unknown'), harness.held(), harness.balance()], [500, 0, 0])
      assert.deepEqual([...harness.errors()], [''])
      await context.until(
        'all are there',
        async () => (await context.raw.values(topic, 2)).flat().length === 500,
      )
      assert.deepEqual(harness.events, [])
    },
  },
  {
    name: 'wire-time',
    about: 'an outcome has when its request was written: after append, before the answer',
    needs: ['wireTime'],
    async run(context) {
      const harness = await context.producer(await context.topic())
      for (let i = 0; i < 500; i++) harness.append()
      await harness.producer.flush(context.soon())
      for (const { wireAt, ackedAt, enqueuedAt } of harness.outcomes)
        assert.ok(
          enqueuedAt.at(-1)! <= wireAt && wireAt <= ackedAt,
          `${enqueuedAt.at(-1)} ${wireAt} ${ackedAt}`,
        )
    },
  },
  ...codecCases,
  {
    name: 'batch-linger',
    about: 'an open batch waits for company as long as linger says, and is sent then without being asked',
    async run(context) {
      const topic = await context.topic()
      const harness = await context.producer(topic, { lingerUs: 1_000_000 })
      harness.append()
      await sleep(50)
      harness.append()
      assert.deepEqual([harness.held(), harness.outcomes.length], [2, 0])
      await context.until('the batch is sent', () => harness.count('acked') === 2)
      assert.equal((await context.raw.stored(topic)).length, 1)
    },
  },
  {
    name: 'batch-size',
    about: 'a batch that is full is sent before linger is over',
    async run(context) {
      const topic = await context.topic()
      const harness = await context.producer(topic, { lingerUs: 10_000_000, batchBytes: 1000 })
      for (let i = 0; i < 95; i++) harness.append({ value: 'x'.repeat(88) })
      await context.until('full batches are sent', () => harness.count('acked') >= 80)
      assert.ok(harness.held() > 0 && harness.held() < 15, `${harness.held()} records wait`)
      const counts = (await context.raw.stored(topic)).map(each => each.records.length)
      assert.ok(
        counts.every(count => count >= 8 && count <= 11),
        `batches of ${counts} records`,
      )
    },
  },
  {
    name: 'batch-by-request',
    about: 'partitions of a broker whose batches are ready go out together',
    needs: ['embedded'],
    async run(context) {
      const { driver, requests } = await context.proxied({})
      const topic = await context.topic(8)
      const harness = await context.producer(topic, { lingerUs: 20_000 }, { partitions: 8, driver })
      for (let i = 0; i < 80; i++) harness.append({ partition: i % 8 })
      await harness.producer.flush(context.soon())
      assert.equal(harness.count('acked'), 80)
      const sent = requests.filter(each => each.key === produce.key).length
      assert.ok(sent <= 2, `${sent} requests for 8 partitions`)
    },
  },
  {
    name: 'in-flight-bound',
    about: 'no more than maxInFlight requests are under way to a broker',
    needs: ['embedded'],
    async run(context) {
      const { driver, requests } = await context.proxied({ send: { [produce.key]: () => [] } })
      const changes: Partial<ProducerSettings> = { maxInFlight: 3, batchBytes: 500, lingerUs: 0 }
      const hasty = { ...changes, deliveryTimeoutUs: 500_000 }
      const harness = await context.producer(await context.topic(), hasty, { driver })
      for (let i = 0; i < 500; i++) {
        harness.append({ value: 'x'.repeat(100) })
        if (i % 20 === 0) await turn()
      }
      await sleep(200)
      const under = requests.filter(each => each.key === produce.key).length
      assert.ok(under >= 1 && under <= 3, `${under} requests are under way`)
      await harness.producer.flush(context.soon())
      assert.deepEqual([harness.balance(), harness.count('acked')], [0, 0])
    },
  },
]
