/** What a test author sees of `createClient`, with each driver, on the embedded broker. */
import { spawnSync } from 'node:child_process'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  type ClientConsumer,
  type ClientRecord,
  createClient,
  type KafkaClient,
  SendError,
} from '../../../core/index.ts'
import { type RunningBroker, startBroker } from '../../../plugins/broker/server.ts'
import { produce } from '../../../plugins/protocol/messages/produce.ts'
import { encodeBatch } from '../../../plugins/protocol/records.ts'
import { TestClient } from '../../plugins/broker/client.ts'

const problem = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: Error) => `${error.name}: ${error.message}`,
  )

async function read(consumer: ClientConsumer, count: number): Promise<ClientRecord[]> {
  const records: ClientRecord[] = []
  while (records.length < count) {
    const more = await consumer.poll()
    if (more.length === 0) throw new Error(`${records.length} of ${count} records were read`)
    records.push(...more)
  }
  return records
}

describe.each(['wire', 'kafkajs'])('with the %s driver', driver => {
  let broker: RunningBroker
  let client: KafkaClient
  let topics = 0
  const clients: KafkaClient[] = []
  const open = async (timeout = '10s') => {
    const opened = await createClient({ brokers: broker.addresses, timeout, driver })
    clients.push(opened)
    return opened
  }
  const newTopic = async (partitions = 1) => {
    const name = `orders-${topics++}`
    await (await client.admin()).createTopic(name, { partitions })
    return name
  }

  beforeAll(async () => {
    broker = await startBroker({}, () => undefined)
    client = await open()
  })
  afterEach(() => {
    broker.faults.clear()
  })
  afterAll(async () => {
    for (const each of clients) await each.close()
    await broker.close()
  })

  it('sends records and reads them back, byte for byte', async () => {
    const topic = await newTopic(2)
    const producer = await client.producer()
    const raw = Uint8Array.from({ length: 256 }, (_, i) => i)
    const minuteAgo = Date.now() - 60_000
    expect(
      await producer.send(topic, {
        key: 'schlüssel',
        value: 'größe',
        partition: 1,
        timestamp: minuteAgo,
      }),
    ).toEqual({ topic, partition: 1, offset: 0, state: 'acked', error: '' })
    const more = await producer.send(topic, [
      { key: raw, value: raw, headers: { text: 'ü', raw, empty: '' }, partition: 1 },
      { key: 42, value: null, partition: 1 },
      { value: '', partition: 1 },
    ])
    expect(more.map(each => [each.partition, each.offset])).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
    ])
    const consumer = await client.consumer(topic, { from: 'earliest' })
    await consumer.subscribe(topic)
    const records = await read(consumer, 4)
    expect(records.map(({ timestamp, ...rest }) => rest)).toEqual([
      {
        ...{ topic, partition: 1, offset: 0, headers: {} },
        ...{ key: Buffer.from('schlüssel'), value: Buffer.from('größe') },
      },
      {
        ...{ topic, partition: 1, offset: 1, key: Buffer.from(raw), value: Buffer.from(raw) },
        headers: { text: Buffer.from('ü'), raw: Buffer.from(raw), empty: Buffer.alloc(0) },
      },
      { topic, partition: 1, offset: 2, key: Buffer.from('42'), value: null, headers: {} },
      { topic, partition: 1, offset: 3, key: null, value: Buffer.alloc(0), headers: {} },
    ])
    expect(records[0]!.timestamp).toBe(minuteAgo)
    expect(Math.abs(Date.now() - records[1]!.timestamp)).toBeLessThan(600_000)
    await consumer.close()
  })

  it('puts equal keys into one partition, in order', async () => {
    const topic = await newTopic(4)
    const producer = await client.producer()
    const keys = ['a', 'b', 'c', 'd', 'e']
    const records = Array.from({ length: 50 }, (_, i) => ({ key: keys[i % 5]!, value: `${i}` }))
    const sent = await producer.send(topic, records)
    for (const [i, { partition }] of sent.entries()) expect(partition).toBe(sent[i % 5]!.partition)
    const consumer = await client.consumer(topic, { from: 'earliest' })
    await consumer.subscribe(topic)
    const found = await read(consumer, 50)
    for (const key of keys) {
      const values = found.filter(each => String(each.key) === key).map(each => Number(each.value))
      expect(values).toEqual(values.toSorted((a, b) => a - b))
    }
    await consumer.close()
  })

  it('sends more than there is room for', async () => {
    const topic = await newTopic()
    const producer = await client.producer({ bufferRecords: 7 })
    const sends = [0, 1, 2].map(n =>
      producer.send(
        topic,
        Array.from({ length: 100 }, (_, i) => ({ value: `${n}-${i}` })),
      ),
    )
    const offsets = (await Promise.all(sends)).flat().map(each => each.offset)
    expect(offsets.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, i) => i))
    expect(await (await client.admin()).offsets(topic)).toEqual([300])
  })

  it('tells which records failed, and that the others are there', async () => {
    const topic = await newTopic()
    const producer = await client.producer()
    const large = { value: Buffer.alloc(3_000_000) }
    const error = await producer.send(topic, [{ value: 'a' }, large, { value: 'b' }]).catch(e => e)
    expect(error).toBeInstanceOf(SendError)
    expect(error.message).toMatch(
      new RegExp(
        `^1 of 3 records to ${topic} were not acked: failed \\(RecordTooLarge: a record of 30000.. bytes`,
      ),
    )
    const outcomes = (error as SendError).outcomes.map(each => [each.state, each.error, each.offset])
    expect(outcomes).toEqual([
      ['acked', '', 0],
      ['failed', 'RecordTooLarge', -1],
      ['acked', '', 1],
    ])
  })

  it('tells what nobody can say of a record whose answers are lost', async () => {
    const topic = await newTopic()
    const hasty = await open('700ms')
    const producer = await hasty.producer()
    await producer.send(topic, { value: 'there' })
    broker.faults.add({ when: { api: 'Produce', topic }, do: { close: { applied: true } } })
    const error = await producer.send(topic, { value: 'who knows' }).catch(e => e)
    expect(error).toBeInstanceOf(SendError)
    expect(error.message).toMatch(/^1 of 1 records to \S+ were not acked: unknown \(\w+: .+\)$/)
    expect((error as SendError).outcomes).toMatchObject([{ state: 'unknown', offset: -1 }])
  })

  it('takes acks 0 as it is: sent, and nothing known', async () => {
    const topic = await newTopic()
    const producer = await client.producer({ acks: 0 })
    expect(await producer.send(topic, { value: 'gone' })).toEqual({
      ...{ topic, partition: 0, offset: -1, state: 'unknown', error: '' },
    })
  })

  it('tells topics: made, described, gone', async () => {
    const admin = await client.admin()
    const topic = await newTopic(3)
    expect(await admin.describe(topic)).toMatchObject({ partitions: 3 })
    expect(await admin.offsets(topic, 'start')).toEqual([0, 0, 0])
    await admin.deleteTopic(topic)
    expect(await admin.describe(topic)).toBeUndefined()
  })

  it('reads several topics, from where the group was', async () => {
    const [one, two] = [await newTopic(), await newTopic()]
    const producer = await client.producer()
    const first = await client.consumer(`of-${one}`, { from: 'earliest' })
    await first.subscribe([one, two])
    await producer.send(one, { value: '1' })
    await producer.send(two, { value: '2' })
    expect((await read(first, 2)).map(each => `${each.topic} ${each.value}`).toSorted()).toEqual(
      [`${one} 1`, `${two} 2`].toSorted(),
    )
    await first.commit()
    expect(await first.poll({ timeout: '50ms' })).toEqual([])
    await first.close()
    await producer.send(two, { value: '3' })
    const second = await client.consumer(`of-${one}`, { from: 'earliest' })
    await second.subscribe([one, two])
    expect((await read(second, 1)).map(each => String(each.value))).toEqual(['3'])
    await second.close()
  })

  it('reads header values that are null, and the last one of a name', async () => {
    const topic = await newTopic()
    const headers = [
      { key: 'null', value: null },
      { key: 'twice', value: Buffer.from('1') },
      { key: 'twice', value: Buffer.from('2') },
      { key: '__proto__', value: Buffer.from('own') },
    ]
    const raw = await TestClient.to(Number(broker.address.split(':')[1]))
    const records = encodeBatch([{ timestamp: Date.now(), value: Buffer.from('v'), headers }])
    const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }]
    await raw.call(produce, 9, { acks: -1, timeoutMs: 5000, topicData })
    raw.close()
    const consumer = await client.consumer(topic, { from: 'earliest' })
    await consumer.subscribe(topic)
    const [record] = await read(consumer, 1)
    expect(Object.entries(record!.headers)).toEqual([
      ['null', null],
      ['twice', Buffer.from('2')],
      ['__proto__', Buffer.from('own')],
    ])
    await consumer.close()
  })

  it('ends: what was sent has its outcome, a poll ends, and nothing is taken any more', async () => {
    const topic = await newTopic()
    const ending = await open()
    const producer = await ending.producer({ linger: '5s' })
    const consumer = await ending.consumer(topic)
    await consumer.subscribe(topic)
    await producer.send(topic, { value: 'first' }).catch(() => undefined)
    await read(consumer, 1)
    const [sent, polled] = [producer.send(topic, { value: 'last' }), consumer.poll()]
    await new Promise(resolve => setImmediate(resolve))
    await ending[Symbol.asyncDispose]()
    expect(await sent).toMatchObject({ state: 'acked', offset: 1 })
    expect((await polled).length).toBeLessThan(2)
    expect(await problem(producer.send(topic, { value: 'x' }))).toBe('Error: the producer is closed')
    expect(await problem(ending.consumer('x'))).toBe('Error: the client is closed')
    await ending.close()
  })

  it('ends beside a broker that stands still: what has no answer is unknown, what found no room was not sent', async () => {
    const still = await startBroker({}, () => undefined)
    const hasty = await createClient({ brokers: still.addresses, timeout: '700ms', driver })
    await (await hasty.admin()).createTopic('orders')
    const producer = await hasty.producer({ deliveryTimeout: '60s', bufferRecords: 2 })
    await producer.send('orders', { value: 'there' })
    still.freezeBroker(1)
    const records = ['a', 'b', 'c', 'd'].map(value => ({ value }))
    const sent = producer.send('orders', records).catch(error => error)
    await new Promise(resolve => setImmediate(resolve))
    await producer.close()
    const error = await sent
    expect(error).toBeInstanceOf(SendError)
    const outcomes = (error as SendError).outcomes.map(each => [each.state, each.error, each.offset])
    expect(outcomes).toEqual([
      ['unknown', 'ClientClosed', -1],
      ['unknown', 'ClientClosed', -1],
      ['failed', 'ClientClosed', -1],
      ['failed', 'ClientClosed', -1],
    ])
    expect(error.message).toMatch(
      /^4 of 4 records to orders were not acked: unknown \(ClientClosed: the producer was closed before /,
    )
    expect(await problem(producer.send('other', { value: 'x' }))).toBe('Error: the producer is closed')
    await hasty.close()
    still.unfreezeBroker(1)
    await still.close()
  })

  it('has its producers begin with different partitions', async () => {
    const topic = await newTopic(2)
    const [one, another] = [await client.producer(), await client.producer()]
    const sent = [await one.send(topic, { value: '1' }), await another.send(topic, { value: '2' })]
    expect(sent.map(each => each.partition).toSorted()).toEqual([0, 1])
  })

  it('refuses what is no record, no topic, no partition, no time', async () => {
    const topic = await newTopic(2)
    const producer = await client.producer()
    const consumer = await client.consumer(topic)
    const refused = [
      producer.send('', { value: 'x' }),
      producer.send('not-there', { value: 'x' }),
      producer.send(topic, [{ value: 'x' }, { val: 'x' } as never]),
      producer.send(topic, { value: 'x', headers: { n: 1 as never } }),
      producer.send(topic, { value: 'x', partition: 2 }),
      consumer.poll({ timeout: 'soon' }),
    ]
    expect(await Promise.all(refused.map(problem))).toEqual([
      "ConfigError: topic is \"\": expected a name: send('orders', { value: 'a text' })",
      'ConfigError: topic is "not-there": expected a topic that is there\n' +
        "    make it: const admin = await client.admin(), then await admin.createTopic('not-there')",
      expect.stringMatching(/^ConfigError: records\.1 is {"val":"x"}: expected a record such as /),
      expect.stringMatching(/^ConfigError: records\.0 is {"value":"x","headers":{"n":1}}: expected a record/),
      `ConfigError: partition is 2: expected 0 to 1 in topic ${topic}`,
      'ConfigError: timeout is "soon": expected a duration such as \'500ms\' or 2 (seconds)',
    ])
    expect(await (await client.admin()).offsets(topic)).toEqual([0, 0])
  })

  it('makes a topic that was not there a moment ago usable', async () => {
    const topic = `late-${driver}`
    const producer = await client.producer()
    expect(await problem(producer.send(topic, { value: 'x' }))).toContain('a topic that is there')
    await (await client.admin()).createTopic(topic)
    expect(await producer.send(topic, { value: 'x' })).toMatchObject({ offset: 0 })
  })

  it('refuses settings of a producer and of a consumer as a configuration does', async () => {
    expect(await problem(client.producer({ acks: 5 as never, linger: 'x' }))).toBe(
      'ConfigError: producer.acks is 5: expected one of 0, 1, all\n    from producer()\n' +
        'producer.linger is "x": expected a duration from 0s to 7d, such as \'500ms\' or 2 (seconds)\n' +
        '    from producer()',
    )
    expect(await problem(client.consumer('g', { form: 'earliest' } as never))).toMatch(
      /^ConfigError: consumers\.form is "earliest": expected a known option\n {4}from consumer\(\)\n {4}did you mean consumers\.from\?$/,
    )
    expect(await problem(client.consumer(undefined as never))).toMatch(
      /^ConfigError: consumers\.group is "": /,
    )
  })

  it('says where it cannot connect', async () => {
    const nobody = await createClient({ brokers: ['127.0.0.1:1'], driver, timeout: '2s' })
    const said = /^ConnectError: cannot connect to 127\.0\.0\.1:1: connection refused/
    expect(await problem(nobody.admin())).toMatch(said)
    expect(await problem((await nobody.producer()).send('orders', { value: 'x' }))).toMatch(said)
    await nobody.close()
  })
})

