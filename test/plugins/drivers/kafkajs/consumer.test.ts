import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Admin, Consumer, ConsumerOptions, Driver, RunEvent } from '../../../../core/plugin.ts'
import { type RunningBroker, startBroker } from '../../../../plugins/broker/server.ts'
import { driverFor, Harness, now, type ReadRecord, read, soon, TIMEOUT_US, until } from './driver.ts'

let broker: RunningBroker
let driver: Driver
let admin: Admin
let topics = 0

beforeAll(async () => {
  broker = await startBroker()
  driver = driverFor(broker.address)
  admin = await driver.admin()
})
afterAll(async () => {
  await driver.close(soon())
  await broker.close()
})

async function topic(partitions: number): Promise<string> {
  const name = `consumed-${topics++}`
  await admin.create(name, { partitions, replicationFactor: 1, configs: {} })
  return name
}
async function produce(name: string, partitions: number, count: number, from = 0): Promise<string[]> {
  const harness = await Harness.open(driver, name, partitions)
  const values = Array.from({ length: count }, (_, i) => `r${from + i}`)
  for (const value of values) harness.append({ key: value, value })
  await harness.producer.flush(soon())
  expect(harness.count('acked')).toBe(count)
  return values
}
async function member(
  name: string,
  group: string,
  options: Partial<ConsumerOptions> = {},
): Promise<Consumer> {
  const consumer = await driver.consumer({ group, timeoutUs: TIMEOUT_US, ...options })
  await consumer.subscribe([name])
  return consumer
}
/** Polls in the background, as the engine does. */
function keepReading(consumer: Consumer) {
  const records: ReadRecord[] = []
  const stop = new AbortController()
  const loop = async () => {
    while (!stop.signal.aborted)
      await consumer.poll(
        batch =>
          batch.each(({ partition, offset }) => records.push({ partition, offset, key: null, value: null })),
        { timeoutUs: 50_000, signal: stop.signal },
      )
  }
  const ended = loop()
  return {
    records,
    async stop() {
      stop.abort()
      await ended
    },
  }
}
const identities = (all: readonly ReadRecord[]) =>
  all.map(({ partition, offset }) => `${partition}:${offset}`)
const valuesOf = (all: readonly ReadRecord[]) => all.map(({ value }) => value!).sort()

describe('subscribe', () => {
  it('has a position when it resolves: whatever is produced from then on is read, and nothing before', async () => {
    for (let round = 0; round < 5; round++) {
      const name = await topic(6)
      await produce(name, 6, 100, 1_000_000)
      const consumer = await member(name, `latest-${name}`, { from: 'latest' })
      expect(consumer.position().reduce((sum, { offset }) => sum + offset, 0)).toBe(100)
      const values = await produce(name, 6, 1000)
      expect(valuesOf(await read(consumer, 1000))).toEqual(values.sort())
      await consumer.leave()
    }
  })

  it('reads from the beginning when told so', async () => {
    const name = await topic(3)
    const values = await produce(name, 3, 500)
    const consumer = await member(name, 'earliest', { from: 'earliest' })
    expect(valuesOf(await read(consumer, 500))).toEqual(values.sort())
    await consumer.leave()
  })

  it('resolves for members that join at once, also for those that get no partition', async () => {
    const name = await topic(2)
    const consumers = await Promise.all([1, 2, 3].map(() => member(name, 'crowd')))
    await until('each partition has one owner', () => {
      const owned = consumers.flatMap(each => each.position()).map(each => each.partition)
      return owned.length === 2 && new Set(owned).size === 2
    })
    expect(consumers.map(each => each.position().length).sort()).toEqual([0, 1, 1])
    const readers = consumers.map(keepReading)
    await produce(name, 2, 1000)
    const all = () => readers.flatMap(each => each.records)
    await until('all records', () => all().length >= 1000)
    expect(new Set(identities(all())).size).toBe(1000)
    await Promise.all(readers.map(each => each.stop()))
    await Promise.all(consumers.map(each => each.leave()))
  })

  it('fails in time for a topic that is not there, and says so', async () => {
    const consumer = await driver.consumer({ group: 'none', timeoutUs: 300_000 })
    await expect(consumer.subscribe(['no-such-topic'])).rejects.toThrow(
      /topic no-such-topic has not been found for 0.3 s|no assignment in group none within 0.3 s/,
    )
  })

  it('ends when the consumer leaves meanwhile', async () => {
    const name = await topic(1)
    const consumer = await driver.consumer({ group: 'hasty', timeoutUs: TIMEOUT_US })
    const joining = consumer.subscribe([name])
    await consumer.leave()
    await expect(joining).rejects.toThrow('the consumer left before it had joined')
    await consumer.subscribe([name])
    expect(consumer.position()).toHaveLength(1)
    await consumer.leave()
  })

  it('refuses what kafkajs cannot do', async () => {
    const refused = async (options: Partial<ConsumerOptions>) =>
      driver
        .consumer({ group: 'g', timeoutUs: TIMEOUT_US, ...options })
        .catch(error => `${error.name}: ${error.message}`)
    expect(await refused({ protocol: 'consumer' })).toMatch(
      /^ConfigError: consumers\.protocol is "consumer": expected 'classic'/,
    )
    expect(await refused({ instance: 'a' })).toMatch(
      /^ConfigError: consumers\.instance is "a".*static members/,
    )
    const groupless = await driver.consumer({ timeoutUs: TIMEOUT_US })
    await expect(groupless.subscribe(['x'])).rejects.toThrow(/without a group cannot subscribe/)
    await expect(groupless.commit()).rejects.toThrow(/nothing to commit to/)
  })
})

