/** Errors that brokers answer to Produce, by what they say of the batch: docs/measurement.md. */
import assert from 'node:assert/strict'
import type { ErrorName } from '../../../plugins/protocol/errors.ts'
import { produce } from '../../../plugins/protocol/messages/produce.ts'
import type { Case } from '../case.ts'
import type { Context } from '../context.ts'
import type { Harness } from '../harness.ts'
import { assertHonest } from '../honest.ts'
import { edit } from '../proxy.ts'

/** Long enough for several attempts, and over in a pause between two where pauses grow. */
const HASTY = { deliveryTimeoutUs: 225_000 }

/** Sends three records to a topic that answers an error for ever. */
async function refused(context: Context, error: ErrorName, acks: -1 | 1): Promise<Harness> {
  const topic = await context.topic()
  const harness = await context.producer(topic, { acks, ...HASTY })
  context.broker.faults.add({ when: { api: 'Produce', topic }, do: { error } })
  for (let i = 0; i < 3; i++) harness.append()
  await harness.producer.flush(context.soon())
  await assertHonest(context, harness, { topic })
  return harness
}

const definite: readonly ErrorName[] = [
  'MESSAGE_TOO_LARGE',
  'INVALID_TOPIC_EXCEPTION',
  'RECORD_LIST_TOO_LARGE',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'INVALID_TIMESTAMP',
  'POLICY_VIOLATION',
  'INVALID_PRODUCER_EPOCH',
  'UNSUPPORTED_COMPRESSION_TYPE',
  'INVALID_RECORD',
  'PRODUCER_FENCED',
]
const passing: readonly (readonly [ErrorName, acks: -1 | 1])[] = [
  ['CORRUPT_MESSAGE', -1],
  ['NOT_ENOUGH_REPLICAS', -1],
  ['UNKNOWN_TOPIC_OR_PARTITION', 1],
  ['NOT_LEADER_OR_FOLLOWER', 1],
]
const ambiguous: readonly ErrorName[] = [
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NOT_LEADER_OR_FOLLOWER',
  'UNKNOWN_SERVER_ERROR',
  'REQUEST_TIMED_OUT',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'KAFKA_STORAGE_ERROR',
  'LEADER_NOT_AVAILABLE',
]

/** A refusal that a user meets by name: records fail with it, and the event says so once. */
function named(error: ErrorName, about: string): Case {
  return {
    name: `refused-${error.toLowerCase().replaceAll('_', '-')}`,
    about,
    needs: ['embedded'],
    alone: true,
    async run(context) {
      const topic = await context.topic()
      const harness = await context.producer(topic, { ...HASTY, lingerUs: 0, batchBytes: 200 })
      context.fault('Produce', { error }, 1_000_000)
      for (let i = 0; i < 30; i++) harness.append()
      await harness.producer.flush(context.soon())
      assert.deepEqual([harness.count('failed'), [...harness.errors()]], [30, [error]])
      const told = harness.events.filter(each => each.kind === 'error' && each.code === error)
      assert.equal(
        told.reduce((sum, each) => sum + (each.kind === 'error' ? each.records : 0), 0),
        30,
      )
      context.broker.faults.clear()
      harness.append()
      await harness.producer.flush(context.soon())
      assert.equal(harness.count('acked'), 1)
      await assertHonest(context, harness, { topic })
    },
  }
}

