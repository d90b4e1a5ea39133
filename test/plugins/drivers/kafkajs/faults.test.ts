import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Admin, Driver } from '../../../../core/plugin.ts'
import { type RunningBroker, startBroker } from '../../../../plugins/broker/server.ts'
import { driverFor, Harness, read, soon, TIMEOUT_US, until } from './driver.ts'
import { type Fault, type FaultyProxy, startProxy } from './proxy.ts'

let broker: RunningBroker
let proxy: FaultyProxy
let driver: Driver
let admin: Admin
let topics = 0

beforeAll(async () => {
  broker = await startBroker()
})
beforeEach(async () => {
  proxy = await startProxy(broker.address)
  driver = driverFor(proxy.address)
  admin = await driver.admin()
})
afterEach(async () => {
  await driver.close(soon())
  await proxy.close()
})
afterAll(() => broker.close())

async function topic(partitions: number): Promise<string> {
  const name = `faulty-${topics++}`
  await admin.create(name, { partitions, replicationFactor: 1, configs: {} })
  return name
}
/** What is in the log, past the proxy. */
async function log(name: string, partitions: number): Promise<string[]> {
  const direct = driverFor(broker.address)
  const consumer = await direct.consumer({ timeoutUs: TIMEOUT_US })
  await consumer.assign(
    Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition, offset: 0 })),
  )
  const ends = await (await direct.admin()).offsets(name, 'end')
  const records = await read(
    consumer,
    ends.reduce((a, b) => a + b, 0),
  )
  await consumer.leave()
  await direct.close(soon())
  return records.map(each => each.value!)
}
/** An error code for one partition, or for all. */
const code =
  (errorCode: number, partition = -1): Fault =>
  (_, partitions) => {
    for (const each of partitions)
      if (partition === -1 || each.index === partition) Object.assign(each, { errorCode, baseOffset: -1n })
  }