describe('a group', () => {
  it('goes on where it left off', async () => {
    const name = await topic(3)
    const first = await produce(name, 3, 300)
    const one = await member(name, 'resumed', { from: 'earliest' })
    expect(valuesOf(await read(one, 300))).toEqual(first.sort())
    await one.leave()
    const second = await produce(name, 3, 200, 300)
    const two = await member(name, 'resumed', { from: 'earliest' })
    expect(valuesOf(await read(two, 200))).toEqual(second.sort())
    await two.leave()
  })

  it('keeps its first position for whoever gets the partition next, though nothing was read', async () => {
    const name = await topic(2)
    const one = await member(name, 'unread', { from: 'latest' })
    const values = await produce(name, 2, 100)
    one.kill()
    // the next member learns from the group, not from the log's end
    const two = await driver.consumer({ group: 'unread', from: 'latest', timeoutUs: TIMEOUT_US })
    const { kafka } = clientOf(broker)
    const committed = await kafka(each => each.fetchOffsets({ groupId: 'unread', topics: [name] }))
    expect(committed[0]!.partitions.map(each => each.offset)).toEqual(['0', '0'])
    expect(values).toHaveLength(100)
    expect(two.position()).toEqual([])
  })

  it('moves partitions to and fro without losing or repeating a record', async () => {
    const name = await topic(4)
    const harness = await Harness.open(driver, name, 4)
    const producing = setInterval(() => {
      for (let i = 0; i < 20; i++) harness.append({ key: harness.sent })
    }, 10)
    const events: RunEvent[] = []
    const one = await driver.consumer({ group: 'moving', from: 'latest', timeoutUs: TIMEOUT_US })
    one.onEvent(event => events.push(event))
    await one.subscribe([name])
    const from = new Map(one.position().map(({ partition, offset }) => [partition, offset]))
    const first = keepReading(one)
    await until('the first member reads', () => first.records.length > 200)
    const two = await member(name, 'moving')
    const second = keepReading(two)
    await until('both read', () => second.records.length > 200 && one.position().length === 2)
    await second.stop()
    await two.leave()
    await until('the first has all again', () => one.position().length === 4)
    await new Promise(resolve => setTimeout(resolve, 300))
    clearInterval(producing)
    await harness.producer.flush(soon())
    const ends = await admin.offsets(name, 'end')
    const expected = ends.flatMap((end, partition) =>
      Array.from(
        { length: end - from.get(partition)! },
        (_, i) => `${partition}:${from.get(partition)! + i}`,
      ),
    )
    const all = () => identities([...first.records, ...second.records])
    await until('everything is read', () => new Set(all()).size >= expected.length)
    await first.stop()
    expect(all().sort()).toEqual(expected.sort())
    expect(events.filter(each => each.kind === 'rebalance').map(each => [each.step, each.lost])).toEqual([
      ['start', 0],
      ['end', 2],
      ['start', 0],
      ['end', 0],
    ])
    await one.leave()
  })

  it('hears of a leaving member, and nothing of a killed one', async () => {
    const name = await topic(2)
    const [one, two] = await Promise.all([member(name, 'left'), member(name, 'left')])
    const { kafka, members } = clientOf(broker)
    const count = () => kafka(each => members(each, 'left'))
    expect(await count()).toBe(2)
    two.kill()
    await new Promise(resolve => setTimeout(resolve, 1000))
    expect(await count()).toBe(2)
    await one.leave()
    expect(await count()).toBe(1)
  })

  it('can be left and joined again by the same consumer', async () => {
    const name = await topic(2)
    const consumer = await member(name, 'again')
    await consumer.leave()
    expect(consumer.position()).toEqual([])
    const values = await produce(name, 2, 50)
    await consumer.subscribe([name])
    expect(valuesOf(await read(consumer, 50))).toEqual(values.sort())
    await consumer.leave()
  })

  it('is told of commits', async () => {
    const name = await topic(1)
    const consumer = await member(name, 'committing')
    await produce(name, 1, 10)
    await read(consumer, 10)
    const { kafka } = clientOf(broker)
    const committed = async () => {
      const [found] = await kafka(each => each.fetchOffsets({ groupId: 'committing', topics: [name] }))
      return found!.partitions[0]!.offset
    }
    expect(await committed()).toBe('0')
    await consumer.commit([{ topic: name, partition: 0, offset: 4 }])
    expect(await committed()).toBe('4')
    await consumer.commit()
    expect(await committed()).toBe('10')
    await consumer.leave()
  })
})

