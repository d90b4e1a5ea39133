/** Consumers that are members of a group. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer, ConsumerOptions } from '../../../core/plugin.ts'
import type { Case } from '../case.ts'
import type { Context } from '../context.ts'
import { identities, keepReading, read, valuesOf } from '../harness.ts'

const owned = (...all: readonly Consumer[]) =>
  all.flatMap(each => each.position()).map(each => each.partition)
/** Each partition has exactly one owner. */
const shared = (partitions: number, ...all: readonly Consumer[]) =>
  owned(...all)
    .toSorted((a, b) => a - b)
    .join() === Array.from({ length: partitions }, (_, i) => i).join()

/** Two members of a group, while records come. */
async function rebalanced(context: Context, options: Partial<ConsumerOptions>): Promise<void> {
  const topic = await context.topic(4)
  const group = context.name('moving')
  const one = await context.member(topic, group, options)
  const first = keepReading(one)
  let sent = 0
  let producing = true
  const produced = (async () => {
    for (; producing; sent++) await context.raw.write(topic, sent % 4, ['a', 'b', 'c', 'd', 'e'])
  })()
  context.defer(() => {
    producing = false
  })
  await context.until('the first member reads', () => first.records.length > 200)
  const two = await context.member(topic, group, options)
  const second = keepReading(two)
  await context.until('both read', () => second.records.length > 200 && shared(4, one, two))
  await second.stop()
  await two.leave()
  await context.until('the first has all again', () => one.position().length === 4)
  producing = false
  await produced
  const all = () => identities([...first.records, ...second.records])
  await context.until('everything is read', () => new Set(all()).size >= 5 * sent)
  await sleep(100)
  await first.stop()
  assert.deepEqual([new Set(all()).size, all().length], [5 * sent, 5 * sent])
  const steps = one.events.flatMap(each => (each.kind === 'rebalance' ? [each.step] : []))
  assert.deepEqual(steps, ['start', 'end', 'start', 'end'])
  await one.leave()
}

