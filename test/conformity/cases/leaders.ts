/** Partitions whose leader moves, dies or is missing. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Case } from '../case.ts'
import { assertHonest } from '../honest.ts'

const THREE = { brokers: 3 }

export const leaders: readonly Case[] = [
  {
    name: 'leader-moves',
    about: 'records go to the new leader, and each ends as acked',
    needs: ['embedded'],
    broker: THREE,
    async run(context) {
      const topic = await context.topic(3)
      const harness = await context.producer(topic, {}, { partitions: 3 })
      for (let round = 0; round < 4; round++) {
        for (let i = 0; i < 30; i++) harness.append({ partition: i % 3 })
        await harness.producer.flush(context.soon())
        for (const partition of [0, 1, 2])
          context.broker.moveLeader(topic, partition, 1 + ((round + partition) % 3))
      }
      assert.equal(harness.count('acked'), 120)
      await assertHonest(context, harness, { topic, partitions: 3 })
    },
  },
  {
    name: 'leader-moves-in-part',
    about: 'of a request whose one partition is refused, what was written is acked and not sent again',
    needs: ['embedded'],
    async run(context) {
      const topic = await context.topic(2)
      const harness = await context.producer(topic, { lingerUs: 50_000 }, { partitions: 2 })
      const when = { api: 'Produce', topic, partition: 1, times: 1 }
      context.broker.faults.add({ when, do: { error: 'NOT_LEADER_OR_FOLLOWER' } })
      for (let i = 0; i < 20; i++) harness.append({ partition: i % 2 })
      await harness.producer.flush(context.soon())
      const states = harness.states()
      for (let i = 0; i < 20; i += 2) assert.equal(states.get(i), 'acked', `record ${i} was written`)
      await assertHonest(context, harness, { topic, partitions: 2, once: true })
    },
  },
  {
    name: 'leader-moves-in-order',
    about: 'with one request at a time no batch overtakes one that is still under way to the leader before',
    needs: ['embedded'],
    broker: THREE,
    async run(context) {
      const topic = await context.topic(2)
      const [one = 0, two = 0] = await context.raw.leaders(topic)
      if (one === two) context.broker.moveLeader(topic, 1, 1 + (one % 3))
      const harness = await context.producer(topic, { maxInFlight: 1, lingerUs: 0 }, { partitions: 2 })
      for (const partition of [0, 1]) harness.append({ partition })
      await harness.producer.flush(context.soon())
      const first = { api: 'Produce', topic, partition: 0, times: 1 }
      const moved = context.broker.faults.add({ when: first, do: { moveLeader: 'next' } })
      context.broker.faults.add({ when: first, do: { delay: '400ms' } })
      harness.append({ partition: 0 })
      await context.until('it is under way', () => moved.fired === 1)
      // by the other partition the driver learns of both new leaders
      const other = { api: 'Produce', topic, partition: 1, times: 1 }
      context.broker.faults.add({ when: other, do: { error: 'NOT_LEADER_OR_FOLLOWER' } })
      for (const partition of [0, 1]) harness.append({ partition })
      await harness.producer.flush(context.soon())
      assert.equal(harness.balance(), 0)
      const [values = []] = await context.raw.values(topic, 2)
      assert.deepEqual(values, values.toSorted())
    },
  },
  {
    name: 'leader-dies',
    about: 'the death of a broker costs no idempotent record and writes none twice',
    needs: ['embedded'],
    broker: THREE,
    async run(context) {
      const topic = await context.topic(3)
      const changes = { idempotent: true, batchBytes: 500 }
      const harness = await context.producer(topic, changes, { partitions: 3 })
      for (let i = 0; i < 30; i++) harness.append({ partition: i % 3 })
      await harness.producer.flush(context.soon())
      for (let i = 0; i < 300; i++) harness.append({ partition: i % 3 })
      await context.broker.stopBroker(2)
      await harness.producer.flush(context.soon())
      assert.equal(harness.count('acked'), 330)
      await context.broker.startBroker(2)
      await assertHonest(context, harness, { topic, partitions: 3, once: true })
    },
  },
  {
    name: 'leaderless-partition',
    about: 'a partition without a leader waits for one, and holds up no other partition',
    needs: ['embedded'],
    broker: THREE,
    async run(context) {
      const topic = await context.topic(3, {}, 1)
      const [orphan = 0] = await context.raw.leaders(topic)
      const harness = await context.producer(topic, { lingerUs: 0 }, { partitions: 3 })
      for (let i = 0; i < 3; i++) harness.append({ partition: i })
      await harness.producer.flush(context.soon())
      await context.broker.stopBroker(orphan)
      await sleep(200)
      for (let i = 0; i < 30; i++) harness.append({ partition: i % 3 })
      await context.until('the others are acked', () => harness.count('acked') === 23)
      assert.equal(harness.held(), 10)
      await context.broker.startBroker(orphan)
      await harness.producer.flush(context.soon())
      assert.equal(harness.count('acked'), 33)
      await assertHonest(context, harness, { topic, partitions: 3, once: true })
    },
  },
]
