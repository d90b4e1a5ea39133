/** What a producer holds, and how it ends. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Case } from '../case.ts'
import { assertHonest } from '../honest.ts'

const MIB = 1 << 20

export const bounds: readonly Case[] = [
  {
    name: 'room-records',
    about:
      'room() answers false when as many records are held as may be, and the port hears when there is room',
    async run(context) {
      const topic = await context.topic()
      const harness = await context.producer(topic, { bufferRecords: 100, lingerUs: 5000 })
      let taken = 0
      for (; harness.producer.room() && taken < 200; taken++) harness.append()
      assert.equal(taken, 100)
      await context.until('room', () => harness.rooms > 0)
      assert.ok(harness.producer.room())
      await harness.producer.flush(context.soon())
      await assertHonest(context, harness, { topic })
    },
  },
  {
    name: 'room-bytes',
    about: 'room() answers false when as many bytes are held as may be',
    async run(context) {
      const harness = await context.producer(await context.topic(), { bufferBytes: 10_000 })
      let taken = 0
      for (; harness.producer.room() && taken < 20; taken++) harness.append({ value: 'x'.repeat(1000) })
      assert.ok(taken >= 9 && taken <= 11, `${taken} records of 1000 bytes in 10000`)
      await harness.producer.flush(context.soon())
      assert.equal(harness.count('acked'), taken)
    },
  },
  {
    name: 'held-balance',
    about: 'at every instant what was appended is acked, failed, unknown or held',
    async run(context) {
      const topic = await context.topic(4)
      const harness = await context.producer(topic, { batchBytes: 500 }, { partitions: 4 })
      for (let round = 0; round < 60; round++) {
        for (let i = 0; i < 50; i++) harness.append({ key: i })
        assert.equal(harness.balance(), 0)
        await sleep(1)
        assert.equal(harness.balance(), 0)
      }
      await harness.producer.flush(context.soon())
      assert.equal(harness.count('acked'), 3000)
      await assertHonest(context, harness, { topic, partitions: 4 })
    },
  },
  {
    name: 'held-columns',
    about: 'held() visits what has no outcome, with its times and no fewer bytes than its values have',
    async run(context) {
      const harness = await context.producer(
        await context.topic(2),
        { lingerUs: 10_000_000 },
        { partitions: 2 },
      )
      for (let i = 0; i < 6; i++) harness.append({ partition: i % 2, value: 'x'.repeat(i) })
      let [count, bytes] = [0, 0]
      harness.producer.held(batch => {
        count += batch.count
        bytes += batch.bytes
        const times = batch.scheduledAt.subarray(0, batch.count)
        assert.ok(times.every(at => at > 0 && at <= context.now()))
        assert.equal(times.length, batch.count)
      })
      assert.equal(count, 6)
      assert.ok(bytes >= 15, `${bytes} bytes are held of values of 15`)
    },
  },
  {
    name: 'record-too-large',
    about: 'a record that is larger than any batch may be fails, with one event; those around it are acked',
    async run(context) {
      const topic = await context.topic()
      const harness = await context.producer(topic)
      harness.append()
      harness.append({ value: 'x'.repeat(2 * MIB) })
      harness.append()
      await harness.producer.flush(context.soon())
      const states = harness.states()
      assert.deepEqual([states.get(0), states.get(1), states.get(2)], ['acked', 'failed', 'acked'])
      const told = harness.events.filter(each => each.kind === 'error' && each.records > 0)
      assert.equal(told.length, 1)
      await assertHonest(context, harness, { topic })
    },
  },
  {
    name: 'flush',
    about: 'flush sends what is open before linger is over, and resolves at once when nothing is held',
    async run(context) {
      const harness = await context.producer(await context.topic(), { lingerUs: 30_000_000 })
      await harness.producer.flush(context.soon())
      for (let i = 0; i < 10; i++) harness.append()
      await harness.producer.flush(context.soon())
      assert.deepEqual([harness.count('acked'), harness.held()], [10, 0])
      await harness.producer.close(context.soon())
    },
  },
  {
    name: 'flush-aborted',
    about: 'flush rejects with the reason when its signal is aborted',
    needs: ['embedded'],
    async run(context) {
      const harness = await context.producer(await context.topic(), { deliveryTimeoutUs: 300_000 })
      context.fault('Produce', { noAnswer: { applied: false } }, 10)
      for (let i = 0; i < 10; i++) harness.append()
      const stop = new AbortController()
      const flushing = assert.rejects(harness.producer.flush(stop.signal), /enough/)
      await sleep(50)
      assert.equal(harness.held(), 10)
      stop.abort(new Error('enough'))
      await flushing
      await assert.rejects(harness.producer.flush(stop.signal), /enough/)
      await context.until('all have an outcome', () => harness.held() === 0)
      assert.equal(harness.balance(), 0)
    },
  },
  {
    name: 'closed-in-the-middle',
    about:
      'after close, in the middle of sending, each record has one outcome that is true, or is still held',
    needs: ['embedded'],
    async run(context) {
      const topic = await context.topic(2)
      const driver = await context.subject()
      const changes = { batchBytes: 300, maxInFlight: 2, lingerUs: 0 }
      const harness = await context.producer(topic, changes, { partitions: 2, driver })
      context.fault('Produce', { delay: '100ms' }, 100, 2)
      for (let i = 0; i < 400; i++) harness.append({ partition: i % 2 })
      await context.until('some are acked, others under way', () => harness.count('acked') > 0)
      const closing = driver.close(context.soon())
      assert.equal(harness.balance(), 0)
      await closing
      await sleep(200)
      assert.equal(harness.states().size + harness.held(), 400)
      await assertHonest(context, harness, { topic, partitions: 2, open: true })
    },
  },
  {
    name: 'frozen-broker',
    about: 'a broker that stands still is held against the bounds, and sending goes on where it stopped',
    needs: ['embedded'],
    async run(context) {
      const topic = await context.topic()
      const changes = { bufferRecords: 500, batchBytes: 1000, idempotent: true }
      const harness = await context.producer(topic, changes)
      context.broker.freezeBroker(1)
      let taken = 0
      for (; harness.producer.room() && taken < 1000; taken++) harness.append()
      assert.deepEqual([taken, harness.held()], [500, 500])
      await sleep(50)
      assert.deepEqual([harness.producer.room(), harness.rooms, harness.balance()], [false, 0, 0])
      context.broker.unfreezeBroker(1)
      await context.until('room', () => harness.rooms > 0)
      await harness.producer.flush(context.soon())
      assert.equal(harness.count('acked'), 500)
      await assertHonest(context, harness, { topic, once: true })
    },
  },
  {
    name: 'frozen-memory',
    about: 'however long a broker stands still, memory stays within a few times the bound in bytes',
    needs: ['embedded'],
    alone: true,
    async run(context) {
      const topic = await context.topic(4)
      const bufferBytes = 16 * MIB
      const changes = { bufferBytes, deliveryTimeoutUs: 400_000 }
      const harness = await context.producer(topic, changes, { partitions: 4 })
      const used = () => process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed
      const before = used()
      context.broker.freezeBroker(1)
      const value = 'x'.repeat(10_000)
      for (let round = 0; round < 4; round++) {
        for (let i = 0; harness.producer.room() && i < 5000; i++) harness.append({ value })
        assert.ok(!harness.producer.room(), 'there is a bound')
        assert.ok(used() - before < 8 * bufferBytes, `${Math.round((used() - before) / MIB)} MiB are held`)
        await context.until('they are given up', () => harness.producer.room())
      }
      context.broker.unfreezeBroker(1)
      await context.until('all have an outcome', () => harness.held() === 0)
      assert.equal(harness.balance(), 0)
    },
  },
]