describe('poll', () => {
  it('waits as long as it is told when nothing arrives, and not for a signal that is given', async () => {
    const consumer = await member(await topic(1), 'idle')
    const none = () => expect.unreachable()
    await consumer.poll(none, { timeoutUs: 20_000, signal: soon() })
    await consumer.poll(none, { timeoutUs: 60_000_000, signal: AbortSignal.abort() })
    const stop = new AbortController()
    const polling = consumer.poll(none, { timeoutUs: 60_000_000, signal: stop.signal })
    stop.abort()
    await polling
    await consumer.leave()
  })

  it('tells when a batch was there, how many records it has, and what is left', async () => {
    const name = await topic(1)
    await produce(name, 1, 20)
    const consumer = await member(name, 'lagging', { from: 'earliest' })
    expect(consumer.lag()).toEqual([{ topic: name, partition: 0, lag: 20 }])
    const before = now()
    const counts: number[] = []
    const records = await read(consumer, 20, batch => {
      counts.push(batch.count)
      expect(batch.polledAt).toBeLessThanOrEqual(now())
      expect(batch.polledAt).toBeGreaterThan(before - 20_000_000)
    })
    expect(counts.reduce((a, b) => a + b, 0)).toBe(20)
    expect(records.map(each => each.offset)).toEqual(Array.from({ length: 20 }, (_, i) => i))
    expect(consumer.position()).toEqual([{ topic: name, partition: 0, offset: 20 }])
    expect(consumer.lag()).toEqual([{ topic: name, partition: 0, lag: 0 }])
    await consumer.leave()
  })

  it('gives a batch again that its taker could not take', async () => {
    const name = await topic(1)
    const values = await produce(name, 1, 10)
    const consumer = await member(name, 'throwing', { from: 'earliest' })
    const signal = soon()
    const failing = async () => {
      for (;;)
        await consumer.poll(
          () => {
            throw new Error('no')
          },
          { timeoutUs: 100_000, signal },
        )
    }
    await expect(failing()).rejects.toThrow('no')
    expect(consumer.position()[0]!.offset).toBe(0)
    expect(valuesOf(await read(consumer, 10))).toEqual(values.sort())
    await consumer.leave()
  })

  it('gives nothing while paused, and everything after', async () => {
    const name = await topic(2)
    const consumer = await member(name, 'pausing')
    consumer.pause()
    const values = await produce(name, 2, 100)
    expect(await read(consumer, 0)).toEqual([])
    await new Promise(resolve => setTimeout(resolve, 700))
    expect(await read(consumer, 0)).toEqual([])
    consumer.resume()
    expect(valuesOf(await read(consumer, 100))).toEqual(values.sort())
    await consumer.leave()
  })

  it('keeps the member alive and its batch safe while nobody polls', async () => {
    const name = await topic(2)
    const one = await member(name, 'sleepy', { from: 'earliest' })
    const values = await produce(name, 2, 100)
    // batches wait at the first member while a second one wants to join: it must give way
    const two = await member(name, 'sleepy', { from: 'earliest' })
    await until('one partition each', () => one.position().length === 1 && two.position().length === 1)
    const [a, b] = [keepReading(one), keepReading(two)]
    const all = () => identities([...a.records, ...b.records])
    await until('all records', () => all().length >= 100)
    expect(new Set(all()).size).toBe(values.length)
    expect(all()).toHaveLength(100)
    await Promise.all([a.stop(), b.stop()])
    await Promise.all([one.leave(), two.leave()])
  })
})

