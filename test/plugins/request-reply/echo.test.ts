/** The built-in responder, asked by request-reply: nothing is missing, nothing comes twice, all of it comes back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ClientRecord,
  type Config,
  ConfigError,
  createClient,
  run,
  type StreamConfig,
} from '../../../core/index.ts'
import { echo, headers, keys, type RunningBroker, requestReply, startBroker } from '../../../plugins/index.ts'

let broker: RunningBroker
beforeAll(async () => {
  broker = await startBroker({}, () => undefined)
})
afterAll(() => broker.close())

const load = (
  { requests = {}, responder = {} }: { requests?: StreamConfig; responder?: StreamConfig } = {},
  config: Config = {},
) =>
  run({
    ...{ brokers: broker.addresses, allowTainted: true, warmup: 0, duration: 1, consumers: 0 },
    ...config,
    streams: {
      requests: { rate: 800, plugins: [requestReply({ replies: 'responder' })], ...requests },
      responder: { rate: 'fed', plugins: [echo({ from: 'requests' })], ...responder },
    },
  })
type Loaded = Awaited<ReturnType<typeof load>>
const figure = (result: Loaded) => (name: string) => result.value(`requests.request-reply.${name}`)

function expectAll(result: Loaded, count: number): void {
  const of = figure(result)
  expect([of('replies'), of('missing'), of('duplicates'), of('foreign')]).toEqual([count, 0, 0, 0])
  for (const name of ['requests', 'responder']) {
    const { identity, phases } = result.streams[name]!
    expect(identity.holds).toBe(true)
    expect(phases.measure.counts).toMatchObject({ scheduled: count, acked: count, pending: 0, inFlight: 0 })
  }
  expect(result.exitCode).toBe(0)
}

describe('every request is answered once', () => {
  it.each(['header', 'key'] as const)('by its %s', async correlate => {
    const plugins = [requestReply({ replies: 'responder', correlate })]
    expectAll(await load({ requests: { plugins } }), 800)
  })
  it('with several producers of each', async () => {
    const topic = { partitions: 6 }
    expectAll(await load({ requests: { producers: 3, topic }, responder: { producers: 4, topic } }), 800)
  })
  it('on two threads', async () => {
    const result = await run(new URL('./echo.config.ts', import.meta.url), {
      overrides: { brokers: broker.addresses },
    })
    expectAll(result, 1000)
  })
  it('after its delay, which the round trip shows', async () => {
    const plugins = [echo({ from: 'requests', delay: '250ms' })]
    const result = await load({ responder: { plugins } })
    expectAll(result, 800)
    expect(figure(result)('roundTrip.min')).toBeGreaterThanOrEqual(250_000)
    // the stream's own response time counts from the end of the delay
    expect(Number(result.value('responder.response.min'))).toBeLessThan(250_000)
  })
  it('also where producers have hardly any room', async () => {
    const producer = { bufferRecords: 20, linger: '20ms' }
    const result = await load({ requests: { rate: 2000 }, responder: { producer } })
    expectAll(result, 2000)
  })
})

it('a reply is its request: key, headers and value', async () => {
  const client = await createClient({ brokers: broker.addresses, timeout: '10s' })
  const admin = await client.admin()
  const topics = ['asked', 'answered']
  for (const topic of topics) await admin.createTopic(topic, { partitions: 1 })
  const existing = (name: string) => ({ topic: { name, existing: true } })
  const traffic = [keys.sequential(), headers.fixed({ headers: { tenant: 'rare', empty: '' } })]
  await load({
    requests: {
      rate: 50,
      ...existing('asked'),
      size: 200,
      plugins: [...traffic, requestReply({ replies: 'answered' })],
    },
    responder: { ...existing('answered'), plugins: [echo({ from: 'asked' })] },
  })
  const read = async (topic: string) => {
    const consumer = await client.consumer(`reads-${topic}`, { from: 'earliest' })
    await consumer.subscribe(topic)
    const records: ClientRecord[] = []
    while (records.length < 50) records.push(...(await consumer.poll()))
    await consumer.close()
    // the stamp is each record's own
    return records.map(({ key, value, headers: { loadtest: _, ...rest } }) => ({ key, value, headers: rest }))
  }
  const [asked, answered] = [await read('asked'), await read('answered')]
  expect(answered).toEqual(asked)
  expect(asked[7]).toMatchObject({ key: Buffer.from('7'), headers: { tenant: Buffer.from('rare') } })
  expect(Object.keys(asked[7]!.headers)).toContain('correlation-id')
  await client.close()
})

it('a stream that is stopped still answers what it was asked', async () => {
  const stop = new AbortController()
  const streams: Config = {
    streams: {
      requests: { rate: 500, plugins: [requestReply({ replies: 'responder' })] },
      responder: { rate: 'fed', plugins: [echo({ from: 'requests', delay: '100ms' })] },
    },
  }
  const result = await run(
    { brokers: broker.addresses, allowTainted: true, warmup: 0, duration: 60, consumers: 0, ...streams },
    { signal: stop.signal, onSnapshot: () => stop.abort('enough') },
  )
  expect(result.run.stopped).toBe('enough')
  const of = figure(result)
  expect(Number(of('replies'))).toBeGreaterThan(0)
  expect(of('missing')).toBe(0)
})

describe('is refused', () => {
  const fault = async (loading: Promise<unknown>) => {
    const error: unknown = await loading.catch(e => e)
    expect(error).toBeInstanceOf(ConfigError)
    return (error as ConfigError).message
  }
  it('for a stream that is not fed', async () => {
    expect(await fault(load({ responder: { rate: 100 } }))).toContain(
      "streams.responder.rate is 100: expected 'fed', since echo gives the stream its records",
    )
  })
  it('for a stream that nobody writes', async () => {
    const reads = { producers: 0, consumers: 1, rate: null as never, topic: 'asked-and-read' }
    expect(await fault(load({ requests: { topic: 'asked-and-read' }, responder: reads }))).toContain(
      'streams.responder.producers is 0: expected at least 1',
    )
  })
  it('for replies to replies', async () => {
    expect(await fault(load({ responder: { plugins: [echo({ from: 'responder' })] } }))).toContain(
      'echo.from is "responder": expected another topic than the one that replies go to',
    )
  })
  it('for a topic that is not there', async () => {
    expect(await fault(load({ responder: { plugins: [echo({ from: 'questions' })] } }))).toContain(
      'echo.from is "questions": expected the name of a stream of this run, or of a topic that is there',
    )
  })
  it('as requests, which have an instant', async () => {
    const plugins = [requestReply({ replies: 'requests' }), echo({ from: 'requests' })]
    expect(await fault(load({ responder: { plugins } }))).toContain(
      'streams.responder.rate is "fed": expected a rate',
    )
  })
})
