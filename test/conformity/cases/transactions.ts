/** Producers with a transactional id. */
import assert from 'node:assert/strict'
import type { FaultAction } from '../../../plugins/index.ts'
import type { Case } from '../case.ts'
import type { Context } from '../context.ts'
import { type Harness, read } from '../harness.ts'

const QUICK = { timeout: '1s' }

interface Opened extends Harness {
  write(...values: readonly string[]): void
}
async function open(context: Context, topic: string, id: string, others = {}): Promise<Opened> {
  const options = { partitions: 2, transactionalId: id, ...others }
  const harness = await context.producer(topic, { lingerUs: 0 }, options)
  const write = (...values: readonly string[]) => {
    for (const [i, value] of values.entries()) harness.append({ value, partition: i % 2 })
  }
  return Object.assign(harness, { write })
}
/** What a reader of committed records gets: these values, sorted, and no more. */
async function assertCommitted(context: Context, topic: string, expected: readonly string[]): Promise<void> {
  const consumer = await context.reader(topic, 2, { isolation: 'read_committed' })
  const all = await read(consumer, expected.length)
  assert.deepEqual(all.map(each => each.value).sort(), expected.toSorted())
  await consumer.leave()
}

const mishaps: readonly (readonly [api: string, FaultAction])[] = [
  ['EndTxn', { close: { applied: true } }],
  ['EndTxn', { close: { applied: false } }],
  ['EndTxn', { error: 'COORDINATOR_NOT_AVAILABLE' }],
  ['EndTxn', { moveCoordinator: 'next' }],
  ['Produce', { close: { applied: true } }],
  ['Produce', { error: 'NOT_LEADER_OR_FOLLOWER' }],
]

