/** Producers whose records are written once, in order, whatever happens to their requests. */
import assert from 'node:assert/strict'
import type { FaultAction } from '../../../plugins/index.ts'
import type { Case } from '../case.ts'
import { assertHonest } from '../honest.ts'

const QUICK = { timeout: '400ms' }
const IDEMPOTENT = { idempotent: true, batchBytes: 200 }

const mishaps: readonly (readonly [string, FaultAction])[] = [
  ['closed before the write', { close: { applied: false } }],
  ['closed after the write', { close: { applied: true } }],
  ['never answered', { noAnswer: { applied: true } }],
  ['answered in half', { partialFrame: true }],
  [
    'too few replicas after the write',
    { error: { code: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', applied: true } },
  ],
  ['timed out after the write', { error: { code: 'REQUEST_TIMED_OUT', applied: true } }],
  ['a leader that is none', { error: 'NOT_LEADER_OR_FOLLOWER' }],
]

export const idempotence: readonly Case[] = [
  {
    name: 'idempotent-retries',
    about: 'an ambiguous attempt is resolved by another one: all are acked, written once, in order',
    needs: ['embedded'],
    config: QUICK,
    async run(context) {
      for (const [what, action] of mishaps) {
        const topic = await context.topic()
        const harness = await context.producer(topic, IDEMPOTENT)
        context.broker.faults.add({ when: { api: 'Produce', topic, times: 1, after: 3 }, do: action })
        for (let i = 0; i < 100; i++) harness.append()
        await harness.producer.flush(context.soon())
        assert.equal(harness.count('acked'), 100, what)
        await assertHonest(context, harness, { topic, once: true })
      }
    },
  },
  {
    name: 'idempotent-duplicate',
    about: 'DUPLICATE_SEQUENCE_NUMBER says that the batch is there: it is acked',
    needs: ['embedded'],
    async run(context) {
      const harness = await context.producer(await context.topic(), { idempotent: true })
      context.fault('Produce', { error: { code: 'DUPLICATE_SEQUENCE_NUMBER', applied: true } })
      for (let i = 0; i < 3; i++) harness.append()
      await harness.producer.flush(context.soon())
      assert.deepEqual([harness.count('acked'), [...harness.errors()]], [3, ['']])
      assert.deepEqual(harness.codes(), [])
    },
  },
  {
    name: 'idempotent-out-of-order',
    about:
      'after OUT_OF_ORDER_SEQUENCE_NUMBER or UNKNOWN_PRODUCER_ID the producer begins anew: all are acked, in order',
    needs: ['embedded'],
    async run(context) {
      for (const error of ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID'] as const) {
        const topic = await context.topic()
        const harness = await context.producer(topic, IDEMPOTENT)
        for (let i = 0; i < 20; i++) harness.append()
        await harness.producer.flush(context.soon())
        context.broker.faults.add({ when: { api: 'Produce', topic, times: 1 }, do: { error } })
        for (let i = 0; i < 40; i++) harness.append()
        await harness.producer.flush(context.soon())
        assert.equal(harness.count('acked'), 60, error)
        await assertHonest(context, harness, { topic, once: true })
      }
    },
  },
  {
    name: 'idempotent-refused-then-next',
    about: 'a batch that was refused leaves no gap in which later ones get lost',
    needs: ['embedded'],
    async run(context) {
      const topic = await context.topic(1, { 'max.message.bytes': '1000' })
      const harness = await context.producer(topic, { ...IDEMPOTENT, lingerUs: 0 })
      for (let round = 0; round < 5; round++) {
        harness.append({ value: `v${harness.sent}` })
        harness.append({ value: 'x'.repeat(1500) })
        harness.append({ value: `v${harness.sent}` })
        await harness.producer.flush(context.soon())
      }
      assert.deepEqual([harness.count('acked'), harness.count('failed')], [10, 5])
      await assertHonest(context, harness, { topic, once: true })
    },
  },
  {
    name: 'idempotent-sequence-reuse',
    about:
      'after a batch that was written and then given up, later ones are not taken for it: what is acked is stored',
    needs: ['embedded'],
    config: QUICK,
    async run(context) {
      const topic = await context.topic()
      const harness = await context.producer(topic, { idempotent: true, deliveryTimeoutUs: 700_000 })
      context.fault('Produce', { close: { applied: true } })
      context.fault('Produce', { error: 'UNKNOWN_SERVER_ERROR' }, 1_000_000)
      harness.append()
      await harness.producer.flush(context.soon())
      assert.equal(harness.count('unknown'), 1)
      context.broker.faults.clear()
      for (let i = 0; i < 5; i++) {
        harness.append()
        await harness.producer.flush(context.soon())
      }
      await assertHonest(context, harness, { topic, once: true })
      assert.equal(harness.count('acked'), 5)
    },
  },
  {
    name: 'idempotent-in-flight',
    about: 'with five requests under way, errors in the middle change no order',
    needs: ['embedded'],
    config: QUICK,
    async run(context) {
      const topic = await context.topic()
      const harness = await context.producer(topic, { ...IDEMPOTENT, maxInFlight: 5, lingerUs: 0 })
      for (const [n, [, action]] of mishaps.entries()) context.fault('Produce', action, 1, 4 + 6 * n)
      for (let i = 0; i < 600; i++) harness.append()
      await harness.producer.flush(context.soon())
      assert.equal(harness.count('acked'), 600)
      await assertHonest(context, harness, { topic, once: true })
    },
  },
  {
    name: 'idempotent-twenty',
    about: 'twenty producers at once, with requests that get lost, write each record once, each in its order',
    needs: ['embedded'],
    config: QUICK,
    async run(context) {
      const topic = await context.topic(4)
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, id) => context.producer(topic, IDEMPOTENT, { partitions: 4, id })),
      )
      const when = { api: 'Produce', probability: 0.1, times: 20, seed: 5 }
      context.broker.faults.add({ when, do: { close: { applied: true } } })
      for (let i = 0; i < 100; i++)
        for (const [id, harness] of all.entries()) harness.append({ value: `${id}:${i}`, partition: i % 4 })
      await Promise.all(all.map(harness => harness.producer.flush(context.soon())))
      for (const harness of all) assert.deepEqual([harness.count('acked'), harness.balance()], [100, 0])
      const values = await context.raw.values(topic, 4)
      assert.equal(new Set(values.flat()).size, 2000)
      assert.equal(values.flat().length, 2000)
      for (const inPartition of values)
        for (let id = 0; id < 20; id++) {
          const own = inPartition.filter(each => each.startsWith(`${id}:`))
          const order = own.map(each => Number(each.slice(each.indexOf(':') + 1)))
          assert.deepEqual(
            order,
            order.toSorted((a, b) => a - b),
          )
        }
    },
  },
  {
    name: 'idempotent-settings',
    about: 'idempotence with acks other than all is refused as a fault of the configuration',
    async run(context) {
      for (const acks of [0, 1] as const) {
        const opening = context.producer(await context.topic(), { idempotent: true, acks })
        await assert.rejects(opening, { name: 'ConfigError', message: /producer\.acks/ })
      }
    },
  },
]