describe('assign', () => {
  it('reads the partitions it was given from the offsets it was given', async () => {
    const name = await topic(3)
    const harness = await Harness.open(driver, name, 3)
    for (let i = 0; i < 300; i++) harness.append({ partition: i % 3 })
    await harness.producer.flush(soon())
    const consumer = await driver.consumer({ timeoutUs: TIMEOUT_US })
    await consumer.assign([
      { topic: name, partition: 0, offset: 90 },
      { topic: name, partition: 2, offset: 0 },
    ])
    const records = await read(consumer, 110)
    expect(records.filter(each => each.partition === 0).map(each => each.offset)).toEqual(
      Array.from({ length: 10 }, (_, i) => 90 + i),
    )
    expect(records.filter(each => each.partition === 2)).toHaveLength(100)
    expect(records).toHaveLength(110)
    await consumer.leave()
    // its group of one, if the broker still knows it, has neither members nor offsets
    const { kafka, members } = clientOf(broker)
    const { groups } = await kafka(each => each.listGroups())
    for (const { groupId } of groups.filter(each => each.groupId.startsWith('kafka-loadtest-assigned-'))) {
      expect(await kafka(each => members(each, groupId))).toBe(0)
      const [offsets] = await kafka(each => each.fetchOffsets({ groupId, topics: [name] }))
      expect(offsets!.partitions.map(each => each.offset)).toEqual(['-1', '-1', '-1'])
    }
  })
})

it('decompresses what kafkajs and Node can', async () => {
  const name = await topic(1)
  for (const compression of ['gzip', 'zstd'] as const) {
    const harness = await Harness.open(driver, name, 1, { compression })
    for (let i = 0; i < 50; i++) harness.append({ value: `${compression}-${i}` })
    await harness.producer.flush(soon())
  }
  const consumer = await member(name, 'compressed', { from: 'earliest' })
  const records = await read(consumer, 100)
  expect(records.map(each => each.value)).toEqual(
    ['gzip', 'zstd'].flatMap(each => Array.from({ length: 50 }, (_, i) => `${each}-${i}`)),
  )
  await consumer.leave()
})

it('leaves no warning on the process', async () => {
  const warnings: string[] = []
  const listen = (warning: Error) => warnings.push(`${warning.name}: ${warning.message}`)
  process.on('warning', listen)
  const name = await topic(1)
  const consumer = await member(name, 'silent')
  await produce(name, 1, 100)
  await read(consumer, 100)
  await consumer.leave()
  await new Promise(resolve => setTimeout(resolve, 50))
  process.off('warning', listen)
  expect(warnings).toEqual([])
})

/** A second opinion. */
function clientOf({ address }: RunningBroker) {
  type KafkaAdmin = ReturnType<Kafka['admin']>
  return {
    async kafka<T>(ask: (admin: KafkaAdmin) => Promise<T>): Promise<T> {
      const kafkaAdmin = new Kafka({
        clientId: 'other',
        brokers: [address],
        logLevel: logLevel.NOTHING,
      }).admin()
      await kafkaAdmin.connect()
      try {
        return await ask(kafkaAdmin)
      } finally {
        await kafkaAdmin.disconnect()
      }
    },
    members: async (kafkaAdmin: KafkaAdmin, group: string) =>
      (await kafkaAdmin.describeGroups([group])).groups[0]!.members.length,
  }
}