describe('a refusal', () => {
  it.each([
    [2, -1, 'failed', 'CORRUPT_MESSAGE'],
    [10, -1, 'failed', 'MESSAGE_TOO_LARGE'],
    [17, -1, 'failed', 'INVALID_TOPIC_EXCEPTION'],
    [18, -1, 'failed', 'RECORD_LIST_TOO_LARGE'],
    [19, -1, 'failed', 'NOT_ENOUGH_REPLICAS'],
    [29, -1, 'failed', 'TOPIC_AUTHORIZATION_FAILED'],
    [31, -1, 'failed', 'CLUSTER_AUTHORIZATION_FAILED'],
    [32, -1, 'failed', 'INVALID_TIMESTAMP'],
    [44, -1, 'failed', 'POLICY_VIOLATION'],
    [47, -1, 'failed', 'INVALID_PRODUCER_EPOCH'],
    [76, -1, 'failed', 'UNSUPPORTED_COMPRESSION_TYPE'],
    [87, -1, 'failed', 'INVALID_RECORD'],
    [90, -1, 'failed', 'PRODUCER_FENCED'],
    [3, 1, 'failed', 'UNKNOWN_TOPIC_OR_PARTITION'],
    [6, 1, 'failed', 'NOT_LEADER_OR_FOLLOWER'],
    [3, -1, 'unknown', 'UNKNOWN_TOPIC_OR_PARTITION'],
    [6, -1, 'unknown', 'NOT_LEADER_OR_FOLLOWER'],
    [-1, -1, 'unknown', 'UNKNOWN_SERVER_ERROR'],
    [7, -1, 'unknown', 'REQUEST_TIMED_OUT'],
    [20, -1, 'unknown', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'],
    [56, -1, 'unknown', 'KAFKA_STORAGE_ERROR'],
    [999, -1, 'unknown', 'ERROR_999'],
    [46, -1, 'acked', ''],
  ] as const)('with code %d and acks=%d is %s: %s', async (errorCode, acks, state, error) => {
    const harness = await Harness.open(driver, await topic(1), 1, { acks })
    proxy.fault = code(errorCode)
    for (let i = 0; i < 10; i++) harness.append()
    await harness.producer.flush(soon())
    expect(harness.outcomes).toMatchObject([{ state, error, count: 10, partition: 0 }])
    expect([proxy.produced, harness.held()]).toEqual([1, 0])
    if (error === '') return
    expect(harness.events).toMatchObject([{ kind: 'error', code: error, records: 10 }])
    proxy.fault = undefined
    harness.append()
    await harness.producer.flush(soon())
    expect(harness.outcomes[1]).toMatchObject({ state: 'acked', baseSequence: 10 })
  })

  it('of one partition among several leaves all unknown once, and is told apart from then on', async () => {
    const harness = await Harness.open(driver, await topic(4), 4, { lingerUs: 0 })
    proxy.fault = code(10, 2)
    const round = async () => {
      for (let partition = 0; partition < 4; partition++) harness.append({ partition })
      await harness.producer.flush(soon())
      return harness.outcomes.splice(0).sort((a, b) => a.partition - b.partition)
    }
    expect((await round()).map(each => each.state)).toEqual(['unknown', 'unknown', 'unknown', 'unknown'])
    expect((await round()).map(each => each.state)).toEqual(['acked', 'acked', 'failed', 'acked'])
    const requests = proxy.produced
    expect((await round()).map(each => each.state)).toEqual(['acked', 'acked', 'failed', 'acked'])
    expect(proxy.produced - requests).toBe(2)
    proxy.fault = undefined
    await round()
    const before = proxy.produced
    expect((await round()).map(each => each.state)).toEqual(['acked', 'acked', 'acked', 'acked'])
    expect(proxy.produced - before).toBe(1)
  })

  it('reports one event a second for each code, and loses no records in it', async () => {
    const harness = await Harness.open(driver, await topic(1), 1, { lingerUs: 0, batchBytes: 100 })
    proxy.fault = code(10)
    for (let i = 0; i < 200; i++) harness.append({ value: 'x'.repeat(60) })
    await harness.producer.flush(soon())
    expect(harness.count('failed')).toBe(200)
    expect(harness.events.length).toBeLessThan(20)
    const records = harness.events.map(each => (each.kind === 'error' ? each.records : 0))
    expect(records.reduce((a, b) => a + b, 0)).toBe(200)
  })
})

describe('an answer', () => {
  it('that does not name a partition acks nothing in it', async () => {
    const harness = await Harness.open(driver, await topic(3), 3)
    proxy.fault = answer => {
      for (const each of answer.responses)
        Object.assign(each, {
          partitionResponses: each.partitionResponses.filter(({ index }) => index !== 1),
        })
    }
    for (let partition = 0; partition < 3; partition++) harness.append({ partition })
    await harness.producer.flush(soon())
    const by = harness.outcomes
      .sort((a, b) => a.partition - b.partition)
      .map(({ state, error }) => [state, error])
    expect(by).toEqual([
      ['acked', ''],
      ['unknown', 'Unanswered'],
      ['acked', ''],
    ])
  })

  it('that never comes because the connection closed leaves the batch unknown, and later ones are acked', async () => {
    const name = await topic(1)
    const harness = await Harness.open(driver, name, 1)
    proxy.fault = () => {
      proxy.fault = undefined
      return 'close'
    }
    harness.append()
    await harness.producer.flush(soon())
    harness.append()
    await harness.producer.flush(soon())
    expect(harness.outcomes.map(({ state, error }) => [state, error])).toEqual([
      ['unknown', 'ConnectionClosed'],
      ['acked', ''],
    ])
    // the broker had written what it could not confirm: nobody wrote it again
    expect(await log(name, 1)).toEqual(['v0', 'v1'])
  })

  it('that never comes is not taken for the refusal that kafkajs hears when it asks for metadata then', async () => {
    const harness = await Harness.open(driver, await topic(1), 1, { acks: 1 })
    proxy.fault = () => {
      proxy.metadataFault = answer => {
        for (const each of answer.topics) Object.assign(each, { errorCode: 29 })
      }
      return 'close'
    }
    harness.append()
    await harness.producer.flush(soon())
    expect(harness.outcomes).toMatchObject([{ state: 'unknown' }])
  })

  it('that comes after the delivery time-out changes nothing, and is counted as late', async () => {
    const harness = await Harness.open(driver, await topic(1), 1, { deliveryTimeoutUs: 300_000 })
    proxy.fault = () => 1200
    for (let i = 0; i < 5; i++) harness.append()
    await harness.producer.flush(soon())
    expect(harness.outcomes).toMatchObject([{ state: 'unknown', error: 'DeliveryTimeout', count: 5 }])
    expect([harness.late, harness.held(), harness.balance()]).toEqual([0, 0, 0])
    await until('the late answer', () => harness.late === 5)
    expect(harness.outcomes).toHaveLength(1)
  })

  it('that is missing keeps back what waits behind it, until that is given up unsent: failed', async () => {
    const harness = await Harness.open(driver, await topic(1), 1, {
      deliveryTimeoutUs: 500_000,
      maxInFlight: 1,
      lingerUs: 0,
    })
    proxy.fault = () => 'swallow'
    harness.append()
    await until('the request is under way', () => proxy.produced === 1)
    for (let i = 0; i < 3; i++) harness.append()
    expect(harness.held()).toBe(4)
    await harness.producer.flush(soon())
    expect(harness.outcomes.map(({ state, error, count }) => [state, error, count])).toEqual([
      ['unknown', 'DeliveryTimeout', 1],
      ['failed', 'DeliveryTimeout', 3],
    ])
    expect(harness.events.map(each => each.kind === 'error' && each.message)).toEqual([
      'no answer within producer.deliveryTimeout of 0.5 s',
      expect.stringMatching(/^not sent within producer.deliveryTimeout of 0.5 s/),
    ])
  })
})

describe('an idempotent producer', () => {
  const idempotent = { idempotent: true, maxInFlight: 1 } as const

  it('retries what got no answer, without duplicates', async () => {
    const name = await topic(2)
    const harness = await Harness.open(driver, name, 2, idempotent)
    let closed = 0
    proxy.fault = () => (++closed <= 2 ? 'close' : undefined)
    for (let i = 0; i < 100; i++) harness.append({ key: i })
    await harness.producer.flush(soon())
    for (let i = 0; i < 100; i++) harness.append({ key: i })
    await harness.producer.flush(soon())
    expect(harness.count('acked')).toBe(200)
    expect(closed).toBeGreaterThan(2)
    expect((await log(name, 2)).sort()).toEqual(Array.from({ length: 200 }, (_, i) => `v${i}`).sort())
  })

  it('counts a refusal of the first attempt as failed', async () => {
    const harness = await Harness.open(driver, await topic(1), 1, idempotent)
    proxy.fault = code(10)
    harness.append()
    await harness.producer.flush(soon())
    expect(harness.outcomes).toMatchObject([{ state: 'failed', error: 'MESSAGE_TOO_LARGE' }])
  })

  it('counts a refusal after an attempt without an answer as unknown', async () => {
    const harness = await Harness.open(driver, await topic(1), 1, idempotent)
    proxy.fault = () => {
      proxy.fault = code(10)
      return 'close'
    }
    harness.append()
    await harness.producer.flush(soon())
    expect(harness.outcomes).toMatchObject([{ state: 'unknown', error: 'MESSAGE_TOO_LARGE' }])
  })

  it('loses nothing that it acks after a request was given up', async () => {
    const name = await topic(1)
    const harness = await Harness.open(driver, name, 1, { ...idempotent, deliveryTimeoutUs: 1_000_000 })
    // written, refused when tried again: kafkajs takes the sequence numbers back, the broker has them
    let answers = 0
    proxy.fault = (answer, partitions) => (++answers === 1 ? 'close' : code(-1)(answer, partitions))
    harness.append({ value: 'first' })
    await harness.producer.flush(soon())
    expect(harness.outcomes).toMatchObject([{ state: 'unknown' }])
    proxy.fault = undefined
    harness.append({ value: 'second' })
    harness.append({ value: 'third' })
    await harness.producer.flush(soon())
    expect(harness.count('acked')).toBe(2)
    expect(await log(name, 1)).toEqual(['first', 'second', 'third'])
  })
})

describe('a broker that is away', () => {
  it('gets what waited for it when it is back: what was never sent is not unknown', async () => {
    const own = await startBroker()
    const other = driverFor(own.address)
    await (await other.admin()).create('away', { partitions: 2, replicationFactor: 1, configs: {} })
    const harness = await Harness.open(other, 'away', 2, { lingerUs: 0 })
    harness.append()
    await harness.producer.flush(soon())
    await own.close()
    // kafkajs is to see that the connection is gone: what it writes before is ambiguous
    await new Promise(resolve => setTimeout(resolve, 200))
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 20; i++) harness.append({ partition: i % 2 })
      await new Promise(resolve => setTimeout(resolve, 50))
      expect(harness.balance()).toBe(0)
    }
    await until('the trouble is told', () => harness.events.length > 0)
    expect(harness.events[0]).toMatchObject({ kind: 'error', code: 'ConnectionError', records: 0 })
    expect(harness.held()).toBe(100)
    const again = await startBroker({ port: own.port })
    const direct = driverFor(again.address)
    await (await direct.admin()).create('away', { partitions: 2, replicationFactor: 1, configs: {} })
    await harness.producer.flush(soon())
    expect([harness.count('acked'), harness.balance()]).toEqual([101, 0])
    const consumer = await direct.consumer({ timeoutUs: TIMEOUT_US })
    await consumer.assign([0, 1].map(partition => ({ topic: 'away', partition, offset: 0 })))
    const records = await read(consumer, 100)
    for (const partition of [0, 1]) {
      const order = records
        .filter(each => each.partition === partition)
        .map(each => Number(each.value!.slice(1)))
      expect(order).toEqual(Array.from({ length: 50 }, (_, i) => 1 + partition + 2 * i))
    }
    await consumer.leave()
    await direct.close(soon())
    await other.close(soon())
    await again.close()
  })

  it('for longer than the delivery time-out has refused what was never sent', async () => {
    const own = await startBroker()
    const other = driverFor(own.address)
    await (await other.admin()).create('gone', { partitions: 1, replicationFactor: 1, configs: {} })
    const harness = await Harness.open(other, 'gone', 1, { deliveryTimeoutUs: 400_000 })
    await own.close()
    for (let i = 0; i < 10; i++) harness.append()
    await until('all are given up', () => harness.held() === 0)
    expect(harness.errors()).toEqual(new Set(['DeliveryTimeout']))
    expect(harness.balance()).toBe(0)
    await other.close(soon())
  })
})