export const groups: readonly Case[] = [
  {
    name: 'group-latest',
    about:
      'once subscribe resolves there is a position: what is written from then on is read, and nothing before',
    async run(context) {
      for (let round = 0; round < 3; round++) {
        const topic = await context.topic(6)
        await context.raw.fill(topic, 6, 60)
        const consumer = await context.member(topic, context.name('latest'), { from: 'latest' })
        assert.equal(
          consumer.position().reduce((sum, { offset }) => sum + offset, 0),
          60,
        )
        const written = await context.raw.fill(topic, 6, 120, 1000)
        assert.deepEqual(valuesOf(await read(consumer, 120)), written)
        await consumer.leave()
      }
    },
  },
  {
    name: 'group-rewind',
    about:
      'a member goes back to what its group has committed, or to where it began without: the rest comes again',
    async run(context) {
      const topic = await context.topic(1)
      const group = context.name('rewind')
      await context.raw.write(
        topic,
        0,
        Array.from({ length: 100 }, (_, i) => `${i}`),
      )
      const consumer = await context.member(topic, group, { commitUs: 0, from: 'earliest' })
      assert.equal((await read(consumer, 100)).length, 100)
      await consumer.rewind()
      assert.equal((await read(consumer, 100)).length, 100)
      await consumer.commit([{ topic, partition: 0, offset: 40 }])
      await consumer.rewind()
      const again = await read(consumer, 60)
      assert.deepEqual(
        again.map(each => each.offset),
        Array.from({ length: 60 }, (_, i) => 40 + i),
      )
      await consumer.leave()
    },
  },
  {
    name: 'group-earliest',
    about: 'a group without committed offsets begins at the beginning when told so',
    async run(context) {
      const topic = await context.topic(3)
      const written = await context.raw.fill(topic, 3, 200)
      const consumer = await context.member(topic, context.name('earliest'))
      assert.deepEqual(valuesOf(await read(consumer, 200)), written)
      await consumer.leave()
    },
  },
  {
    name: 'group-shared',
    about: 'members that join at once share the partitions, those without one too: every record once',
    async run(context) {
      const topic = await context.topic(2)
      const group = context.name('crowd')
      const members = await Promise.all([1, 2, 3].map(() => context.member(topic, group)))
      await context.until('each partition has one owner', () => shared(2, ...members))
      const readers = members.map(keepReading)
      await context.raw.fill(topic, 2, 400)
      const all = () => identities(readers.flatMap(each => each.records))
      await context.until('all is read', () => all().length >= 400)
      assert.deepEqual([new Set(all()).size, all().length], [400, 400])
      await Promise.all(readers.map(each => each.stop()))
      await Promise.all(members.map(each => each.leave()))
    },
  },
  {
    name: 'group-resumed',
    about: 'a group goes on where its last member left off',
    async run(context) {
      const topic = await context.topic(3)
      const group = context.name('resumed')
      const first = await context.raw.fill(topic, 3, 90)
      const one = await context.member(topic, group)
      assert.deepEqual(valuesOf(await read(one, 90)), first)
      await one.leave()
      assert.deepEqual(await context.raw.committed(group, topic, 3), [30, 30, 30])
      const second = await context.raw.fill(topic, 3, 60, 500)
      const two = await context.member(topic, group)
      assert.deepEqual(valuesOf(await read(two, 60)), second)
      await two.leave()
    },
  },
  {
    name: 'group-commit',
    about: 'commit commits what was polled, or the offsets it is given',
    async run(context) {
      const topic = await context.topic()
      const group = context.name('committing')
      const consumer = await context.member(topic, group)
      await context.raw.fill(topic, 1, 10)
      await read(consumer, 10)
      await consumer.commit([{ topic, partition: 0, offset: 4 }])
      assert.deepEqual(await context.raw.committed(group, topic), [4])
      await consumer.commit()
      assert.deepEqual(await context.raw.committed(group, topic), [10])
      await consumer.leave()
    },
  },
  {
    name: 'group-first-position',
    about:
      'the first position of a group is kept for whoever gets the partition next, though nothing was read',
    async run(context) {
      const topic = await context.topic(2)
      const group = context.name('unread')
      await context.raw.fill(topic, 2, 20)
      const one = await context.member(topic, group, { from: 'latest' })
      assert.deepEqual(await context.raw.committed(group, topic, 2), [10, 10])
      one.kill()
    },
  },
  {
    name: 'group-rebalance',
    about:
      'partitions move to and fro while records come: none is lost, none delivered twice, and it is told',
    run: context => rebalanced(context, {}),
  },
  {
    name: 'group-cooperative',
    about: 'likewise with cooperative-sticky, where members keep what does not move',
    run: context => rebalanced(context, { assignor: 'cooperative-sticky' }),
  },
  {
    name: 'group-consumer-protocol',
    about: 'likewise with groups of KIP-848',
    needs: ['consumerProtocol'],
    broker: { groupHeartbeatMs: 50 },
    run: context => rebalanced(context, { protocol: 'consumer' }),
  },
  {
    name: 'group-consumer-protocol-resumed',
    about: 'a group of KIP-848 goes on where its last member left off, commits, and has a first position',
    needs: ['consumerProtocol'],
    async run(context) {
      const topic = await context.topic(3)
      const group = context.name('resumed')
      const options = { protocol: 'consumer' } as const
      const first = await context.raw.fill(topic, 3, 90)
      const one = await context.member(topic, group, options)
      assert.deepEqual(valuesOf(await read(one, 90)), first)
      await one.commit()
      assert.deepEqual(await context.raw.committed(group, topic, 3), [30, 30, 30])
      await one.leave()
      const two = await context.member(topic, group, options)
      const second = await context.raw.fill(topic, 3, 60, 500)
      assert.deepEqual(valuesOf(await read(two, 60)), second)
      await two.leave()
      assert.deepEqual(await context.raw.committed(group, topic, 3), [50, 50, 50])
    },
  },
  {
    name: 'group-leave-kill',
    about: 'the group hears of a member that leaves, and nothing of one that is killed',
    async run(context) {
      const topic = await context.topic(2)
      const group = context.name('left')
      const [one, two] = await Promise.all([context.member(topic, group), context.member(topic, group)])
      assert.equal(await context.raw.members(group), 2)
      two!.kill()
      await sleep(500)
      assert.equal(await context.raw.members(group), 2)
      await one!.leave()
      assert.equal(await context.raw.members(group), 1)
    },
  },
  {
    name: 'group-again',
    about: 'a consumer that left can join again',
    async run(context) {
      const topic = await context.topic(2)
      const consumer = await context.member(topic, context.name('again'))
      await consumer.leave()
      assert.deepEqual(consumer.position(), [])
      const written = await context.raw.fill(topic, 2, 50)
      await consumer.subscribe([topic])
      assert.deepEqual(valuesOf(await read(consumer, 50)), written)
      await consumer.leave()
    },
  },
  {
    name: 'group-unknown-topic',
    about: 'subscribing to a topic that is not there fails within the time-out',
    async run(context) {
      const consumer = await context.consumer({ group: context.name('none'), timeoutUs: 300_000 })
      await assert.rejects(consumer.subscribe([context.name('nowhere')]), /within 0\.3 s|for 0\.3 s/)
      await consumer.leave()
    },
  },
  {
    name: 'group-groupless',
    about: 'a consumer without a group has nothing to subscribe with, and nothing to commit to',
    async run(context) {
      const consumer = await context.consumer()
      await assert.rejects(consumer.subscribe(['any']), /group/)
      await assert.rejects(consumer.commit(), /commit/)
      await consumer.leave()
    },
  },
  {
    name: 'group-mishaps',
    about: 'a member survives errors of its coordinator, and a new one: every record once',
    needs: ['embedded'],
    broker: { brokers: 3 },
    async run(context) {
      const topic = await context.topic(2)
      const group = context.name('staying')
      context.fault('FindCoordinator', { error: 'COORDINATOR_NOT_AVAILABLE' }, 2)
      context.fault('JoinGroup', { error: 'NOT_COORDINATOR' })
      context.fault('SyncGroup', { error: 'REBALANCE_IN_PROGRESS' })
      context.fault('OffsetFetch', { error: 'COORDINATOR_LOAD_IN_PROGRESS' }, 2)
      const consumer = await context.member(topic, group)
      const reading = keepReading(consumer)
      for (let i = 0; i < 10; i++) {
        await context.raw.write(topic, i % 2, ['a', 'b'])
        if (i === 4) context.fault('OffsetCommit', { moveCoordinator: 'next' })
        if (i === 4) await consumer.commit()
      }
      await context.until('all is read', () => reading.records.length >= 20)
      await reading.stop()
      assert.deepEqual([new Set(identities(reading.records)).size, reading.records.length], [20, 20])
      await consumer.commit()
      assert.deepEqual(await context.raw.committed(group, topic, 2), [10, 10])
      await consumer.leave()
    },
  },
  {
    name: 'group-static',
    about: 'a static member comes back to its partitions without a rebalance',
    async run(context) {
      const topic = await context.topic(4)
      const group = context.name('static')
      const one = await context.member(topic, group, { instance: 'a' })
      const two = await context.member(topic, group, { instance: 'b' })
      await context.until('two each', () => shared(4, one, two) && one.position().length === 2)
      const before = owned(two)
      const rebalances = () => one.events.filter(each => each.kind === 'rebalance').length
      const disturbed = rebalances()
      await two.leave()
      const again = await context.member(topic, group, { instance: 'b' })
      assert.deepEqual(owned(again), before)
      const written = await context.raw.fill(topic, 4, 80)
      assert.deepEqual(valuesOf([...(await read(one, 40)), ...(await read(again, 40))]), written)
      assert.equal(rebalances(), disturbed)
      one.kill()
      again.kill()
    },
  },
]
