/** The wire driver's consumer at a real Apache Kafka: it reads what others write, and shares groups with others. */
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Consumer, ConsumerOptions } from '../../core/plugin.ts'
import { keepReading, read, until, valuesOf } from '../plugins/drivers/wire/consumer/fixture.ts'
import { codecsIn } from '../plugins/drivers/wire/log.ts'
import { byKey, kcat, keyOf, lines, RECORDS, text, tools } from './embedded/clients.ts'
import { javaTool } from './java.ts'
import { KafkaFixture } from './wire-fixture.ts'

let f: KafkaFixture

beforeAll(async () => {
  f = await KafkaFixture.start()
}, 180_000)
afterAll(() => f?.stop())

async function assigned(
  name: string,
  partitions: number,
  options: Partial<ConsumerOptions> = {},
  tuning = {},
) {
  const consumer = await f.open(options, tuning)
  await consumer.assign(
    Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition, offset: 0 })),
  )
  return consumer
}
/** Lines of key, tab and value. */
async function readLines(consumer: Consumer, count: number): Promise<string[]> {
  const found: string[] = []
  await read(consumer, count, batch => batch.each(view => found.push(`${view.key()}\t${view.value()}`)))
  return found
}

describe('what others wrote is read:', () => {
  it('the Java console producer', async () => {
    const name = await f.topic(3)
    const args = ['--bootstrap-server', f.kafka.address, '--topic', name, '--property', 'parse.key=true']
    javaTool(`${tools}.ConsoleProducer`, args, text)
    const consumer = await assigned(name, 3)
    expect(byKey(await readLines(consumer, RECORDS))).toEqual(byKey(lines))
    expect(consumer.events).toEqual([])
    await consumer.leave()
  })

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])(
    'the Java producer with %s, in batches of several blocks',
    async codec => {
      const name = await f.topic()
      const args = ['--bootstrap-server', f.kafka.address, '--topic', name, '--property', 'parse.key=true']
      const large = ['--compression-codec', codec, '--batch-size', '300000', '--max-memory-bytes', '33554432']
      javaTool(`${tools}.ConsoleProducer`, [...args, ...large], text)
      expect(await codecsIn(f.kafka.address, name)).toEqual([codec])
      const consumer = await assigned(name, 1)
      expect(await readLines(consumer, RECORDS)).toEqual(lines)
      expect(consumer.events).toEqual([])
      await consumer.leave()
    },
  )

  describe.skipIf(spawnSync('kcat', ['-V']).status !== 0)('kcat', () => {
    it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('with %s, headers too', async codec => {
      const name = await f.topic()
      const at = { address: f.kafka.address } as Parameters<typeof kcat>[0]
      kcat(at, ['-P', '-t', name, '-p', '0', '-K', '\t', '-z', codec, '-H', 'a=1', '-H', 'b='], text)
      // librdkafka leaves alone what does not shrink
      expect(await codecsIn(f.kafka.address, name)).toContain(codec)
      const consumer = await assigned(name, 1)
      const headers = new Set<string>()
      const records = await read(consumer, RECORDS, batch =>
        batch.each(view =>
          headers.add(`${view.header('a')} ${view.header('b')?.length} ${view.header('c')}`),
        ),
      )
      expect(records.map(each => each.value)).toEqual(lines.map(each => each.slice(keyOf(each).length + 1)))
      expect([...headers]).toEqual(['1 0 undefined'])
      await consumer.leave()
    })
  })

  it('with the time of its appending', async () => {
    const name = await f.topic(1, { 'message.timestamp.type': 'LogAppendTime' })
    await f.fill(name, 1, 10)
    const consumer = await assigned(name, 1)
    const seen = new Set<unknown>()
    await read(consumer, 10, batch =>
      batch.each(view => seen.add([view.timestampType, Date.now() - view.timestamp < 60_000].join())),
    )
    expect([...seen]).toEqual(['LogAppendTime,true'])
    await consumer.leave()
  })

  it.each([
    ['in one answer', {}],
    ['a batch at a time', { maxBytes: 1, partitionBytes: 1 }],
  ])('transactions of kafkajs, %s', async (_, tuning) => {
    const name = await f.topic()
    const producer = f.client.producer({ transactionalId: name, idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    const write = async (...values: string[]) => {
      const transaction = await producer.transaction()
      for (const value of values) await transaction.send({ topic: name, messages: [{ value }] })
      return transaction
    }
    await (await write('aborted 1', 'aborted 2')).abort()
    await (await write('committed 1', 'committed 2')).commit()
    await (await write('aborted 3')).abort()
    await f.fill(name, 1, 1)
    const last = await write('open')
    const committed = await assigned(name, 1, { isolation: 'read_committed' }, tuning)
    const uncommitted = await assigned(name, 1, { isolation: 'read_uncommitted' }, tuning)
    expect((await read(committed, 3)).map(each => each.value)).toEqual(['committed 1', 'committed 2', 'r0'])
    expect((await read(uncommitted, 7)).map(each => each.value)).toHaveLength(7)
    expect(committed.position()[0]!.offset).toBe(9)
    await last.abort()
    await until('all is passed', async () => {
      expect(await read(committed, 0)).toEqual([])
      return committed.position()[0]!.offset === 11
    })
    await producer.disconnect()
    await Promise.all([committed.leave(), uncommitted.leave()])
  })

  it('much of it, through little memory', async () => {
    const name = await f.topic(4)
    const count = 100_000
    javaTool(`${tools}.ProducerPerformance`, [
      ...['--topic', name, '--num-records', String(count), '--record-size', '200', '--throughput', '-1'],
      ...['--producer-props', `bootstrap.servers=${f.kafka.address}`, 'compression.type=zstd'],
    ])
    const consumer = await assigned(name, 4, {}, { prefetchBytes: 100_000 })
    let seen = 0
    const signal = AbortSignal.timeout(60_000)
    while (seen < count && !signal.aborted)
      await consumer.poll(batch => batch.each(view => (seen += view.valueLength === 200 ? 1 : 0)), {
        timeoutUs: 100_000,
        signal,
      })
    expect(seen).toBe(count)
    expect(consumer.lag().map(each => each.lag)).toEqual([0, 0, 0, 0])
    expect(consumer.events).toEqual([])
    await consumer.leave()
  })
})

