/** The built-in responder, asked by request-reply: nothing is missing, nothing comes twice, all of it comes back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ClientRecord,
  type Config,
  ConfigError,
  createClient,
  type Run,
  run,
  STAMP_BYTES,
  type Stream,
  type StreamConfig,
} from '../../../core/index.ts'
import {
  echo,
  headers,
  keys,
  type RunningBroker,
  requestReply,
  startBroker,
  transactions,
} from '../../../plugins/index.ts'

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

it('a reply has every header of its request: a name that comes twice, and what has no value', async () => {
  const sent = [
    ['a', Buffer.from('1')],
    ['none', null],
    ['a', Buffer.from('2')],
    ['loadtest', Buffer.from('not the stamp of the reply')],
    ['a', null],
  ] as const
  const asks = {
    name: 'asks',
    stream(stream: Stream, r: Run) {
      if (r.role !== 'worker') return
      r.hooks.start.tap(() =>
        r.at(100_000, () => void stream.feed({ key: null, value: null, headers: sent, at: 100_000 })),
      )
    },
  }
  const seen: unknown[] = []
  const reads = {
    name: 'reads',
    stream: (stream: Stream) =>
      stream.hooks.onRecord.tap(record => {
        expect(record.own).toBe(true)
        seen.push(...record.headers())
      }),
  }
  await load({
    requests: { rate: 'fed', plugins: [asks] },
    responder: { consumers: 1, plugins: [echo({ from: 'requests' }), reads] },
  })
  expect(seen.slice(0, 4)).toEqual(sent.filter(([name]) => name !== 'loadtest'))
  expect(seen.slice(4)).toEqual([['loadtest', expect.objectContaining({ length: STAMP_BYTES })]])
})

it('a reply has a stamp of its own, which its readers go by, and not that in its value', async () => {
  const plugins = [echo({ from: 'requests', delay: '300ms' })]
  const result = await load({ responder: { consumers: 1, plugins } })
  expectAll(result, 800)
  const { counts, foreign, latency } = result.streams['responder']!.phases.measure
  // what is answered after the end is read by nobody
  expect(counts.consumed).toBeGreaterThan(300)
  expect(latency['endToEnd']!.acked.count).toBe(counts.consumed)
  expect(foreign).toBe(0)
  // from the reply's instant, which is 300 ms after the request's
  expect(Number(latency['endToEnd']!.acked.p50)).toBeLessThan(300_000)
})

describe('replies that wait', () => {
  it('for as many bytes as may, hold up requests, and lose none', async () => {
    const plugins = [echo({ from: 'requests', delay: '200ms', hold: '128KiB' })]
    const result = await load({ requests: { size: 1000 }, responder: { plugins } })
    expectAll(result, 800)
    // some 80 fit at once, so 800 take ten times their delay: the last ones are asked after a second
    expect(figure(result)('roundTrip.max')).toBeGreaterThan(400_000)
    const most = Number(result.value('responder.echo.held'))
    expect(most).toBeGreaterThan(128 * 1024)
    // what one poll brings may come on top
    expect(most).toBeLessThan(1024 * 1024)
    expect(result.events.map(each => each.kind === 'note' && each.title)).toContain(
      'echo holds 128 KiB of replies: no more requests are read until there is room',
    )
  })
  it('longer than the end of the run does are counted', async () => {
    const plugins = [echo({ from: 'requests', delay: '1m' })]
    const result = await load({ requests: { rate: 100 }, responder: { plugins } }, { timeout: '1s' })
    expect(result.value('responder.echo.unanswered')).toBe(100)
    expect(figure(result)('missing')).toBe(100)
  })
})

describe('requests in transactions', () => {
  it.each([
    ['read_committed', 'has no reply to what was aborted'],
    ['read_uncommitted', 'may answer what is aborted, and it counts'],
  ] as const)('a responder that is %s %s', async (isolation, _what) => {
    const requests = [requestReply({ replies: 'responder' }), transactions({ records: 10, abort: '20%' })]
    const result = await load({
      requests: { plugins: requests },
      responder: { plugins: [echo({ from: 'requests', isolation })] },
    })
    const of = figure(result)
    expect([of('aborted'), of('missing'), of('duplicates'), of('foreign')]).toEqual([160, 0, 0, 0])
    expect(of('replies')).toBe(isolation === 'read_committed' ? 640 : 800)
    expect(result.value('requests.transactions.abortedRecords')).toBe(160)
    expect(result.exitCode).toBe(0)
  })
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
  it('with less to hold than one poll brings', async () => {
    const plugins = [echo({ from: 'requests', hold: '1KiB' })]
    expect(await fault(load({ responder: { plugins } }))).toContain(
      'echo.hold is "1KiB": expected a size from 64KiB to 16GiB',
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
