/** Requests to a service that answers as each test says, on the embedded broker: what the report counts, to the record. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type Config,
  ConfigError,
  createClient,
  type KafkaClient,
  type Result,
  type Run,
  run,
} from '../../../core/index.ts'
import { type RunningBroker, requestReply, startBroker } from '../../../plugins/index.ts'
import { type Service, startService } from './responder.ts'

let broker: RunningBroker
let client: KafkaClient
const services: { close(): Promise<void> }[] = []

beforeAll(async () => {
  broker = await startBroker({}, () => undefined)
  client = await createClient({ brokers: broker.addresses, timeout: '10s' })
})
beforeEach(async () => {
  const admin = await client.admin()
  for (const topic of ['requests', 'replies']) await admin.createTopic(topic, { partitions: 4 })
})
afterEach(async () => {
  for (const service of services.splice(0)) await service.close()
  const admin = await client.admin()
  for (const topic of ['requests', 'replies']) await admin.deleteTopic(topic)
})
afterAll(async () => {
  await client.close()
  await broker.close()
})

const serve = async (service: Partial<Service> = {}) => {
  const started = await startService({
    ...{ brokers: broker.addresses, from: 'requests', to: 'replies', replies: () => 1 },
    ...service,
  })
  services.push(started)
  return started
}
const load = (config: Config): Promise<Result> =>
  run({
    ...{
      brokers: broker.addresses,
      topic: { name: 'requests', existing: true },
      rate: 500,
      warmup: 0,
      duration: 1,
    },
    ...{ consumers: 0, allowTainted: true },
    ...config,
  })
const figure = (result: Result) => (name: string) => result.value(`request-reply.${name}`)

describe('replies that all come', () => {
  it.each(['header', 'key'] as const)('are found by %s, once each', async correlate => {
    const service = await serve()
    const of = figure(await load({ plugins: [requestReply({ replies: 'replies', correlate })] }))
    expect(service.seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, i) => i))
    expect(of('replies')).toBe(500)
    expect(of('roundTrip.count')).toBe(500)
    expect([of('missing'), of('duplicates'), of('foreign')]).toEqual([0, 0, 0])
  })

  it('take as long as the service does, counted from the scheduled instant', async () => {
    await serve({ delayMs: () => 200 })
    const result = await load({ plugins: [requestReply({ replies: 'replies' })] })
    const of = figure(result)
    expect(of('roundTrip.min')).toBeGreaterThanOrEqual(200_000)
    expect(of('roundTrip.p50')).toBeGreaterThan(Number(result.value('response.p50')))
    expect(result.streams['default']?.sections['request-reply']).toMatchObject({
      ...{ timeoutUs: 5_000_000, replies: 500, missing: 0, duplicates: 0, foreign: 0 },
      roundTrip: { count: 500, p99: of('roundTrip.p99') },
    })
  })

  it('to requests of the warm-up have no round trip, and count all the same', async () => {
    await serve()
    const plugins = [requestReply({ replies: 'replies' })]
    const of = figure(await load({ warmup: 0.5, duration: 0.5, plugins }))
    expect(of('replies')).toBe(500)
    expect(of('roundTrip.count')).toBe(250)
  })

  it('are asked for with the name of their topic, where a header is to tell it', async () => {
    const topics = new Set<string>()
    const reply: Service['reply'] = ({ key, value, headers }) => {
      topics.add(String(headers['reply-topic']))
      return { key, value, headers: { id: headers['id'] ?? '' } }
    }
    await serve({ reply })
    const plugins = [requestReply({ replies: 'replies', header: 'id', replyTo: 'reply-topic' })]
    const of = figure(await load({ plugins }))
    expect([...topics]).toEqual(['replies'])
    expect([of('replies'), of('missing')]).toEqual([500, 0])
  })
})

describe('replies that do not all come, or come again', () => {
  /** Every tenth never, every seventh twice, every ninety-seventh three times. */
  const replies = (index: number): number =>
    index % 10 === 3 ? 0 : index % 97 === 1 ? 3 : index % 7 === 0 ? 2 : 1
  const numbers = (n: number) => Array.from({ length: n }, (_, i) => replies(i))
  const expected = (n: number) => ({
    missing: numbers(n).filter(count => count === 0).length,
    duplicates: numbers(n).reduce((sum, count) => sum + Math.max(0, count - 1), 0),
  })

  it('are counted to the record', async () => {
    await serve({ replies })
    const plugins = [requestReply({ replies: 'replies', timeout: '1s' })]
    const of = figure(await load({ plugins }))
    const { missing, duplicates } = expected(500)
    expect([of('missing'), of('duplicates'), of('replies')]).toEqual([missing, duplicates, 500 - missing])
  })

  it('are counted once by two threads, whoever reads them', async () => {
    // keyless, so that a second reply is on any partition
    const reply: Service['reply'] = ({ value, headers }) => ({
      value,
      headers: headers as Record<string, Buffer>,
    })
    await serve({ replies, reply })
    const of = figure(
      await run(new URL('./requests.config.ts', import.meta.url), {
        overrides: { brokers: broker.addresses, topic: { name: 'requests', existing: true } },
      }),
    )
    const { missing, duplicates } = expected(1000)
    expect([of('missing'), of('duplicates'), of('replies')]).toEqual([missing, duplicates, 1000 - missing])
  })

  it('are late after the time-out, and have their round trip', async () => {
    const late = (index: number) => index < 100 && index % 5 === 0
    await serve({ delayMs: index => (late(index) ? 2300 : 0) })
    const of = figure(await load({ plugins: [requestReply({ replies: 'replies', timeout: '2s' })] }))
    expect([of('late'), of('missing'), of('replies')]).toEqual([20, 0, 500])
    expect(of('roundTrip.max')).toBeGreaterThanOrEqual(2_300_000)
  })

  it('fail the thresholds on them', async () => {
    await serve({ replies: index => (index === 7 ? 0 : 1) })
    const thresholds = { 'request-reply.missing': '== 0', 'request-reply.roundTrip.p99': '< 1m' }
    const plugins = [requestReply({ replies: 'replies', timeout: '500ms' })]
    const result = await load({ plugins, thresholds })
    expect(result.thresholds).toMatchObject([
      { name: 'request-reply.missing', value: 1, ok: false },
      { name: 'request-reply.roundTrip.p99', ok: true },
    ])
    expect(result.exitCode).toBe(99)
  })

  it('are missing whatever else fails at the end', async () => {
    const fails = {
      name: 'fails',
      register: (r: Run) =>
        r.hooks.drain.tap(() => {
          throw new Error('not today')
        }),
    }
    const result = await load({ rate: 100, plugins: [fails, requestReply({ replies: 'replies' })] })
    expect(result.exitCode).toBe(70)
    expect(figure(result)('missing')).toBe(100)
  })

  it('of others are foreign: what another run asked for, and what names nothing', async () => {
    const reply: Service['reply'] = ({ value }) => ({
      value,
      headers: { 'correlation-id': 'ffffffff-00000001' },
    })
    await serve({ reply })
    const plugins = [requestReply({ replies: 'replies', timeout: '300ms' })]
    const of = figure(await load({ rate: 100, plugins }))
    expect([of('foreign'), of('replies'), of('missing')]).toEqual([100, 0, 100])
  })

  it('of an earlier run are not read', async () => {
    const producer = await client.producer()
    await producer.send('replies', { value: 'old', headers: { 'correlation-id': '00000000-00000000' } })
    await producer.close()
    await serve()
    const of = figure(await load({ plugins: [requestReply({ replies: 'replies' })] }))
    expect([of('foreign'), of('replies')]).toEqual([0, 500])
  })
})