describe('a group', () => {
  it('begins where subscribe resolved, is shared, and goes on where it was left', async () => {
    const name = await f.topic(6)
    await f.fill(name, 6, 60)
    const [one, two] = await Promise.all([
      f.member(name, name, { from: 'latest' }),
      f.member(name, name, { from: 'latest' }),
    ])
    await until('three each', () => one.position().length === 3 && two.position().length === 3)
    const values = await f.fill(name, 6, 600, 1000)
    const [a, b] = [keepReading(one), keepReading(two)]
    await until('all is read', () => a.records.length + b.records.length >= 600)
    expect(valuesOf([...a.records, ...b.records])).toEqual(values)
    await Promise.all([a.stop(), b.stop()])
    await Promise.all([one.leave(), two.leave()])
    expect((await f.group(name)).members).toEqual([])
    const later = await f.fill(name, 6, 60, 5000)
    const three = await f.member(name, name)
    expect(valuesOf(await read(three, 60))).toEqual(later)
    await three.leave()
  })

  it.each(['first', 'second'])('is shared with a Java member that comes %s', async when => {
    const name = await f.topic(4)
    const early = when === 'first' ? f.javaMember(name, name, 'heartbeat.interval.ms=300') : undefined
    if (early) await until('Java is in', async () => (await f.group(name)).state === 'Stable')
    const one = await f.member(name, name)
    const reading = keepReading(one)
    const java = early ?? f.javaMember(name, name, 'heartbeat.interval.ms=300')
    try {
      await until('two partitions each', async () => {
        const { state, members } = await f.group(name)
        return state === 'Stable' && members.length === 2 && one.position().length === 2
      })
      const values = await f.fill(name, 4, 400)
      await until('all is read', () => reading.records.length + java.values.length >= 400)
      expect(reading.records).toHaveLength(200)
      expect([...valuesOf(reading.records), ...java.values].sort()).toEqual(values)
      await java.stop()
      await until('all partitions are here', () => one.position().length === 4)
      const more = await f.fill(name, 4, 40, 1000)
      await until('the rest is read', () => reading.records.length >= 240)
      expect(valuesOf(reading.records.slice(200))).toEqual(more)
    } finally {
      await java.stop()
    }
    await reading.stop()
    await one.leave()
    const described = javaTool(`${tools}.consumer.group.ConsumerGroupCommand`, [
      ...['--bootstrap-server', f.kafka.address, '--describe', '--group', name],
    ])
    const lags = [...described.matchAll(new RegExp(`${name} +\\d+ +(\\d+) +(\\d+) +(\\d+)`, 'g'))]
    expect(lags.map(([, committed, , lag]) => [committed, lag])).toEqual(Array(4).fill(['110', '0']))
  })

  it('keeps the place of a static member that is away for a while', async () => {
    const name = await f.topic(4)
    const one = await f.member(name, name, { instance: 'a' })
    const two = await f.member(name, name, { instance: 'b' })
    await until('two each', () => one.position().length === 2 && two.position().length === 2)
    const before = two.position()
    const disturbed = one.events.length
    await two.leave()
    const again = await f.member(name, name, { instance: 'b' })
    expect(again.position()).toEqual(before)
    const values = await f.fill(name, 4, 80)
    expect(valuesOf([...(await read(one, 40)), ...(await read(again, 40))])).toEqual(values)
    expect(one.events).toHaveLength(disturbed)
    one.kill()
    again.kill()
  })
})

it('begins anew when the offset is not there', async () => {
  const name = await f.topic()
  await f.fill(name, 1, 10)
  const consumer = await f.open({ from: 'earliest' })
  await consumer.assign([{ topic: name, partition: 0, offset: 99 }])
  expect((await read(consumer, 10)).map(each => each.offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(consumer.events).toMatchObject([{ code: 'OFFSET_OUT_OF_RANGE' }])
  await consumer.leave()
})
