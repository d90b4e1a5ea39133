/** Transactions of the wire driver by both of Kafka's protocols: what is committed is read, all of it, and nothing else is. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ProducerSettings, RunEvent } from '../../../../core/plugin.ts'
import type { FaultAction } from '../../../../plugins/broker/faults/rule.ts'
import type { RunningBroker } from '../../../../plugins/broker/server.ts'
import { Link } from '../../../../plugins/drivers/wire/link.ts'
import { driverFor, Harness, soon } from './driver.ts'
import { codecsIn } from './log.ts'
import { cluster, committedOffset, readTopic, type Transactional, transactional } from './transactional.ts'

const TOPIC = 't'
const PARTITIONS = 3
const ID = 'payments'

let broker: RunningBroker
const opened: Transactional[] = []

beforeEach(async () => {
  broker = await cluster(2, TOPIC, PARTITIONS)
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map(each => each.driver.close(soon())))
  await broker.close()
  vi.restoreAllMocks()
})

async function open(settings: Partial<ProducerSettings> = {}, id = ID): Promise<Transactional> {
  const producer = await transactional(broker.addresses, TOPIC, PARTITIONS, id, settings)
  opened.push(producer)
  return producer
}
function fault(api: string, action: FaultAction, times = 1): void {
  broker.faults.add({ when: { api: api as 'EndTxn', times }, do: action })
}
const committed = () => readTopic(broker.addresses, TOPIC)
const written = () => readTopic(broker.addresses, TOPIC, 'read_uncommitted')
const steps = (events: readonly RunEvent[]) =>
  events.flatMap(each => (each.kind === 'transaction' ? [`${each.transaction} ${each.step}`] : []))
const errors = (events: readonly RunEvent[]) =>
  events.flatMap(each => (each.kind === 'error' ? [`${each.code}: ${each.message}`] : []))

async function member(group: string) {
  const driver = driverFor(broker.address)
  const consumer = await driver.consumer({ group, from: 'earliest', commitUs: 0, timeoutUs: 10_000_000 })
  await consumer.subscribe([TOPIC])
  return consumer
}

/** Which of them a broker was asked for. */
async function asked(during: () => Promise<unknown>): Promise<string[]> {
  const seen = new Set<string>()
  const rules = ['Produce', 'AddPartitionsToTxn', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn'].map(
    api => ({
      api,
      rule: broker.faults.add({ when: { api: api as 'EndTxn' }, do: { delay: 0.001 } }),
    }),
  )
  await during()
  for (const { api, rule } of rules) {
    if (rule.fired > 0) seen.add(api)
    rule.remove()
  }
  return [...seen]
}