describe('is refused', () => {
  const fault = async (config: Config) => {
    const error: unknown = await load(config).catch(e => e)
    expect(error).toBeInstanceOf(ConfigError)
    return (error as ConfigError).message
  }

  it('at rate max, which has no instant to count from', async () => {
    expect(await fault({ rate: 'max', plugins: [requestReply({ replies: 'replies' })] })).toContain(
      "expected a rate such as '5k/s', since request-reply counts from the instant for which a request was scheduled",
    )
  })
  it('for replies on a topic that is not there', async () => {
    expect(await fault({ plugins: [requestReply({ replies: 'answers' })] })).toContain(
      'request-reply.replies is "answers": expected the name of a stream of this run, or of a topic that is there',
    )
  })
  it('with a header that is not used, or used twice', async () => {
    expect(
      await fault({ plugins: [requestReply({ replies: 'r', correlate: 'key', header: 'x' })] }),
    ).toContain('request-reply.header is "x": expected to be left out, since correlate is key')
    expect(await fault({ plugins: [requestReply({ replies: 'r', replyTo: 'correlation-id' })] })).toContain(
      'request-reply.replyTo is "correlation-id": expected another name',
    )
  })
  it("with the header of the engine's own stamp", async () => {
    expect(await fault({ plugins: [requestReply({ replies: 'r', header: 'loadtest' })] })).toContain(
      'request-reply.header is "loadtest": expected another name than loadtest',
    )
  })
  it('with a time-out beyond its limits', async () => {
    expect(await fault({ plugins: [requestReply({ replies: 'r', timeout: '2h' })] })).toContain(
      'expected a duration from 1ms to 1h',
    )
  })
})
