/** Connections that end, answers that come late or not at all. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultAction } from '../../../plugins/index.ts'
import { produce } from '../../../plugins/protocol/messages/produce.ts'
import type { Case } from '../case.ts'
import { assertHonest } from '../honest.ts'
import { edit } from '../proxy.ts'

/** A request is given up soon, so that what has no answer is tried again. */
const QUICK = { timeout: '400ms' }

function lost(name: string, about: string, action: FaultAction): Case {
  return {
    name,
    about: `${about}: no outcome is wrong, and the next records are acked`,
    needs: ['embedded'],
    config: QUICK,
    async run(context) {
      const topic = await context.topic()
      const harness = await context.producer(topic, { deliveryTimeoutUs: 2_000_000 })
      context.fault('Produce', action)
      for (let i = 0; i < 5; i++) harness.append()
      await harness.producer.flush(context.soon())
      assert.equal(harness.count('failed'), 0)
      for (let i = 0; i < 5; i++) harness.append()
      await harness.producer.flush(context.soon())
      assert.ok(harness.count('acked') >= 5, 'what comes after it is acked')
      await assertHonest(context, harness, { topic })
    },
  }
}

export const connections: readonly Case[] = [
  lost('lost-before-write', 'a connection is closed before a request took effect', {
    close: { applied: false },
  }),
  lost('lost-after-write', 'a connection is closed after a request took effect', {
    close: { applied: true },
  }),
  lost('lost-mid-answer', 'a connection is closed in the middle of an answer', { partialFrame: true }),
  lost('no-answer', 'a request takes effect and is never answered', { noAnswer: { applied: true } }),
  {
    name: 'timeout-then-success',
    about: 'a request without an answer is sent again within the delivery time-out, and the record is acked',
    needs: ['embedded'],
    config: QUICK,
    async run(context) {
      const topic = await context.topic()
      const harness = await context.producer(topic)
      context.fault('Produce', { noAnswer: { applied: false } })
      for (let i = 0; i < 5; i++) harness.append()
      await harness.producer.flush(context.soon())
      assert.equal(harness.count('acked'), 5)
      await assertHonest(context, harness, { topic })
    },
  },
  {
    name: 'ambiguous-plain',
    about: 'what got no answer to the end is unknown, whether it was written or not',
    needs: ['embedded'],
    config: QUICK,
    async run(context) {
      for (const applied of [true, false]) {
        const topic = await context.topic()
        const harness = await context.producer(topic, { deliveryTimeoutUs: 600_000 })
        context.broker.faults.add({ when: { api: 'Produce', topic }, do: { close: { applied } } })
        for (let i = 0; i < 5; i++) harness.append()
        await harness.producer.flush(context.soon())
        assert.equal(harness.count('unknown'), 5)
        await assertHonest(context, harness, { topic })
      }
    },
  },
  {
    name: 'late-answer',
    about: 'an answer after the delivery time-out changes no outcome, and is counted as late',
    needs: ['embedded'],
    alone: true,
    async run(context) {
      const harness = await context.producer(await context.topic(), { deliveryTimeoutUs: 150_000 })
      context.fault('Produce', { delay: '600ms' })
      for (let i = 0; i < 5; i++) harness.append()
      await harness.producer.flush(context.soon())
      assert.deepEqual([harness.count('unknown'), harness.late], [5, 0])
      await context.until('the answer', () => harness.late > 0)
      assert.deepEqual([harness.late, harness.states().size, harness.balance()], [5, 5, 0])
    },
  },
  {
    name: 'never-sent',
    about: 'what could not be sent to any broker within the delivery time-out is failed, not unknown',
    needs: ['embedded'],
    async run(context) {
      const harness = await context.producer(await context.topic(), { deliveryTimeoutUs: 500_000 })
      await context.broker.stopBroker(1)
      // the driver has heard of it, so nothing is handed to a connection that is gone
      await sleep(300)
      for (let i = 0; i < 5; i++) harness.append()
      await harness.producer.flush(context.soon())
      assert.deepEqual([harness.count('failed'), [...harness.errors()]], [5, ['DeliveryTimeout']])
    },
  },
  {
    name: 'broker-comes-back',
    about: 'what waits for a broker that is away is sent when it is back, in order',
    needs: ['embedded'],
    async run(context) {
      const topic = await context.topic(2)
      const harness = await context.producer(topic, {}, { partitions: 2 })
      harness.append()
      await harness.producer.flush(context.soon())
      await context.broker.stopBroker(1)
      await sleep(200)
      for (let i = 0; i < 100; i++) harness.append({ partition: i % 2 })
      await context.until('the trouble is told', () => harness.codes().length > 0)
      assert.equal(harness.held(), 100)
      await context.broker.startBroker(1)
      await harness.producer.flush(context.soon())
      assert.equal(harness.count('acked'), 101)
      await assertHonest(context, harness, { topic, partitions: 2, once: true })
    },
  },
  {
    name: 'acks-0-lost',
    about: 'with acks=0 records are unknown, also when the connection ends, and later ones arrive',
    needs: ['embedded'],
    async run(context) {
      const topic = await context.topic()
      const harness = await context.producer(topic, { acks: 0, batchBytes: 200, lingerUs: 0 })
      context.fault('Produce', { close: { applied: false } }, 1, 2)
      for (let i = 0; i < 50; i++) {
        harness.append()
        await sleep(2)
      }
      await harness.producer.flush(context.soon())
      assert.deepEqual([harness.count('unknown'), harness.balance()], [50, 0])
      await context.until('later ones', async () => (await context.raw.values(topic)).flat().includes('v49'))
    },
  },
  {
    name: 'throttle',
    about:
      'a broker that asks for it is sent no Produce request for so long (KIP-219), and it is told as an event',
    needs: ['embedded'],
    async run(context) {
      let asked = false
      const once = edit(produce, answer => {
        if (!asked) Object.assign(answer, { throttleTimeMs: 300 })
        asked = true
      })
      const { driver, requests } = await context.proxied({ edits: [once] })
      const harness = await context.producer(await context.topic(), { lingerUs: 0 }, { driver })
      for (let i = 0; i < 3; i++) {
        harness.append()
        await context.until('it is acked', () => harness.count('acked') === i + 1)
      }
      const [first, second] = requests.filter(each => each.key === produce.key)
      assert.ok(second!.at - first!.at >= 299, `the next request came after ${second!.at - first!.at} ms`)
      const told = harness.events.filter(each => each.kind === 'throttle')
      assert.deepEqual(
        told.map(({ broker, us }) => [broker, us]),
        [[1, 300_000]],
      )
    },
  },
]