export const refusals: readonly Case[] = [
  {
    name: 'refused-for-good',
    about:
      'errors that say that nothing was written, and never will be, leave records failed under their names',
    needs: ['embedded'],
    alone: true,
    async run(context) {
      for (const error of definite) {
        const harness = await refused(context, error, -1)
        assert.deepEqual([harness.count('failed'), [...harness.errors()]], [3, [error]], error)
      }
    },
  },
  {
    name: 'refused-to-the-end',
    about: 'errors that say that nothing was written yet leave records failed if nothing else comes in time',
    needs: ['embedded'],
    alone: true,
    async run(context) {
      for (const [error, acks] of passing) {
        const harness = await refused(context, error, acks)
        assert.deepEqual([harness.count('failed'), [...harness.errors()]], [3, [error]], error)
      }
    },
  },
  {
    name: 'ambiguous-error',
    about: 'errors after which a batch may have been written leave records unknown, never failed',
    needs: ['embedded'],
    alone: true,
    async run(context) {
      for (const error of ambiguous) {
        const harness = await refused(context, error, -1)
        assert.deepEqual([harness.count('unknown'), [...harness.errors()]], [3, [error]], error)
      }
    },
  },
  {
    name: 'ambiguous-once',
    about: 'a batch that may have been written in one of its attempts is not failed by a later refusal',
    needs: ['embedded'],
    alone: true,
    async run(context) {
      const topic = await context.topic()
      const harness = await context.producer(topic, HASTY)
      context.fault('Produce', { error: { code: 'REQUEST_TIMED_OUT', applied: true } })
      context.fault('Produce', { error: 'NOT_ENOUGH_REPLICAS' }, 1_000_000)
      for (let i = 0; i < 3; i++) harness.append()
      await harness.producer.flush(context.soon())
      assert.equal(harness.count('unknown'), 3)
      await assertHonest(context, harness, { topic })
    },
  },
  {
    name: 'retried-until-acked',
    about: 'an error that may pass is tried again within the delivery time-out, and the record is acked',
    needs: ['embedded'],
    alone: true,
    async run(context) {
      for (const error of ['NOT_ENOUGH_REPLICAS', 'CORRUPT_MESSAGE', 'REQUEST_TIMED_OUT'] as const) {
        const topic = await context.topic()
        const harness = await context.producer(topic)
        context.broker.faults.add({ when: { api: 'Produce', topic, times: 2 }, do: { error } })
        for (let i = 0; i < 3; i++) harness.append()
        await harness.producer.flush(context.soon())
        assert.equal(harness.count('acked'), 3, error)
        assert.ok(harness.codes().includes(error), `no event tells of ${error}`)
        await assertHonest(context, harness, { topic })
      }
    },
  },
  named(
    'TOPIC_AUTHORIZATION_FAILED',
    'a topic that must not be written fails its records, named once for all',
  ),
  named('NOT_ENOUGH_REPLICAS', 'a partition without enough replicas fails its records, named once for all'),
  named(
    'UNSUPPORTED_COMPRESSION_TYPE',
    'a codec that the broker refuses fails its records, named once for all',
  ),
  {
    name: 'unknown-error-code',
    about: 'an error code that nobody knows is unknown, under its number',
    needs: ['embedded'],
    alone: true,
    async run(context) {
      const strange = edit(produce, ({ responses }) => {
        for (const { partitionResponses } of responses)
          for (const each of partitionResponses) Object.assign(each, { errorCode: 999 })
      })
      const { driver } = await context.proxied({ edits: [strange] })
      const harness = await context.producer(await context.topic(), HASTY, { driver })
      harness.append()
      await harness.producer.flush(context.soon())
      assert.equal(harness.count('unknown'), 1)
      assert.match([...harness.errors()].join(), /999/)
    },
  },
  {
    name: 'unanswered-partition',
    about: 'a partition that the answer does not name is not acked',
    needs: ['embedded'],
    alone: true,
    async run(context) {
      const silent = edit(produce, ({ responses }) => {
        for (const each of responses) {
          const partitionResponses = each.partitionResponses.filter(({ index }) => index !== 1)
          Object.assign(each, { partitionResponses })
        }
      })
      const { driver } = await context.proxied({ edits: [silent] })
      const harness = await context.producer(await context.topic(3), HASTY, { partitions: 3, driver })
      for (let partition = 0; partition < 3; partition++) harness.append({ partition })
      await harness.producer.flush(context.soon())
      const states = harness.states()
      assert.deepEqual([states.get(0), states.get(1), states.get(2)], ['acked', 'unknown', 'acked'])
    },
  },
  {
    name: 'too-large-together',
    about: 'a batch that is too large for the broker is split, in order, and nothing fails',
    async run(context) {
      const topic = await context.topic(1, { 'max.message.bytes': '1000' })
      const harness = await context.producer(topic)
      for (let i = 0; i < 100; i++) harness.append({ value: `v${i}`.padEnd(90, ' ') })
      await harness.producer.flush(context.soon())
      assert.deepEqual([harness.count('acked'), harness.balance()], [100, 0])
      const [values = []] = await context.raw.values(topic)
      assert.deepEqual(
        values.map(each => each.trim()),
        Array.from({ length: 100 }, (_, i) => `v${i}`),
      )
    },
  },
  {
    name: 'too-large-alone',
    about: 'a record that is too large for the broker fails, and only it',
    async run(context) {
      const topic = await context.topic(1, { 'max.message.bytes': '1000' })
      const harness = await context.producer(topic)
      for (let i = 0; i < 60; i++) harness.append({ value: `v${i}`.padEnd(i % 20 === 7 ? 1500 : 50, ' ') })
      await harness.producer.flush(context.soon())
      const failed = harness.outcomes.filter(each => each.state === 'failed')
      assert.deepEqual(
        failed.flatMap(each => each.index).toSorted((a, b) => a - b),
        [7, 27, 47],
      )
      assert.deepEqual([...new Set(failed.map(each => each.error))], ['MESSAGE_TOO_LARGE'])
      assert.equal(harness.count('acked'), 57)
      await assertHonest(context, harness, { topic })
    },
  },
  {
    name: 'unknown-topic',
    about:
      'a producer of a topic that is not there is refused within its time-out, by the name; none is made',
    async run(context) {
      const name = context.name('nowhere')
      const opening = context.producer(name, {}, { timeoutUs: 500_000 })
      await assert.rejects(opening, error => String(error).includes(name))
      assert.deepEqual(await context.raw.leaders(name), [])
    },
  },
  {
    name: 'deleted-topic',
    about: 'records of a topic that is deleted meanwhile end, by the name of the error',
    async run(context) {
      const topic = await context.topic()
      const harness = await context.producer(topic, { acks: 1, deliveryTimeoutUs: 1_500_000 })
      harness.append()
      await harness.producer.flush(context.soon())
      await context.raw.delete(topic)
      await context.until('it is gone', async () => (await context.raw.leaders(topic)).length === 0)
      for (let i = 0; i < 10; i++) harness.append()
      await harness.producer.flush(context.soon())
      assert.deepEqual([harness.count('acked'), harness.balance()], [1, 0])
      assert.deepEqual([...harness.errors()], ['', 'UNKNOWN_TOPIC_OR_PARTITION'])
    },
  },
]