describe.each(['2', '1'])('transactions of version %s', version => {
  beforeEach(() => {
    // as where the cluster has not been upgraded
    if (version === '1') vi.spyOn(Link.prototype, 'feature').mockReturnValue(0)
  })

  it('are read when they are committed, and never when they are aborted', async () => {
    const producer = await open()
    const values = (n: number) => Array.from({ length: 7 }, (_, i) => `${n}-${i}`)
    const expected: string[] = []
    for (let n = 0; n < 12; n++) {
      const how = n % 5 === 2 ? 'abort' : 'commit'
      const settings = values(n)
      expect(await producer.write(how, ...settings)).toBe(how === 'commit' ? 'committed' : 'aborted')
      if (how === 'commit') expected.push(...settings)
    }
    expect((await committed()).toSorted()).toEqual(expected.toSorted())
    expect(await written()).toHaveLength(12 * 7)
    expect([producer.count('acked'), producer.balance()]).toEqual([12 * 7, 0])
    expect(new Set(producer.outcomes.map(each => each.transaction)).size).toBe(12)
    expect(errors(producer.events)).toEqual([])
    expect(steps(producer.events).slice(0, 6)).toEqual([
      '0 begin',
      '0 committed',
      '1 begin',
      '1 committed',
      '2 begin',
      '2 aborted',
    ])
    expect(await asked(() => producer.write('commit', 'x'))).toEqual(
      version === '2' ? ['Produce', 'EndTxn'] : ['Produce', 'AddPartitionsToTxn', 'EndTxn'],
    )
  })

  it('keep the order of a partition, over many small batches', async () => {
    const producer = await open({ batchBytes: 200, lingerUs: 0 })
    for (let n = 0; n < 4; n++) {
      producer.producer.begin()
      for (let i = 0; i < 200; i++) {
        producer.append({ partition: i % PARTITIONS })
        if (i % 20 === 0) await new Promise(resolve => setImmediate(resolve))
      }
      expect(await producer.producer.end(n === 2 ? 'abort' : 'commit')).toBe(
        n === 2 ? 'aborted' : 'committed',
      )
    }
    const expected = Array.from({ length: 800 }, (_, i) => i).filter(i => i < 400 || i >= 600)
    const of = (partition: number) => expected.filter(i => (i % 200) % PARTITIONS === partition)
    expect(await committed()).toEqual([...of(0), ...of(1), ...of(2)].map(i => `v${i}`))
  })

  it('are held back from readers until they end', async () => {
    const producer = await open()
    producer.producer.begin()
    producer.append({ value: 'a', partition: 0 })
    await producer.producer.flush(soon())
    expect([await committed(), await written()]).toEqual([[], ['a']])
    expect(await producer.producer.end('commit')).toBe('committed')
    expect(await committed()).toEqual(['a'])
  })

  it('without a record ask no broker for anything', async () => {
    const producer = await open()
    const results: string[] = []
    const seen = await asked(async () => {
      for (const how of ['commit', 'abort', 'commit'] as const) results.push(await producer.write(how))
    })
    expect(seen).toEqual([])
    expect(results).toEqual(['committed', 'aborted', 'committed'])
    expect(await producer.write('commit', 'a')).toBe('committed')
    expect(await committed()).toEqual(['a'])
  })

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('may be compressed with %s', async compression => {
    const producer = await open({ compression })
    await producer.write('commit', 'a', 'b', 'c')
    await producer.write('abort', 'd', 'e', 'f')
    expect((await committed()).toSorted()).toEqual(['a', 'b', 'c'])
    // and the markers of their ends
    expect(await codecsIn(broker.address, TOPIC)).toEqual([compression, 'none'])
  })

  it('of a producer that another one has fenced can be neither written nor ended', async () => {
    const first = await open()
    await first.write('commit', 'a')
    first.producer.begin()
    first.append({ value: 'b', partition: 0 })
    await first.producer.flush(soon())
    const second = await open()
    first.append({ value: 'c', partition: 1 })
    await first.producer.flush(soon())
    expect(first.outcomes.slice(2).map(each => each.state)).toEqual(['failed'])
    expect(await first.producer.end('commit')).toBe('fenced')
    const why = `transactional id ${ID}: another producer with this id has begun; this producer writes no more`
    expect(errors(first.events)).toContain(`PRODUCER_FENCED: ${why}`)
    expect(await first.write('commit', 'd', 'e')).toBe('fenced')
    expect(first.outcomes.slice(3).every(each => each.state === 'failed')).toBe(true)
    expect(first.outcomes.at(-1)).toMatchObject({ error: 'PRODUCER_FENCED', transaction: 2 })
    expect([first.count('failed'), first.balance()]).toEqual([3, 0])
    expect(steps(first.events).slice(2)).toEqual(['1 begin', '1 fenced', '2 begin', '2 fenced'])
    expect(await second.write('commit', 'f')).toBe('committed')
    expect(await committed()).toEqual(['a', 'f'])
  })

  it('that were open for too long are told as such', async () => {
    const producer = await open()
    producer.producer.begin()
    producer.append({ value: 'a' })
    await producer.producer.flush(soon())
    fault('EndTxn', { error: 'PRODUCER_FENCED' })
    const { now } = performance
    vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 60_000)
    expect(await producer.producer.end('commit')).toBe('fenced')
    expect(errors(producer.events).join()).toMatch(
      /its transaction was open for more than 60 s, and the coordinator has aborted it/,
    )
  })

  it('go on when another broker coordinates, in the middle and in between', async () => {
    const producer = await open()
    for (let n = 0; n < 4; n++) {
      broker.moveCoordinator(ID, 1 + (n % 2))
      producer.producer.begin()
      producer.append({ partition: 0 })
      await producer.producer.flush(soon())
      broker.moveCoordinator(ID, 1 + ((n + 1) % 2))
      producer.append({ partition: 1 })
      expect(await producer.producer.end('commit')).toBe('committed')
    }
    expect(await committed()).toEqual(['v0', 'v2', 'v4', 'v6', 'v1', 'v3', 'v5', 'v7'])
  })

  it.each<[string, FaultAction]>([
    ['the connection was closed before it', { close: true }],
    ['the connection was closed after it', { close: { applied: true } }],
    ['nobody answered, and it was not done', { noAnswer: true }],
    ['nobody answered, though it was done', { noAnswer: { applied: true } }],
    ['the answer was cut off', { partialFrame: true }],
    ['the broker went away before it', { kill: { for: '100ms' } }],
    ['the broker went away after it', { kill: { for: '100ms', applied: true } }],
    ['the end before it was not done', { error: 'CONCURRENT_TRANSACTIONS' }],
    ['the coordinator was busy', { error: 'COORDINATOR_LOAD_IN_PROGRESS' }],
    ['there was no coordinator', { error: { code: 'COORDINATOR_NOT_AVAILABLE', applied: true } }],
    ['it was somebody else', { error: 'NOT_COORDINATOR' }],
  ])('end once, when of an end %s', async (_, action) => {
    const producer = await open()
    fault('EndTxn', action)
    expect(await producer.write('commit', 'a', 'b')).toBe('committed')
    fault('EndTxn', action)
    expect(await producer.write('abort', 'c', 'd')).toBe('aborted')
    expect(await producer.write('commit', 'e', 'f')).toBe('committed')
    expect((await committed()).toSorted()).toEqual(['a', 'b', 'e', 'f'])
    expect([producer.count('acked'), producer.balance()]).toEqual([6, 0])
  })

  it.each<[string, FaultAction, boolean]>([
    ['was done', { close: { applied: true } }, true],
    ['was not done', { close: true }, false],
  ])('are unknown when a commit is not confirmed in time, and it %s', async (_, action, done) => {
    const producer = await open()
    fault('EndTxn', action, 1_000_000)
    expect(await producer.write('commit', 'a', 'b')).toBe('unknown')
    expect(steps(producer.events)).toEqual(['0 begin', '0 unknown'])
    expect(errors(producer.events).join()).toMatch(
      /^CoordinatorUnavailable: ending transaction 0 of .*closed/,
    )
    broker.faults.clear()
    expect(await producer.write('commit', 'c', 'd')).toBe('committed')
    expect((await committed()).toSorted()).toEqual(done ? ['a', 'b', 'c', 'd'] : ['c', 'd'])
  })

  it('are aborted when nobody confirms the abort in time, whatever the coordinator has heard', async () => {
    const producer = await open()
    fault('EndTxn', { close: true }, 1_000_000)
    expect(await producer.write('abort', 'a', 'b')).toBe('aborted')
    broker.faults.clear()
    expect(await producer.write('commit', 'c')).toBe('committed')
    expect(await committed()).toEqual(['c'])
  })

  it('are unknown when another producer comes between a commit and its answer', async () => {
    const producer = await open()
    fault('EndTxn', { close: { applied: true } })
    fault('EndTxn', { error: 'PRODUCER_FENCED' }, 1_000_000)
    expect(await producer.write('commit', 'a')).toBe('unknown')
    expect(await committed()).toEqual(['a'])
    expect(await producer.write('commit', 'b')).toBe('fenced')
  })

  it.each<[string, FaultAction, Partial<ProducerSettings>, string]>([
    ['is refused for good', { error: 'INVALID_RECORD' }, {}, 'failed'],
    ['is late at its replicas', { error: 'REQUEST_TIMED_OUT' }, { deliveryTimeoutUs: 1_000_000 }, 'unknown'],
    ['is refused by its sequence', { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }, {}, 'unknown'],
    ['is not allowed', { error: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED' }, {}, 'unknown'],
    ['belongs to no transaction', { error: 'INVALID_TXN_STATE' }, {}, 'unknown'],
    ['can only be aborted', { error: 'TRANSACTION_ABORTABLE' }, {}, 'unknown'],
  ])('are aborted when a write of them %s', async (_, action, settings, state) => {
    const producer = await open(settings)
    expect(await producer.write('commit', 'a', 'b', 'c')).toBe('committed')
    producer.producer.begin()
    producer.append({ value: 'd', partition: 0 })
    await producer.producer.flush(soon())
    broker.faults.add({ when: { api: 'Produce', topic: TOPIC, partition: 1 }, do: action })
    producer.append({ value: 'e', partition: 1 })
    producer.append({ value: 'f', partition: 2 })
    await producer.producer.flush(soon())
    expect(producer.outcomes.filter(each => each.partition === 1).at(-1)!.state).toBe(state)
    producer.append({ value: 'g', partition: 0 })
    expect(await producer.producer.end('commit')).toBe('aborted')
    expect(producer.outcomes.at(-1)).toMatchObject({ state: 'failed', error: 'TransactionAborted' })
    expect(producer.balance()).toBe(0)
    broker.faults.clear()
    expect(await producer.write('commit', 'h', 'i', 'j')).toBe('committed')
    expect((await committed()).toSorted()).toEqual(['a', 'b', 'c', 'h', 'i', 'j'])
  })

  it('are aborted when a record of them is too large to be sent', async () => {
    const producer = await open()
    expect(await producer.write('commit', 'a', 'x'.repeat(2 << 20))).toBe('aborted')
    expect(producer.count('failed')).toBeGreaterThan(0)
    expect(await producer.write('commit', 'b')).toBe('committed')
    expect(await committed()).toEqual(['b'])
  })

  it.each<[string, FaultAction]>([
    ['the leader moves', { moveLeader: 'next' }],
    ['the answer is lost', { close: { applied: true } }],
    ['the write is lost', { close: true }],
    ['the one before is still ending', { error: 'CONCURRENT_TRANSACTIONS' }],
    ['replicas are late', { error: { code: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', applied: true } }],
  ])('are committed, each record once, when %s during a write', async (_, action) => {
    const producer = await open({ batchBytes: 100, lingerUs: 0 })
    fault('Produce', action, 2)
    const values = Array.from({ length: 60 }, (_, i) => `${i}`)
    expect(await producer.write('commit', ...values)).toBe('committed')
    expect((await committed()).toSorted()).toEqual(values.toSorted())
  })

  it('that are open when the producer is closed are aborted at once', async () => {
    const producer = await open()
    producer.producer.begin()
    producer.append({ value: 'a', partition: 0 })
    await producer.producer.flush(soon())
    await producer.producer.close(soon())
    const admin = await driverFor(broker.address).admin()
    expect(await admin.offsets(TOPIC, 'stable')).toEqual(await admin.offsets(TOPIC, 'end'))
    await admin.close()
    expect(await committed()).toEqual([])
  })

  it('that are ending when the producer is closed are settled', async () => {
    const producer = await open()
    producer.producer.begin()
    producer.append({ value: 'a', partition: 0 })
    await producer.producer.flush(soon())
    fault('EndTxn', { noAnswer: { applied: true } }, 1_000_000)
    const ended = producer.producer.end('commit')
    await new Promise(resolve => setTimeout(resolve, 50))
    await producer.producer.close(soon())
    expect(await ended).toBe('unknown')
  })

  describe('with offsets', () => {
    const at = (offset: number) => [{ topic: TOPIC, partition: 0, offset }]
    const ofGroup = (group: string) => committedOffset(broker.address, group, TOPIC)

    it('commit them for the group, or not', async () => {
      const producer = await open()
      const consumer = await member('g')
      producer.producer.begin()
      expect(await producer.producer.end('commit', at(5), consumer)).toBe('committed')
      expect(await ofGroup('g')).toBe(5)
      producer.producer.begin()
      producer.append({ value: 'a' })
      expect(await producer.producer.end('abort', at(9), consumer)).toBe('aborted')
      expect(await ofGroup('g')).toBe(5)
      const seen = await asked(async () => {
        producer.producer.begin()
        producer.append({ value: 'b' })
        expect(await producer.producer.end('commit', at(7), consumer)).toBe('committed')
      })
      expect(seen).toEqual(
        version === '2'
          ? ['Produce', 'TxnOffsetCommit', 'EndTxn']
          : ['Produce', 'AddPartitionsToTxn', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn'],
      )
      consumer.kill()
      expect(await committed()).toEqual(['b'])
      expect(await ofGroup('g')).toBe(7)
    })

    it.each([
      'ILLEGAL_GENERATION',
      'UNKNOWN_MEMBER_ID',
      'FENCED_INSTANCE_ID',
      'GROUP_AUTHORIZATION_FAILED',
      'STALE_MEMBER_EPOCH',
    ] as const)('are aborted when the group answers %s', async error => {
      const producer = await open()
      const consumer = await member('h')
      fault('TxnOffsetCommit', { error })
      producer.producer.begin()
      producer.append({ value: 'a' })
      expect(await producer.producer.end('commit', at(5), consumer)).toBe('aborted')
      expect(errors(producer.events)).toEqual([`${error}: offsets of group h: ${error}`])
      expect([await committed(), await ofGroup('h')]).toEqual([[], 0])
      expect(await producer.write('commit', 'b')).toBe('committed')
      consumer.kill()
    })

    it.each<FaultAction>([{ error: 'NOT_COORDINATOR' }, { close: { applied: true } }, { close: true }])(
      'are committed after %j',
      async action => {
        const producer = await open()
        const consumer = await member('i')
        fault('TxnOffsetCommit', action)
        fault('AddOffsetsToTxn', action)
        producer.producer.begin()
        producer.append({ value: 'a' })
        expect(await producer.producer.end('commit', at(4), consumer)).toBe('committed')
        consumer.kill()
        expect([await committed(), await ofGroup('i')]).toEqual([['a'], 4])
      },
    )

    it('that nobody has read are refused without a member', async () => {
      const producer = await open()
      producer.producer.begin()
      const member = /hand end\(\) a consumer of the wire driver that has subscribed/
      await expect(producer.producer.end('commit', at(1))).rejects.toThrow(member)
      const assigned = await driverFor(broker.address).consumer({ timeoutUs: 10_000_000 })
      await assigned.assign(at(0))
      await expect(producer.producer.end('commit', at(1), assigned)).rejects.toThrow(member)
      assigned.kill()
      expect(await producer.producer.end('commit')).toBe('committed')
    })

    it('that the coordinator has lost with the commit are in neither', async () => {
      const producer = await open()
      const consumer = await member('j')
      fault('EndTxn', { close: true }, 1_000_000)
      producer.producer.begin()
      producer.append({ value: 'a' })
      expect(await producer.producer.end('commit', at(3), consumer)).toBe('unknown')
      broker.faults.clear()
      expect(await producer.write('commit', 'b')).toBe('committed')
      consumer.kill()
      expect([await committed(), await ofGroup('j')]).toEqual([['b'], 0])
    })
  })
})

describe('the classic protocol', () => {
  beforeEach(() => {
    vi.spyOn(Link.prototype, 'feature').mockReturnValue(0)
  })

  it.each<FaultAction>([
    { error: 'CONCURRENT_TRANSACTIONS' },
    { error: 'NOT_COORDINATOR' },
    { close: { applied: true } },
    { close: true },
    { noAnswer: true },
  ])('adds partitions again after %j', async action => {
    const producer = await open()
    fault('AddPartitionsToTxn', action)
    expect(await producer.write('commit', 'a', 'b')).toBe('committed')
    expect(await producer.write('commit', 'c', 'd')).toBe('committed')
    expect((await committed()).toSorted()).toEqual(['a', 'b', 'c', 'd'])
  })

  it.each([
    ['TOPIC_AUTHORIZATION_FAILED', 'aborted', 'committed'],
    ['INVALID_PRODUCER_EPOCH', 'fenced', 'fenced'],
    ['PRODUCER_FENCED', 'fenced', 'fenced'],
    ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'aborted', 'aborted'],
    ['TRANSACTION_ABORTABLE', 'aborted', 'committed'],
  ] as const)('writes nothing when partitions are refused with %s', async (error, result, next) => {
    const producer = await open()
    fault('AddPartitionsToTxn', { error })
    expect(await producer.write('commit', 'a', 'b')).toBe(result)
    expect([producer.count('failed'), producer.balance()]).toEqual([2, 0])
    const code = result === 'fenced' ? 'PRODUCER_FENCED' : error
    expect(errors(producer.events).join()).toMatch(new RegExp(`^${code}: `))
    expect(await producer.write('commit', 'c')).toBe(next)
    expect(await written()).toEqual(next === 'committed' ? ['c'] : [])
  })

  it.each<[string, string, FaultAction, number]>([
    ['nothing', 'Fetch', { close: true }, 0],
    ['an addition that may come again', 'AddPartitionsToTxn', { close: { applied: true } }, 1],
    ['an end that may come again', 'EndTxn', { close: { applied: true } }, 1],
    ['an end that was refused', 'EndTxn', { error: 'NOT_COORDINATOR' }, 0],
    ['a write that was refused', 'Produce', { error: 'INVALID_RECORD' }, 1],
  ])('asks for a higher epoch after %s', async (_, api, action, times) => {
    const producer = await open()
    const asked = broker.faults.add({ when: { api: 'InitProducerId' }, do: { delay: 0.001 } })
    fault(api, action)
    await producer.write('commit', 'a')
    expect(await producer.write('commit', 'b')).toBe('committed')
    expect(asked.fired).toBe(times)
  })

  it('asks for one after offsets that may come again, too', async () => {
    const producer = await open()
    const consumer = await member('g')
    const asked = broker.faults.add({ when: { api: 'InitProducerId' }, do: { delay: 0.001 } })
    fault('TxnOffsetCommit', { close: { applied: true } })
    producer.producer.begin()
    const offsets = [{ topic: TOPIC, partition: 0, offset: 3 }]
    expect(await producer.producer.end('commit', offsets, consumer)).toBe('committed')
    expect(await producer.write('commit', 'b')).toBe('committed')
    expect(asked.fired).toBe(1)
    consumer.kill()
  })
})

describe('opening a transactional producer', () => {
  it.each<FaultAction>([
    { error: 'CONCURRENT_TRANSACTIONS' },
    { error: 'COORDINATOR_LOAD_IN_PROGRESS' },
    { error: 'NOT_COORDINATOR' },
    { close: { applied: true } },
  ])('goes on after %j', async action => {
    fault('InitProducerId', action, 2)
    const producer = await open()
    expect(await producer.write('commit', 'a')).toBe('committed')
  })

  it('aborts what another one with its id had open', async () => {
    const first = await open()
    first.producer.begin()
    first.append({ value: 'a' })
    await first.producer.flush(soon())
    const second = await open()
    expect(await second.write('commit', 'b')).toBe('committed')
    expect(await committed()).toEqual(['b'])
  })

  it('tells when the broker lets no transaction live so long', async () => {
    await expect(open({ deliveryTimeoutUs: 1_000_000_000 })).rejects.toThrow(
      /producer\.deliveryTimeout.*1000s.*transaction\.max\.timeout\.ms; together they are 1001\.5 s/s,
    )
  })

  it('tells when the id is not its to use', async () => {
    fault('InitProducerId', { error: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED' })
    await expect(open()).rejects.toThrow(
      `a producer id for transactional id ${ID}: TRANSACTIONAL_ID_AUTHORIZATION_FAILED`,
    )
  })

  it.each([
    [{ acks: 1 }, /producer\.acks.*since the producer has transactions/s],
    [{ maxInFlight: 6 }, /producer\.maxInFlight.*at most 5, since the producer has transactions/s],
  ] as const)('is refused with %j', async (settings, message) => {
    await expect(open(settings)).rejects.toThrow(message)
    await expect(open({}, '')).rejects.toThrow(/transactionalId.*at least one character/s)
  })
})

describe('used wrongly', () => {
  it('a transactional producer says what is missing', async () => {
    const producer = await open()
    const outside =
      'record 0 was handed to a transactional producer outside of a transaction: begin one first'
    expect(() => producer.append()).toThrow(outside)
    await expect(producer.producer.end('commit')).rejects.toThrow('no transaction is open: begin one first')
    producer.producer.begin()
    expect(() => producer.producer.begin()).toThrow('transaction 0 is open: end it first')
    producer.append({ value: 'a' })
    const ended = producer.producer.end('commit')
    expect(() => producer.append()).toThrow('while its transaction ends')
    expect(() => producer.producer.begin()).toThrow('transaction 0 is still ending')
    await expect(producer.producer.end('abort')).rejects.toThrow('the transaction is ending')
    expect(await ended).toBe('committed')
    expect(await committed()).toEqual(['a'])
  })

  it('any other producer says that it has none', async () => {
    const driver = driverFor(broker.address)
    const { producer } = await Harness.open(driver, TOPIC, PARTITIONS)
    expect(driver.can.transactions).toBe(true)
    expect(() => producer.begin()).toThrow('a producer without transactionalId has no transactions')
    await expect(producer.end('commit')).rejects.toThrow('has no transactions')
    await driver.close(soon())
  })
})
