/** Groups whose members keep what they have, at a real Apache Kafka: cooperative ones, and those of KIP-848. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConsumerOptions, RunEvent } from '../../core/plugin.ts'
import { keepReading, read, until, valuesOf } from '../plugins/drivers/wire/consumer/fixture.ts'
import { KafkaFixture } from './wire-fixture.ts'

let f: KafkaFixture

beforeAll(async () => {
  f = await KafkaFixture.start({
    'group.consumer.min.heartbeat.interval.ms': 100,
    'group.consumer.heartbeat.interval.ms': 200,
    'group.consumer.min.session.timeout.ms': 1000,
    'group.consumer.session.timeout.ms': 4000,
  })
  // the first group makes Kafka's own topic, and its coordinator comes with that
  const first = await f.member(await f.topic(), 'the-first')
  await first.leave()
}, 180_000)
afterAll(() => f?.stop())

const rebalances = (events: readonly RunEvent[]) => events.filter(each => each.kind === 'rebalance').length
const errors = (events: readonly RunEvent[]) => events.filter(each => each.kind === 'error')

const kinds: [string, Partial<ConsumerOptions>, string[]][] = [
  [
    'cooperative sticky',
    { assignor: 'cooperative-sticky' },
    [
      'heartbeat.interval.ms=300',
      'partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
    ],
  ],
  ['of KIP-848', { protocol: 'consumer' }, ['group.protocol=consumer']],
]

describe.each(kinds)('a group that is %s', (_, options, java) => {
  it('reads every record once while members, Java among them, come and go in order', async () => {
    const name = await f.topic(6)
    const one = await f.member(name, name, options)
    const first = keepReading(one)
    const filling = f.keepFilling(name, 6)
    await until('one reads', () => first.records.length > 20)
    const two = await f.member(name, name, options)
    const second = keepReading(two)
    await until('three each', () => one.position().length === 3 && two.position().length === 3)
    const third = f.javaMember(name, name, ...java)
    await until('two each', () => one.position().length === 2 && two.position().length === 2)
    await until('Java reads', () => third.values.length > 20)
    await second.stop()
    await two.leave()
    await until('Java and one share', () => one.position().length === 3)
    await third.stop()
    await until('one has all again', () => one.position().length === 6)
    const values = await filling.stop()
    const all = () => [...valuesOf([...first.records, ...second.records]), ...third.values].sort()
    await until('all is read', () => all().length >= values.length)
    expect(all()).toEqual(values)
    expect([first.failure, second.failure, errors(one.events), errors(two.events)]).toEqual([
      undefined,
      undefined,
      [],
      [],
    ])
    await first.stop()
    await one.leave()
  })

  it('gives to others what a killed member had', async () => {
    const name = await f.topic(6)
    const [one, two, three] = await Promise.all(
      [1, 2, 3].map(() => f.member(name, name, options, { sessionMs: 6000 })),
    )
    await until('two each', () => [one, two, three].every(each => each!.position().length === 2))
    const readers = [one, two].map(each => keepReading(each!))
    three!.kill()
    const values = await f.fill(name, 6, 600)
    await until('three each', () => [one, two].every(each => each!.position().length === 3))
    const all = () => valuesOf(readers.flatMap(each => each.records))
    await until('all is read', () => all().length >= 600)
    expect(all()).toEqual(values)
    await Promise.all([...readers.map(each => each.stop()), one!.leave(), two!.leave()])
  })

  it('keeps the place of a static member that is away for a while', async () => {
    const name = await f.topic(4)
    const one = await f.member(name, name, { ...options, instance: 'a' })
    const two = await f.member(name, name, { ...options, instance: 'b' })
    await until('two each', () => one.position().length === 2 && two.position().length === 2)
    const before = two.position()
    const disturbed = rebalances(one.events)
    await two.leave()
    const again = await f.member(name, name, { ...options, instance: 'b' })
    await until('it has two again', () => again.position().length === 2)
    expect(again.position()).toEqual(before)
    const values = await f.fill(name, 4, 80)
    expect(valuesOf([...(await read(one, 40)), ...(await read(again, 40))])).toEqual(values)
    expect(rebalances(one.events)).toBe(disturbed)
    one.kill()
    again.kill()
  })

  it('reads partitions that the topic gets meanwhile', async () => {
    const name = await f.topic(2)
    const members = await Promise.all(
      [1, 2].map(() => f.member(name, name, { ...options, from: 'earliest' }, { metadataMs: 500 })),
    )
    const readers = members.map(each => keepReading(each))
    await f.admin.createPartitions({ topicPartitions: [{ topic: name, count: 6 }] })
    await until('three each', () => members.every(each => each.position().length === 3))
    const values = await f.fill(name, 6, 120)
    const all = () => valuesOf(readers.flatMap(each => each.records))
    await until('all is read', () => all().length >= 120)
    expect(all()).toEqual(values)
    await Promise.all([...readers.map(each => each.stop()), ...members.map(each => each.leave())])
  })
})
