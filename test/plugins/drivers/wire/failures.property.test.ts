/** Whatever brokers do, every record ends exactly once; and an idempotent producer's are written once, in order. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ProducerSettings } from '../../../../core/plugin.ts'
import type { FaultAction, FaultRule } from '../../../../plugins/broker/faults/rule.ts'
import { startBroker } from '../../../../plugins/broker/server.ts'
import { WireDriver } from '../../../../plugins/drivers/wire/driver.ts'
import { Harness, now } from './driver.ts'
import { readLog } from './log.ts'

const PARTITIONS = 4
const RECORDS = 600
const TIMEOUT_US = 400_000

const probability = fc.constantFrom(0.05, 0.2, 0.5)
const error = fc.constantFrom(
  'NOT_LEADER_OR_FOLLOWER',
  'REQUEST_TIMED_OUT',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'KAFKA_STORAGE_ERROR',
  'UNKNOWN_SERVER_ERROR',
  'MESSAGE_TOO_LARGE',
  'INVALID_RECORD',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'LEADER_NOT_AVAILABLE',
) as fc.Arbitrary<'REQUEST_TIMED_OUT'>
const action: fc.Arbitrary<FaultAction> = fc.oneof(
  error.map(code => ({ error: code })),
  fc
    .constantFrom<'REQUEST_TIMED_OUT' | 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'>(
      'REQUEST_TIMED_OUT',
      'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
    )
    .map(code => ({ error: { code, applied: true } })),
  fc.boolean().map(applied => ({ close: { applied } })),
  fc.boolean().map(applied => ({ noAnswer: { applied } })),
  fc.constant<FaultAction>({ partialFrame: true }),
  fc.constant<FaultAction>({ moveLeader: 'next' }),
  fc.constant<FaultAction>({ throttle: '5ms' }),
  fc.constant<FaultAction>({ delay: '20ms' }),
  fc.constant<FaultAction>({ kill: { for: '60ms', applied: true } }),
)
const rules: fc.Arbitrary<FaultRule[]> = fc.array(
  fc.record({ action, probability, times: fc.integer({ min: 1, max: 20 }), seed: fc.nat(1e6) }).map(each => ({
    when: { api: 'Produce', probability: each.probability, times: each.times, seed: each.seed },
    do: each.action,
  })),
  { minLength: 1, maxLength: 4 },
)

const changes: fc.Arbitrary<Partial<ProducerSettings>> = fc.record({
  acks: fc.constantFrom<-1 | 1>(-1, 1),
  idempotent: fc.boolean(),
  maxInFlight: fc.integer({ min: 1, max: 5 }),
  connections: fc.integer({ min: 1, max: 3 }),
  batchBytes: fc.constantFrom(300, 2000),
  compression: fc.constantFrom('none', 'gzip', 'snappy', 'lz4', 'zstd'),
  deliveryTimeoutUs: fc.constantFrom(250_000, 10_000_000),
})

async function run(faults: FaultRule[], given: Partial<ProducerSettings>): Promise<void> {
  const settings = { ...given, ...(given.idempotent ? { acks: -1 as const } : {}) }
  const broker = await startBroker({ brokers: 3 }, () => undefined)
  const driver = new WireDriver(broker.addresses, now, TIMEOUT_US)
  try {
    const admin = await driver.admin()
    await admin.create('t', { partitions: PARTITIONS, replicationFactor: 3, configs: {} })
    const harness = await Harness.open(driver, 't', PARTITIONS, settings)
    for (const rule of faults) broker.faults.add(rule)
    for (let i = 0; i < RECORDS; i++) {
      harness.append({ partition: i % PARTITIONS, value: `${i}` })
      if (i % 40 === 0) {
        await new Promise(resolve => setTimeout(resolve, 2))
        expect(harness.balance()).toBe(0)
      }
    }
    await harness.producer.flush(AbortSignal.timeout(15_000))
    const states = new Map<number, string>()
    for (const outcome of harness.outcomes)
      for (const index of outcome.index) {
        expect(states.has(index)).toBe(false)
        states.set(index, outcome.state)
      }
    expect([harness.balance(), harness.held(), states.size]).toEqual([0, 0, RECORDS])
    broker.faults.clear()
    // those that were killed are back
    await new Promise(resolve => setTimeout(resolve, 100))
    const log = await readLog(broker.address, 't', PARTITIONS)
    const times = new Map<number, number>()
    for (const values of log)
      for (const value of values) times.set(Number(value), (times.get(Number(value)) ?? 0) + 1)
    for (const [index, state] of states) {
      if (state === 'acked') expect(times.get(index) ?? 0, `acked ${index}`).toBeGreaterThan(0)
      if (state === 'failed') expect(times.get(index) ?? 0, `failed ${index}`).toBe(0)
      if (settings.idempotent) expect(times.get(index) ?? 0, `idempotent ${index}`).toBeLessThan(2)
    }
    if (settings.idempotent || settings.maxInFlight === 1)
      for (const values of log) {
        const first = values.map(Number).filter((value, at, all) => all.indexOf(value) === at)
        expect(first).toEqual([...first].sort((a, b) => a - b))
      }
  } finally {
    await driver.close()
    await broker.close()
  }
}

it('every record ends once, by what became of it', { timeout: 120_000 }, async () => {
  await fc.assert(fc.asyncProperty(rules, changes, run), { numRuns: 12, endOnFailure: true })
})
