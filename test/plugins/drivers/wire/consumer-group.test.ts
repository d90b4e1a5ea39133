import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunEvent } from '../../../../core/plugin.ts'
import { Fixture, identities, keepReading, read, until, valuesOf } from './consumer/fixture.ts'

let f: Fixture
beforeAll(async () => {
  f = await Fixture.open()
})
afterAll(() => f.close())

const rebalances = (events: readonly RunEvent[]) =>
  events.filter(each => each.kind === 'rebalance').map(each => [each.step, each.lost])
const sizes = (...all: { position(): readonly unknown[] }[]) => all.map(each => each.position().length)
/** Every identity once: nothing lost, nothing twice. */
const each = (partitions: number, count: number) =>
  Array.from({ length: partitions }, (_, p) => Array.from({ length: count }, (_, i) => `${p}:${i}`))
    .flat()
    .sort()

describe('subscribe', () => {
  it('has a position when it resolves: whatever is produced from then on is read, and nothing before', async () => {
    for (let round = 0; round < 3; round++) {
      const topic = await f.topic(6)
      await f.fill(topic, 6, 100)
      const consumer = await f.member(topic, `latest-${topic}`, { from: 'latest' })
      expect(consumer.position().reduce((sum, { offset }) => sum + offset, 0)).toBe(100)
      const values = await f.fill(topic, 6, 300, 1000)
      expect(valuesOf(await read(consumer, 300))).toEqual(values)
      await consumer.leave()
    }
  })

  it('reads from the beginning when told so', async () => {
    const topic = await f.topic(3)
    const values = await f.fill(topic, 3, 200)
    const consumer = await f.member(topic, 'earliest', { from: 'earliest' })
    expect(consumer.lag().reduce((sum, { lag }) => sum + lag, 0)).toBe(200)
    expect(valuesOf(await read(consumer, 200))).toEqual(values)
    await consumer.leave()
  })

  it('resolves for members that join at once, also for those that get no partition', async () => {
    const topic = await f.topic(2)
    const consumers = await Promise.all([1, 2, 3].map(() => f.member(topic, 'crowd')))
    await until('each partition has one owner', () => {
      const owned = consumers.flatMap(one => one.position()).map(one => one.partition)
      return owned.length === 2 && new Set(owned).size === 2
    })
    const readers = consumers.map(keepReading)
    await f.fill(topic, 2, 400)
    const all = () => identities(readers.flatMap(one => one.records)).sort()
    await until('all records', () => all().length >= 400)
    expect(all()).toEqual(each(2, 200))
    await Promise.all(readers.map(one => one.stop()))
    await Promise.all(consumers.map(one => one.leave()))
  })

  it('fails in time for a topic that is not there, and for a group that gives no assignment', async () => {
    const lost = await f.consumer({ group: 'none', timeoutUs: 300_000 })
    await expect(lost.subscribe(['no-such-topic'])).rejects.toThrow(
      'topic no-such-topic has not been found for 0.3 s',
    )
    const topic = await f.topic()
    const one = await f.member(topic, 'stuck', {}, { heartbeatMs: 60_000 })
    const late = await f.consumer({ group: 'stuck', timeoutUs: 300_000 })
    await expect(late.subscribe([topic])).rejects.toThrow('no assignment in group stuck within 0.3 s')
    one.kill()
  })

  it('ends when the consumer leaves meanwhile, and the group is rid of it', async () => {
    const topic = await f.topic()
    const one = await f.member(topic, 'hasty', {}, { heartbeatMs: 60_000 })
    const consumer = await f.consumer({ group: 'hasty' })
    const joining = consumer.subscribe([topic])
    joining.catch(() => undefined)
    await until('it joins', async () => (await f.group('hasty')).members.length === 2)
    await consumer.leave()
    await expect(joining).rejects.toThrow('the consumer left before it had joined')
    expect((await f.group('hasty')).members).toHaveLength(1)
    one.kill()
  })
})

