/** Whatever brokers do: what is said to be committed is read, all of it and once; what is said to be aborted is not; anything else is one of both. */
import fc from 'fast-check'
import { afterEach, expect, it, vi } from 'vitest'
import type { FaultAction, FaultRule } from '../../../../plugins/broker/faults/rule.ts'
import { Link } from '../../../../plugins/drivers/wire/link.ts'
import { driverFor, TIMEOUT_US } from './driver.ts'
import { cluster, committedOffset, readTopic, type Transactional, transactional } from './transactional.ts'

const TOPIC = 't'
const ID = 'random'
const GROUP = 'g'
const PARTITIONS = 4
const TRANSACTIONS = 25

type Generated<A> = A extends fc.Arbitrary<infer T> ? T : never

const api = fc.constantFrom(
  ...([
    'Produce',
    'EndTxn',
    'AddPartitionsToTxn',
    'AddOffsetsToTxn',
    'TxnOffsetCommit',
    'InitProducerId',
  ] as const),
)
const error = fc.constantFrom(
  ...([
    'CONCURRENT_TRANSACTIONS',
    'COORDINATOR_LOAD_IN_PROGRESS',
    'COORDINATOR_NOT_AVAILABLE',
    'NOT_COORDINATOR',
    'REQUEST_TIMED_OUT',
    'UNKNOWN_SERVER_ERROR',
  ] as const),
)
const action: fc.Arbitrary<FaultAction> = fc.oneof(
  error.map(code => ({ error: code })),
  fc.boolean().map(applied => ({ close: { applied } })),
  fc.boolean().map(applied => ({ noAnswer: { applied } })),
  fc.constant<FaultAction>({ error: { code: 'COORDINATOR_NOT_AVAILABLE', applied: true } }),
  fc.constant<FaultAction>({ error: { code: 'REQUEST_TIMED_OUT', applied: true } }),
  fc.constant<FaultAction>({ partialFrame: true }),
  fc.constant<FaultAction>({ delay: '20ms' }),
  fc.constant<FaultAction>({ kill: { for: '60ms', applied: true } }),
)
/** Of writes alone: they break a transaction. */
const refusal: fc.Arbitrary<FaultAction> = fc.constantFrom<FaultAction>(
  { error: 'INVALID_RECORD' },
  { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' },
  { error: 'TRANSACTION_ABORTABLE' },
  { moveLeader: 'next' },
)
const rules: fc.Arbitrary<FaultRule[]> = fc.array(
  fc
    .record({
      what: fc.oneof(
        fc.record({ api, action }),
        refusal.map(each => ({ api: 'Produce' as const, action: each })),
      ),
      probability: fc.constantFrom(0.05, 0.2, 0.5),
      times: fc.integer({ min: 1, max: 15 }),
      seed: fc.nat(1e6),
    })
    .map(({ what, ...when }) => ({ when: { api: what.api, ...when }, do: what.action })),
  { minLength: 1, maxLength: 5 },
)
const plans = fc.array(
  fc.record({
    how: fc.constantFrom('commit', 'commit', 'commit', 'abort'),
    records: fc.integer({ min: 0, max: 40 }),
    offsets: fc.boolean(),
    /** Another producer with the same id takes over in the middle. */
    fence: fc.integer({ min: 0, max: 9 }).map(n => n === 0),
    moveCoordinator: fc.integer({ min: 0, max: 4 }).map(n => n === 0),
  }),
  { minLength: TRANSACTIONS, maxLength: TRANSACTIONS },
)
const settings = fc.record({
  maxInFlight: fc.integer({ min: 1, max: 5 }),
  connections: fc.integer({ min: 1, max: 3 }),
  batchBytes: fc.constantFrom(150, 2000),
  deliveryTimeoutUs: fc.constantFrom(400_000, 5_000_000),
  compression: fc.constantFrom('none', 'gzip', 'lz4'),
})

afterEach(() => {
  vi.restoreAllMocks()
})

async function run(
  version: 1 | 2,
  faults: FaultRule[],
  changes: Generated<typeof settings>,
  planned: Generated<typeof plans>,
): Promise<void> {
  if (version === 1) vi.spyOn(Link.prototype, 'feature').mockReturnValue(0)
  const broker = await cluster(3, TOPIC, PARTITIONS)
  const open = () => transactional(broker.addresses, TOPIC, PARTITIONS, ID, changes)
  const all: Transactional[] = [await open()]
  const reading = driverFor(broker.address)
  try {
    const member = await reading.consumer({ group: GROUP, from: 'earliest', timeoutUs: TIMEOUT_US })
    await member.subscribe([TOPIC])
    member.pause()
    for (const rule of faults) broker.faults.add(rule)
    const results: string[] = []
    for (const [n, { how, records, offsets, fence, moveCoordinator }] of planned.entries()) {
      const producer = all.at(-1)!
      producer.producer.begin()
      for (let i = 0; i < records; i++) {
        producer.append({ value: `${n}-${i}`, partition: i % PARTITIONS })
        if (i === 20) await new Promise(resolve => setTimeout(resolve, 2))
      }
      if (moveCoordinator) broker.moveCoordinator(ID, 1 + (n % 3))
      if (fence) all.push(await open().catch(open))
      const given = offsets ? [{ topic: TOPIC, partition: 0, offset: n + 1 }] : []
      const result = await producer.producer.end(how as 'commit', given, member)
      results.push(result)
      expect(producer.balance()).toBe(0)
      if (result === 'fenced' && !fence) all.push(await open().catch(open))
    }
    broker.faults.clear()
    // those that were killed are back; and what was left open is aborted
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(await (await open()).write('commit', 'last')).toBe('committed')
    const read = await readTopic(broker.addresses, TOPIC)
    expect(new Set(read).size).toBe(read.length)
    let offset = 0
    for (const [n, { records, offsets }] of planned.entries()) {
      const found = read.filter(each => each.startsWith(`${n}-`)).length
      const result = results[n]!
      if (result === 'committed') expect(found, `${n} ${result}`).toBe(records)
      else if (result === 'unknown') expect([0, records], `${n} ${result}`).toContain(found)
      else expect(found, `${n} ${result}`).toBe(0)
      if (offsets && (result === 'committed' || (result === 'unknown' && found > 0))) offset = n + 1
    }
    const inDoubt = planned.flatMap((plan, n) =>
      plan.offsets && plan.records === 0 && results[n] === 'unknown' && n + 1 > offset ? [n + 1] : [],
    )
    expect([offset, ...inDoubt]).toContain(await committedOffset(broker.address, GROUP, TOPIC))
    member.kill()
  } finally {
    await Promise.all([...all, { driver: reading }].map(each => each.driver.close(AbortSignal.timeout(1))))
    await broker.close()
  }
}

it.each([1, 2] as const)(
  'transactions of version %d end as it is said',
  { timeout: 120_000 },
  async version => {
    const property = fc.asyncProperty(rules, settings, plans, (...given) => run(version, ...given))
    await fc.assert(property, { numRuns: 6, endOnFailure: true })
  },
)