it('says why nothing was read', async () => {
  const mortal = await startBroker({}, () => undefined)
  const reader = await createClient({ brokers: mortal.addresses, timeout: '10s' })
  await (await reader.admin()).createTopic('orders')
  const consumer = await reader.consumer('g')
  await consumer.subscribe('orders')
  await mortal.close()
  expect(await problem(consumer.poll({ timeout: '2s' }))).toMatch(
    /^Error: nothing was read within 2 s: \w+: ./,
  )
  await reader.close()
})

describe('options', () => {
  it('are needed: brokers, or a broker of the test', async () => {
    const none =
      'ConfigError: brokers: expected addresses of a Kafka\n    from createClient()\n' +
      "    where there is no Kafka, startBroker() of 'kafka-loadtest/plugins' brings one: brokers: broker.addresses"
    expect(await problem(createClient({} as never))).toBe(none)
    expect(await problem(createClient(undefined as never))).toBe(none)
    expect(await problem(createClient({ brokers: [] }))).toBe(none.replace('brokers:', 'brokers is []:'))
  })

  it('a consumer commits when it is told to, and not by its polls', async () => {
    const client = await createClient({ brokers: ['127.0.0.1:1'] })
    for (const commit of ['poll', '100 records'])
      expect(await problem(client.consumer('shipping', { commit }))).toBe(
        `ConfigError: consumers.commit is "${commit}": expected a duration or 'off': what a poll has handed out is committed by commit()`,
      )
    await client.close()
  })

  it('are refused all at once, as in a configuration', () => {
    const options = {
      brokers: ['kafka-1'],
      driver: 'wir',
      timeout: 'x',
      rate: '5k/s',
      broker: 'kafka-1:9092',
    }
    // where Vite does not import packages in place of Node
    const script = `const { createClient } = await import('kafka-loadtest')
      await createClient(${JSON.stringify(options)}).catch(error => console.log(String(error)))`
    const cwd = new URL('../../..', import.meta.url)
    const argv = ['--input-type=module', '-e', script]
    const { stdout } = spawnSync(process.execPath, argv, { cwd, encoding: 'utf8', env: {} })
    expect(stdout.trimEnd().split('\n')).toEqual([
      'ConfigError: rate is "5k/s": expected an option of a client: brokers, driver, timeout, tls, sasl',
      '    from createClient()',
      'broker is "kafka-1:9092": expected an option of a client: brokers, driver, timeout, tls, sasl',
      '    from createClient()',
      '    did you mean brokers?',
      'driver is "wir": expected a plugin that is installed',
      '    from createClient()',
      '    did you mean wire?',
      'brokers.0 is "kafka-1": expected host:port, such as \'kafka-1:9092\'',
      '    from createClient()',
      'timeout is "x": expected a duration from 1ms to 7d, such as \'500ms\' or 2 (seconds)',
      '    from createClient()',
    ])
  })

  it('are those that are written, whatever the variables of a run say', async () => {
    vi.stubEnv('LOADTEST_DRIVER', 'nonsense')
    const client = await createClient({ brokers: ['127.0.0.1:1'] })
    vi.unstubAllEnvs()
    await client.close()
  })
})
