import { afterEach, describe, expect, it } from 'vitest'
import type { ProducerSettings } from '../../../../core/plugin.ts'
import type { FaultAction } from '../../../../plugins/broker/faults/rule.ts'
import { type BrokerOptions, type RunningBroker, startBroker } from '../../../../plugins/broker/server.ts'
import { WireDriver } from '../../../../plugins/drivers/wire/driver.ts'
import { Harness, now, soon, until } from './driver.ts'
import { readLog } from './log.ts'

const TOPIC = 't'
const REQUEST_TIMEOUT_US = 400_000
/** Between the third attempt, after 0.18 s at most, and the fourth, after 0.28 s at least: nothing is under way then. */
const IN_BETWEEN_US = 225_000

let broker: RunningBroker
let driver: WireDriver
let requests: boolean[]
let throttledUs: number

afterEach(async () => {
  await driver.close()
  await broker.close()
})

interface Setup {
  readonly settings?: Partial<ProducerSettings>
  readonly partitions?: number
  readonly configs?: Readonly<Record<string, string>>
  readonly brokers?: BrokerOptions['brokers']
}

async function start({
  settings = {},
  partitions = 1,
  configs = {},
  brokers = 1,
}: Setup = {}): Promise<Harness> {
  broker = await startBroker({ brokers }, () => undefined)
  requests = []
  throttledUs = 0
  driver = new WireDriver(broker.addresses, now, REQUEST_TIMEOUT_US, {
    requested: again => requests.push(again),
    throttled: us => {
      throttledUs += us
    },
  })
  const admin = await driver.admin()
  await admin.create(TOPIC, { partitions, replicationFactor: brokers, configs })
  return Harness.open(driver, TOPIC, partitions, settings)
}

function fault(action: FaultAction, times = 1, after = 0): void {
  broker.faults.add({ when: { api: 'Produce', times, after }, do: action })
}
async function send(harness: Harness, count: number): Promise<void> {
  for (let i = 0; i < count; i++) harness.append()
  await harness.producer.flush(soon())
  expect([harness.balance(), harness.held()]).toEqual([0, 0])
}
async function written(partitions = 1): Promise<string[]> {
  return (await readLog(broker.address, TOPIC, partitions)).flat()
}
const values = (count: number) => Array.from({ length: count }, (_, i) => `v${i}`)

describe('a batch that the broker refuses for as long as it may take', () => {
  it.each([
    ['CORRUPT_MESSAGE', -1, 'failed'],
    ['MESSAGE_TOO_LARGE', -1, 'failed'],
    ['INVALID_TOPIC_EXCEPTION', -1, 'failed'],
    ['RECORD_LIST_TOO_LARGE', -1, 'failed'],
    ['NOT_ENOUGH_REPLICAS', -1, 'failed'],
    ['TOPIC_AUTHORIZATION_FAILED', -1, 'failed'],
    ['CLUSTER_AUTHORIZATION_FAILED', -1, 'failed'],
    ['INVALID_TIMESTAMP', -1, 'failed'],
    ['POLICY_VIOLATION', -1, 'failed'],
    ['INVALID_PRODUCER_EPOCH', -1, 'failed'],
    ['UNSUPPORTED_COMPRESSION_TYPE', -1, 'failed'],
    ['INVALID_RECORD', -1, 'failed'],
    ['PRODUCER_FENCED', -1, 'failed'],
    ['UNKNOWN_TOPIC_OR_PARTITION', 1, 'failed'],
    ['NOT_LEADER_OR_FOLLOWER', 1, 'failed'],
    ['UNKNOWN_TOPIC_OR_PARTITION', -1, 'unknown'],
    ['NOT_LEADER_OR_FOLLOWER', -1, 'unknown'],
    ['UNKNOWN_SERVER_ERROR', -1, 'unknown'],
    ['REQUEST_TIMED_OUT', -1, 'unknown'],
    ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', -1, 'unknown'],
    ['KAFKA_STORAGE_ERROR', -1, 'unknown'],
    ['LEADER_NOT_AVAILABLE', -1, 'unknown'],
  ] as const)(
    'with %s under acks=%d is %s in the end, and retried where that may help',
    async (error, acks, state) => {
      const harness = await start({ settings: { acks, deliveryTimeoutUs: IN_BETWEEN_US } })
      fault({ error }, 1_000_000)
      await send(harness, 3)
      expect(harness.outcomes.map(each => [each.state, each.error])).toEqual(
        harness.outcomes.map(() => [state, error]),
      )
      expect(harness.count(state)).toBe(3)
      expect(await written()).toEqual([])
      const last = harness.events.filter(each => each.kind === 'error').at(-1)
      expect(last).toMatchObject({ code: error })
    },
  )

  it('is unknown when only one of its attempts was ambiguous', async () => {
    const harness = await start({ settings: { deliveryTimeoutUs: IN_BETWEEN_US } })
    fault({ error: 'REQUEST_TIMED_OUT' })
    fault({ error: 'NOT_ENOUGH_REPLICAS' }, 1_000_000)
    await send(harness, 3)
    expect(harness.outcomes).toMatchObject([{ state: 'unknown', error: 'NOT_ENOUGH_REPLICAS', count: 3 }])
  })
})