describe('a group', () => {
  it('goes on where it left off', async () => {
    const topic = await f.topic(3)
    const first = await f.fill(topic, 3, 100)
    const one = await f.member(topic, 'resumed', { from: 'earliest' })
    expect(valuesOf(await read(one, 100))).toEqual(first)
    await one.leave()
    const second = await f.fill(topic, 3, 100, 500)
    const two = await f.member(topic, 'resumed', { from: 'earliest' })
    expect(valuesOf(await read(two, 100))).toEqual(second)
    await two.leave()
  })

  it('keeps its first position for whoever gets the partition next, though nothing was read', async () => {
    const topic = await f.topic(2)
    await f.fill(topic, 2, 20)
    const one = await f.member(topic, 'unread', { from: 'latest' })
    expect(await f.committed('unread', topic, 2)).toEqual([10, 10])
    one.kill()
  })

  it('moves partitions to and fro without losing or repeating a record', async () => {
    const topic = await f.topic(4)
    const one = await f.member(topic, 'moving')
    const first = keepReading(one)
    let sent = 0
    let producing = true
    const produced = (async () => {
      for (; producing; sent++) await f.write(topic, sent % 4, ['a', 'b', 'c', 'd', 'e'])
    })()
    await until('the first member reads', () => first.records.length > 200)
    const two = await f.member(topic, 'moving')
    const second = keepReading(two)
    await until('both read', () => second.records.length > 200 && one.position().length === 2)
    await second.stop()
    await two.leave()
    await until('the first has all again', () => one.position().length === 4)
    producing = false
    await produced
    const all = () => identities([...first.records, ...second.records])
    await until('everything is read', () => all().length >= 5 * sent)
    await first.stop()
    expect(new Set(all()).size).toBe(all().length)
    expect(all()).toHaveLength(5 * sent)
    expect(rebalances(one.events)).toEqual([
      ['start', 0],
      ['end', 2],
      ['start', 0],
      ['end', 0],
    ])
    await one.leave()
  })

  it('gives to others what a killed member had, once its session is over', async () => {
    const topic = await f.topic(2)
    const [one, two] = await Promise.all([
      f.member(topic, 'killed', { from: 'earliest' }, { sessionMs: 1000 }),
      f.member(topic, 'killed', { from: 'earliest' }, { sessionMs: 1000 }),
    ])
    await until('one each', () => sizes(one, two).join() === '1,1')
    const values = await f.fill(topic, 2, 40)
    two.kill()
    expect((await f.group('killed')).members).toHaveLength(2)
    expect(valuesOf(await read(one, 40))).toEqual(values)
    expect(sizes(one)).toEqual([2])
    await one.leave()
    expect((await f.group('killed')).members).toHaveLength(0)
  })

  it('lets a static member come back to its partitions without a rebalance', async () => {
    const topic = await f.topic(4)
    const one = await f.member(topic, 'static', { instance: 'a' })
    const two = await f.member(topic, 'static', { instance: 'b' })
    await until('two each', () => sizes(one, two).join() === '2,2')
    const before = two.position()
    const disturbed = rebalances(one.events).length
    await two.leave()
    const values = await f.fill(topic, 4, 80)
    const again = await f.member(topic, 'static', { instance: 'b' })
    expect(again.position()).toEqual(before)
    const all = [...(await read(one, 40)), ...(await read(again, 40))]
    expect(valuesOf(all)).toEqual(values)
    expect(rebalances(one.events)).toHaveLength(disturbed)
    one.kill()
    again.kill()
  })

  it('ends for a static member when another one takes its instance, and says so', async () => {
    const topic = await f.topic()
    const one = await f.member(topic, 'fenced', { instance: 'a' })
    const reading = keepReading(one)
    const two = await f.member(topic, 'fenced', { instance: 'a' })
    await until('it is told', () => reading.failure !== undefined)
    expect(reading.failure!.message).toBe(
      'staying in group fenced: FENCED_INSTANCE_ID (another consumer has taken instance a)',
    )
    expect(one.events.at(-1)).toMatchObject({ kind: 'error', code: 'FENCED_INSTANCE_ID' })
    await f.write(topic, 0, ['x'])
    expect(valuesOf(await read(two, 1))).toEqual(['x'])
    expect(reading.records).toEqual([])
    await one.leave()
    two.kill()
  })

  it('can be left and joined again by the same consumer', async () => {
    const topic = await f.topic(2)
    const consumer = await f.member(topic, 'again', {}, { sessionMs: 1000 })
    await expect(consumer.subscribe([topic])).rejects.toThrow('reading already')
    await consumer.leave()
    expect(consumer.position()).toEqual([])
    const values = await f.fill(topic, 2, 50)
    await consumer.subscribe([topic])
    expect(valuesOf(await read(consumer, 50))).toEqual(values)
    consumer.kill()
    await consumer.subscribe([topic])
    await consumer.leave()
  })

  it('is told of commits: when asked, by itself every now and then, and of nothing that was not polled', async () => {
    const topic = await f.topic(1)
    const consumer = await f.member(topic, 'committing', {}, { commitMs: 50 })
    await f.fill(topic, 1, 10)
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(await f.committed('committing', topic, 1)).toEqual([0])
    await read(consumer, 10)
    await until('it is committed', async () => (await f.committed('committing', topic, 1))[0] === 10)
    await consumer.commit([{ topic, partition: 0, offset: 4 }])
    expect(await f.committed('committing', topic, 1)).toEqual([4])
    await consumer.commit()
    expect(await f.committed('committing', topic, 1)).toEqual([10])
    await consumer.leave()
  })

  it('keeps a member that nobody polls, which gives way to others all the same', async () => {
    const topic = await f.topic(2)
    const one = await f.member(topic, 'sleepy', { from: 'earliest' }, { sessionMs: 500 })
    await f.fill(topic, 2, 100)
    await new Promise(resolve => setTimeout(resolve, 1000))
    const two = await f.member(topic, 'sleepy', { from: 'earliest' }, { sessionMs: 500 })
    await until('one each', () => sizes(one, two).join() === '1,1')
    const all = [...(await read(one, 50)), ...(await read(two, 50))]
    expect(identities(all).sort()).toEqual(each(2, 50))
    await Promise.all([one.leave(), two.leave()])
  })

  it('reads nothing on once it could not be reached for as long as a session', async () => {
    const topic = await f.topic(1)
    const one = await f.member(topic, 'cut-off', { from: 'earliest' }, { sessionMs: 600 })
    await f.write(topic, 0, ['waits'])
    f.broker.freezeBroker(1)
    try {
      await until('it gives up', () => rebalances(one.events).length > 0)
      expect(await read(one, 0)).toEqual([])
    } finally {
      f.broker.unfreezeBroker(1)
    }
    expect(valuesOf(await read(one, 1))).toEqual(['waits'])
    expect(rebalances(one.events)).toEqual([
      ['start', 0],
      ['end', 0],
    ])
    await one.leave()
  })
})

it('leaves no warning on the process', async () => {
  const warnings: string[] = []
  const listen = (warning: Error) => warnings.push(`${warning.name}: ${warning.message}`)
  process.on('warning', listen)
  const topic = await f.topic(1)
  const consumer = await f.member(topic, 'silent')
  await f.fill(topic, 1, 100)
  for (let i = 0; i < 50; i++)
    await consumer.poll(() => undefined, { timeoutUs: 1000, signal: new AbortController().signal })
  await consumer.leave()
  await new Promise(resolve => setTimeout(resolve, 50))
  process.off('warning', listen)
  expect(warnings).toEqual([])
})