export const transactions: readonly Case[] = [
  {
    name: 'transaction-ends',
    about:
      'what is committed is read, what is aborted is not; outcomes and events have the number of the transaction',
    needs: ['transactions'],
    async run(context) {
      const topic = await context.topic(2)
      const harness = await open(context, topic, context.name('id'))
      const ends: string[] = []
      // the last one has a number of its own, as after another producer with this id
      for (const [n, how] of (['commit', 'abort', 'commit'] as const).entries()) {
        harness.producer.begin(n < 2 ? undefined : 7)
        harness.write(`${n}a`, `${n}b`, `${n}c`)
        ends.push(await harness.producer.end(how))
        assert.equal(harness.held(), 0)
      }
      assert.deepEqual(ends, ['committed', 'aborted', 'committed'])
      assert.equal(harness.count('acked'), 9)
      assert.deepEqual([...new Set(harness.outcomes.map(each => each.transaction))], [0, 1, 7])
      const steps = harness.events.flatMap(each => (each.kind === 'transaction' ? [each.step] : []))
      assert.deepEqual(steps, ['begin', 'committed', 'begin', 'aborted', 'begin', 'committed'])
      await assertCommitted(context, topic, ['0a', '0b', '0c', '2a', '2b', '2c'])
    },
  },
  {
    name: 'transaction-empty',
    about: 'a transaction without a record ends as it is told',
    needs: ['transactions'],
    async run(context) {
      const topic = await context.topic(2)
      const harness = await open(context, topic, context.name('id'))
      for (const [how, ended] of [
        ['commit', 'committed'],
        ['abort', 'aborted'],
      ] as const) {
        harness.producer.begin()
        assert.equal(await harness.producer.end(how), ended)
      }
      harness.producer.begin()
      harness.write('a')
      assert.equal(await harness.producer.end('commit'), 'committed')
      await assertCommitted(context, topic, ['a'])
    },
  },
  {
    name: 'transaction-fenced',
    about:
      'a producer whose id another one has taken is fenced: its transaction ends so, and it writes no more',
    needs: ['transactions'],
    async run(context) {
      const topic = await context.topic(2)
      const id = context.name('id')
      const one = await open(context, topic, id)
      one.producer.begin()
      one.write('of the first')
      await one.producer.flush(context.soon())
      const two = await open(context, topic, id)
      assert.equal(await one.producer.end('commit'), 'fenced')
      two.producer.begin()
      two.write('of the second')
      assert.equal(await two.producer.end('commit'), 'committed')
      one.producer.begin()
      one.write('too late')
      await one.producer.flush(context.soon())
      assert.equal(one.count('failed'), 1)
      assert.equal(await one.producer.end('commit'), 'fenced')
      await assertCommitted(context, topic, ['of the second'])
    },
  },
  {
    name: 'transaction-offsets',
    about: 'offsets of a member are committed with the transaction, and only then',
    needs: ['transactions'],
    async run(context) {
      const [from, to] = [await context.topic(), await context.topic(2)]
      const group = context.name('group')
      await context.raw.write(from, 0, ['a', 'b', 'c'])
      const member = await context.member(from, group, { commitUs: 0 })
      const harness = await open(context, to, context.name('id'))
      await read(member, 3)
      const begun = await context.raw.committed(group, from)
      harness.producer.begin()
      harness.write('a')
      const at = (offset: number) => [{ topic: from, partition: 0, offset }]
      assert.equal(await harness.producer.end('abort', at(1), member), 'aborted')
      assert.deepEqual(await context.raw.committed(group, from), begun)
      harness.producer.begin()
      harness.write('a', 'b')
      assert.equal(await harness.producer.end('commit', at(2), member), 'committed')
      await context.until('the offset is committed', async () => {
        return (await context.raw.committed(group, from))[0] === 2
      })
      await assertCommitted(context, to, ['a', 'b'])
      await member.leave()
    },
  },
  {
    name: 'transaction-refused-record',
    about:
      'a transaction of which a record was refused is aborted when it is to be committed; the next one is not',
    needs: ['transactions', 'embedded'],
    async run(context) {
      const topic = await context.topic(2)
      const harness = await open(context, topic, context.name('id'))
      context.fault('Produce', { error: 'INVALID_RECORD' })
      harness.producer.begin()
      harness.write('a')
      await harness.producer.flush(context.soon())
      assert.equal(harness.count('failed'), 1)
      assert.equal(await harness.producer.end('commit'), 'aborted')
      harness.producer.begin()
      harness.write('b')
      assert.equal(await harness.producer.end('commit'), 'committed')
      await assertCommitted(context, topic, ['b'])
    },
  },
  {
    name: 'transaction-mishaps',
    about: 'lost answers, errors and moves of the coordinator cost nothing: what is committed is read once',
    needs: ['transactions', 'embedded'],
    broker: { brokers: 3 },
    config: QUICK,
    async run(context) {
      const topic = await context.topic(2)
      const harness = await open(context, topic, context.name('id'))
      const expected: string[] = []
      for (const [n, [api, action]] of mishaps.entries()) {
        context.broker.faults.add({ when: { api, times: 1 }, do: action })
        harness.producer.begin()
        harness.write(`${n}a`, `${n}b`)
        assert.equal(await harness.producer.end('commit'), 'committed', `${api} ${JSON.stringify(action)}`)
        expected.push(`${n}a`, `${n}b`)
      }
      assert.equal(harness.count('acked'), expected.length)
      await assertCommitted(context, topic, expected)
    },
  },
  {
    name: 'transaction-unknown',
    about: 'a commit that nobody confirms within the time-out is unknown: all of it is read, or nothing',
    needs: ['transactions', 'embedded'],
    config: { timeout: '300ms' },
    async run(context) {
      const topic = await context.topic(2)
      const harness = await open(context, topic, context.name('id'), { timeoutUs: 500_000 })
      context.fault('EndTxn', { noAnswer: { applied: true } }, 1000)
      harness.producer.begin()
      harness.write('a', 'b')
      assert.equal(await harness.producer.end('commit'), 'unknown')
      assert.equal(harness.count('acked'), 2)
      await assertCommitted(context, topic, ['a', 'b'])
    },
  },
  {
    name: 'transaction-misused',
    about: 'begin twice, end without begin, and records outside are refused at once',
    needs: ['transactions'],
    async run(context) {
      const topic = await context.topic(2)
      const harness = await open(context, topic, context.name('id'))
      await assert.rejects(harness.producer.end('commit'))
      assert.throws(() => harness.append({ partition: 0 }))
      harness.producer.begin()
      assert.throws(() => harness.producer.begin())
      assert.equal(await harness.producer.end('abort'), 'aborted')
      await assertCommitted(context, topic, [])
    },
  },
  {
    name: 'transaction-without-id',
    about: 'a producer without a transactional id has no transactions, and says so',
    async run(context) {
      const harness = await context.producer(await context.topic())
      assert.throws(() => harness.producer.begin(), /transaction/)
      await assert.rejects(harness.producer.end('commit'), /transaction/)
      harness.append()
      await harness.producer.flush(context.soon())
      assert.equal(harness.count('acked'), 1)
    },
  },
]