describe('a batch that is sent again', () => {
  it.each([
    'NOT_ENOUGH_REPLICAS',
    'CORRUPT_MESSAGE',
    'LEADER_NOT_AVAILABLE',
    'NOT_LEADER_OR_FOLLOWER',
    'REQUEST_TIMED_OUT',
  ] as const)('after %s is acked', async error => {
    const harness = await start()
    fault({ error })
    await send(harness, 3)
    expect(harness.outcomes).toMatchObject([{ state: 'acked', error: '', count: 3, baseOffset: 0 }])
    expect(requests).toEqual([false, true])
    expect(await written()).toEqual(values(3))
    expect(harness.events).toMatchObject([{ kind: 'error', code: error, records: 0 }])
  })

  it.each([
    ['closed before it took effect', { close: { applied: false } }, 1],
    ['closed after it took effect', { close: { applied: true } }, 2],
    ['unanswered', { noAnswer: { applied: true } }, 2],
    ['answered in half', { partialFrame: true }, 2],
  ] as const)(
    'because its connection was %s is acked, and written again without idempotence',
    async (_, action, times) => {
      const harness = await start()
      fault(action)
      await send(harness, 2)
      expect(harness.count('acked')).toBe(2)
      expect(await written()).toEqual(Array(times).fill(values(2)).flat())
    },
  )

  it.each([
    ['closed before it took effect', { close: { applied: false } }],
    ['closed after it took effect', { close: { applied: true } }],
    ['unanswered', { noAnswer: { applied: true } }],
    ['answered in half', { partialFrame: true }],
    [
      'refused, though it was written',
      { error: { code: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', applied: true } },
    ],
  ] as const)(
    'because its connection was %s is written once when idempotent, in order',
    async (_, action) => {
      const harness = await start({ settings: { idempotent: true, batchBytes: 200 } })
      fault(action, 1, 3)
      await send(harness, 50)
      expect(harness.count('acked')).toBe(50)
      expect(await written()).toEqual(values(50))
    },
  )

  it('goes to the new leader', async () => {
    const harness = await start({ brokers: 3, partitions: 3, settings: { idempotent: true } })
    await send(harness, 30)
    for (const partition of [0, 1, 2]) broker.moveLeader(TOPIC, partition, 1 + ((partition + 1) % 3))
    await send(harness, 30)
    expect(harness.count('acked')).toBe(60)
    expect((await written(3)).sort()).toEqual(values(60).sort())
  })

  it('survives the death of its broker', async () => {
    const harness = await start({ brokers: 3, partitions: 3, settings: { idempotent: true } })
    await send(harness, 30)
    for (let i = 0; i < 300; i++) harness.append({ key: i })
    await broker.stopBroker(2)
    await harness.producer.flush(soon())
    expect([harness.count('acked'), harness.balance()]).toEqual([330, 0])
    await broker.startBroker(2)
    expect((await written(3)).sort()).toEqual(values(330).sort())
  })
})

describe('records that are too large', () => {
  it('together are sent apart', async () => {
    const harness = await start({ configs: { 'max.message.bytes': '1000' } })
    for (let i = 0; i < 100; i++) harness.append({ value: `v${i}`.padEnd(90, '-') })
    await harness.producer.flush(soon())
    expect([harness.count('acked'), harness.balance()]).toEqual([100, 0])
    expect((await written()).map(each => each.replace(/-+$/, ''))).toEqual(values(100))
    const all = harness.outcomes.flatMap(each => each.index)
    expect(all).toEqual(Array.from({ length: 100 }, (_, i) => i))
  })

  it.each([false, true])('alone fail, and only they (idempotent: %s)', async idempotent => {
    const harness = await start({ configs: { 'max.message.bytes': '1000' }, settings: { idempotent } })
    for (let i = 0; i < 60; i++) harness.append({ value: `v${i}`.padEnd(i % 20 === 7 ? 1500 : 50, '-') })
    await harness.producer.flush(soon())
    const failed = harness.outcomes.filter(each => each.state === 'failed')
    expect(failed.flatMap(each => each.index).sort()).toEqual([27, 47, 7])
    expect(new Set(failed.map(each => each.error))).toEqual(new Set(['MESSAGE_TOO_LARGE']))
    expect([harness.count('acked'), harness.balance()]).toEqual([57, 0])
    const expected = values(60).filter((_, i) => i % 20 !== 7)
    const found = (await written()).map(each => each.replace(/-+$/, ''))
    // what is sent again is overtaken, unless the producer is idempotent
    expect(idempotent ? found : found.toSorted()).toEqual(idempotent ? expected : expected.toSorted())
  })
})

describe('sequences', () => {
  it.each(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID'] as const)(
    'begin anew in another epoch after %s for the next one',
    async error => {
      const harness = await start({ settings: { idempotent: true, batchBytes: 200 } })
      await send(harness, 20)
      fault({ error })
      await send(harness, 40)
      expect(harness.count('acked')).toBe(60)
      expect(await written()).toEqual(values(60))
    },
  )

  it('go on after a batch that was given up', async () => {
    const harness = await start({
      settings: { idempotent: true, deliveryTimeoutUs: 150_000, maxInFlight: 1 },
    })
    await send(harness, 10)
    fault({ noAnswer: { applied: false } })
    await send(harness, 10)
    expect(harness.outcomes.at(-1)).toMatchObject({ state: 'unknown', error: 'DeliveryTimeout', count: 10 })
    const rest = await Harness.open(driver, TOPIC, 1, { idempotent: true })
    await send(rest, 1)
    await until('the first producer is heard again', () => {
      harness.append()
      return harness.count('acked') > 10
    })
    await harness.producer.flush(soon())
    expect(harness.balance()).toBe(0)
  })

  it('acked as a duplicate count as acked', async () => {
    const harness = await start({ settings: { idempotent: true } })
    fault({ error: 'DUPLICATE_SEQUENCE_NUMBER' })
    await send(harness, 3)
    expect(harness.outcomes).toMatchObject([{ state: 'acked', error: '', count: 3 }])
  })
})

describe('time', () => {
  it('that a broker asks for is given, counted and told', async () => {
    const harness = await start()
    fault({ throttle: '100ms' })
    await send(harness, 1)
    await send(harness, 1)
    const [first, second] = harness.outcomes
    expect(second!.wireAt - first!.ackedAt).toBeGreaterThan(99_000)
    expect(throttledUs).toBe(100_000)
    expect(harness.events).toMatchObject([{ kind: 'throttle', broker: 1, us: 100_000 }])
  })

  it('over without an answer leaves a record unknown, and a late answer is counted', async () => {
    const harness = await start({ settings: { deliveryTimeoutUs: 60_000 } })
    fault({ delay: '250ms' })
    await send(harness, 5)
    expect(harness.outcomes).toMatchObject([{ state: 'unknown', error: 'DeliveryTimeout', count: 5 }])
    expect(harness.late).toBe(0)
    await until('the answer', () => harness.late > 0)
    expect([harness.late, harness.balance()]).toEqual([5, 0])
  })

  it('over before a broker could be reached leaves a record failed', async () => {
    const harness = await start({ settings: { deliveryTimeoutUs: 150_000 } })
    await broker.stopBroker(1)
    // the producer has heard of it, so nothing is handed to a connection that is gone
    await new Promise(resolve => setTimeout(resolve, 50))
    await send(harness, 5)
    expect(harness.outcomes).toMatchObject([{ state: 'failed', error: 'DeliveryTimeout', count: 5 }])
    expect(harness.events.filter(each => each.kind === 'error' && each.records > 0)).toMatchObject([
      {
        code: 'DeliveryTimeout',
        records: 5,
        message: expect.stringMatching(/^not sent within .*connection refused/),
      },
    ])
    await broker.startBroker(1)
    await until('a record is acked', () => {
      harness.append()
      return harness.count('acked') > 0
    })
  })
})

describe('a broker that stands still', () => {
  it('is held against the bound, and goes on where it stopped', async () => {
    const harness = await start({ settings: { bufferRecords: 500, batchBytes: 1000, idempotent: true } })
    broker.freezeBroker(1)
    let taken = 0
    for (; harness.producer.room(); taken++) harness.append()
    expect([taken, harness.held()]).toEqual([500, 500])
    await new Promise(resolve => setTimeout(resolve, 50))
    expect([harness.producer.room(), harness.rooms, harness.balance()]).toEqual([false, 0, 0])
    broker.unfreezeBroker(1)
    await until('room', () => harness.rooms > 0)
    await harness.producer.flush(soon())
    expect(harness.count('acked')).toBe(500)
    expect(await written()).toEqual(values(500))
  })
})

describe('answers that are none', () => {
  it('end the connection, and the run goes on', async () => {
    const harness = await start({ settings: { batchBytes: 200, idempotent: true } })
    for (let i = 0; i < 4; i++) fault({ corrupt: { anywhere: { bytes: 3 } } }, 1, 3 * i)
    await send(harness, 60)
    expect(harness.count('acked') + harness.count('unknown')).toBe(60)
    const read = await written()
    expect(new Set(read).size).toBe(read.length)
  })
})

describe('acks=0', () => {
  it('is unknown, also when the connection ends', async () => {
    const harness = await start({ settings: { acks: 0, batchBytes: 200 } })
    fault({ close: { applied: false } }, 1, 3)
    for (let i = 0; i < 50; i++) {
      harness.append()
      await new Promise(resolve => setImmediate(resolve))
    }
    await harness.producer.flush(soon())
    expect([harness.count('unknown'), harness.balance()]).toEqual([50, 0])
  })
})
