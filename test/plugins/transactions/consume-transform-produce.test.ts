import { describe, expect, it } from 'vitest'
import { type Config, definePlugin, type Result, run, type Stream } from '../../../core/index.ts'
import { startBroker } from '../../../plugins/broker/start.ts'
import { consumeTransformProduce, keys } from '../../../plugins/index.ts'
import type { TransactionsSection } from '../../../plugins/transactions/report.ts'

type Options = Parameters<typeof consumeTransformProduce>[0]

/** A stream that writes for three seconds, and one that reads it and writes on; what is read of that in the end. */
async function pipe(
  options: Partial<Options>,
  config: Config = {},
  ...plugins: NonNullable<Config['plugins']>[number][]
) {
  const read: { key: string; value: string; headers: string[] }[] = []
  const reads = {
    name: 'reads',
    stream: (stream: Stream) =>
      stream.hooks.onRecord.tap(record => {
        const headers = record.headers().map(([name]) => name)
        read.push({ key: String(record.key()), value: String(record.value()), headers })
      }),
  }
  const result = await run({
    warmup: 0,
    allowTainted: true,
    streams: {
      in: {
        topic: { name: 'in', partitions: 2 },
        rate: [
          { rate: 500, for: 3 },
          { rate: 0, for: 3 },
        ],
        consumers: 0,
        plugins: [keys.sequential()],
      },
      out: {
        topic: { name: 'out', partitions: 3 },
        rate: 'fed',
        producers: 2,
        consumers: { isolation: 'read_committed' },
        plugins: [
          consumeTransformProduce({ from: 'in', group: 'pipe', records: 20, ...options } as Options),
          reads,
          ...plugins,
        ],
      },
    },
    ...config,
  })
  return { result, read }
}
const section = (result: Result) => result.streams['out']!.sections['transactions'] as TransactionsSection
const all = Array.from({ length: 1500 }, (_, i) => String(i)).sort()

describe('consume, transform, produce', () => {
  it('writes each record once, though a fifth of its transactions is aborted', async () => {
    const { result, read } = await pipe({ abort: '20%' })
    expect(read.map(each => each.key).sort()).toEqual(all)
    expect(result.streams['out']!.identity.holds).toBe(true)
    const { transactions: counts, records } = section(result)
    expect(counts.aborted).toBeGreaterThan(10)
    expect(records.committed).toBe(1500)
    expect(records.aborted).toBeGreaterThan(100)
    // what was aborted was read once more
    expect(result.value('out.consume-transform-produce.again')).toBeGreaterThan(100)
    expect(result.streams['out']!.phases.measure.latency['endToEnd']!.acked.count).toBe(1500)
    expect(result.value('out.consume-transform-produce.commit.p50')).toBeGreaterThan(0)
  })

  it('writes what the transformation makes of a record, and nothing where it makes nothing', async () => {
    const { result, read } = await pipe({
      every: '50ms',
      transform: record => {
        const n = Number(record.key())
        if (n % 3 === 0) return undefined
        const value = n % 3 === 1 ? null : Buffer.from(`was ${record.value()?.length} bytes`)
        return { key: `-${n}`, value, headers: [['made', 'here']] }
      },
    })
    expect(read).toHaveLength(1000)
    const by = new Map(read.map(each => [each.key, each]))
    expect(by.get('-4')).toEqual({ key: '-4', value: 'null', headers: ['made', 'loadtest'] })
    expect(by.get('-5')!.value).toBe('was 100 bytes')
    expect(result.streams['out']!.phases.measure.counts.acked).toBe(1000)
  })
})

it('tells what no transaction has committed at the end', async () => {
  const { result, read } = await pipe({ abort: '97%' })
  const { again, left } = section(result).reading!
  expect(again).toBeGreaterThan(1000)
  expect(left).toBeGreaterThan(0)
  expect(left).toBe(1500 - read.length)
})

describe('what goes wrong', () => {
  it('a record that cannot be written ends the run, and says so', async () => {
    const { result, read } = await pipe({ transform: () => ({ value: Buffer.alloc(2 << 20) }) })
    expect(result.run.stopped).toMatch(
      /RecordTooLarge aborted 3 transactions of producer \d in a row: what transform makes of what was read cannot be written/,
    )
    expect(read).toEqual([])
    expect(result.streams['out']!.identity.holds).toBe(true)
    expect(section(result).refused).toBeGreaterThanOrEqual(3)
    expect(result.exitCode).toBe(6)
    expect(result.verdict.reasons).toContainEqual({
      code: 'consume-transform-produce',
      detail: expect.stringMatching(/^out: RecordTooLarge/),
    })
  })

  it.each([
    [{ value: 'text' }, 'transform answered a value of type string: expected a Uint8Array, or null'],
    [
      { headers: { made: 'here' } },
      'transform answered headers {"made":"here"}: expected a list of [name, value]',
    ],
  ])('an answer that is no record ends the run, and says so: %o', async (answer, message) => {
    const { result } = await pipe({ transform: () => answer as never })
    expect(result.exitCode).toBe(70)
    expect(result.verdict.reasons[0]!.detail).toContain(message)
  })

  it('a broker that refuses for a while does not end it', async () => {
    const refused = { error: 'NOT_ENOUGH_REPLICAS' } as const
    const broker = await startBroker(
      {
        brokers: 1,
        faults: [{ when: { api: 'Produce', topic: 'out', from: '1s', until: '6s' }, do: refused }],
      },
      () => undefined,
    )
    const config = { brokers: broker.addresses, timeout: '3s', producer: { deliveryTimeout: '1s' } }
    const streams = { in: { topic: { name: 'in', partitions: 2 }, rate: 100, consumers: 0 } }
    const made = consumeTransformProduce({ from: 'in', group: 'pipe', records: 5 })
    const out = { topic: { name: 'out', partitions: 3 }, rate: 'fed', consumers: 0, plugins: [made] } as const
    const { exitCode, streams: told } = await run({
      ...{ ...config, warmup: 0, duration: 9, allowTainted: true },
      streams: { ...streams, out },
    })
    await broker.close()
    const {
      refused: aborted,
      records,
      reading,
    } = told['out']!.sections['transactions'] as TransactionsSection
    expect(exitCode).toBe(0)
    expect(aborted).toBeGreaterThanOrEqual(3)
    expect(records.committed).toBeGreaterThan(700)
    expect(reading!.again).toBeGreaterThan(0)
  })

  it('a transaction that is given up for a rebalance is not one that was refused', async () => {
    const other = definePlugin({
      name: 'other',
      register(run) {
        if (run.role !== 'worker') return
        const comesAndGoes = async () => {
          const client = await run.client()
          const consumer = await client.consumer({ group: 'pipe', from: 'earliest', commitUs: 0 })
          await consumer.subscribe(['in'])
          await consumer.leave()
        }
        run.hooks.start.tap(() => run.at(1.5e6, () => void comesAndGoes()))
      },
    })
    const { result, read } = await pipe({ records: 400, every: '1s' }, {}, other())
    expect(read.map(each => each.key).sort()).toEqual(all)
    expect(section(result).refused).toBe(0)
    expect(section(result).transactions.aborted).toBeGreaterThan(0)
    expect(result.value('out.consume-transform-produce.givenUp')).toBe(section(result).transactions.aborted)
    const again = result.value('out.consume-transform-produce.again')
    expect(section(result).reading).toEqual({ topic: 'in', read: 1500 + Number(again), again, left: 0 })
  })

  it('when its brokers are gone it ends all the same', async () => {
    const broker = await startBroker({ brokers: 1 }, () => undefined)
    let gone: Promise<void> | undefined
    const shot = definePlugin({
      name: 'shot',
      stream: stream =>
        void stream.hooks.onEvent.tap(event => {
          if (event.kind === 'transaction' && event.step === 'aborted') gone ??= broker.close()
        }),
    })
    const { result, read } = await pipe(
      { records: 5, abort: '30%' },
      { brokers: broker.addresses, timeout: '2s', producer: { deliveryTimeout: '2s' } },
      shot(),
    )
    await gone
    expect(result.exitCode).not.toBe(70)
    expect(result.streams['out']!.identity.holds).toBe(true)
    expect(read.length).toBeLessThan(1500)
  })
})

describe('what cannot be', () => {
  const options: Options = { from: 'in', group: 'g', records: 1 }
  const load = (config: Config, changes: Partial<Options> = {}) =>
    run({ warmup: 0, duration: 1, ...config, plugins: [consumeTransformProduce({ ...options, ...changes })] })

  it('a stream that has a rate', async () => {
    await expect(load({ rate: 100 })).rejects.toThrow(
      "rate is 100: expected 'fed', since consume-transform-produce gives the stream its records",
    )
  })
  it('its own topic', async () => {
    await expect(load({ rate: 'fed', topic: 'in' })).rejects.toThrow(
      'consume-transform-produce.from is "in": expected another topic than the one that the stream writes to',
    )
  })
  it('a topic that is not there', async () => {
    await expect(load({ rate: 'fed' }, { from: 'nowhere' })).rejects.toThrow(
      'consume-transform-produce.from is "nowhere": expected the topic of a stream of this run, or one that is there',
    )
  })
  it.each([
    [{ records: undefined }, 'consume-transform-produce.records: expected one of records, bytes and every'],
    [{ abort: 1 }, 'consume-transform-produce.abort is 1: expected less than 1'],
    [
      { transform: 'upper' },
      'consume-transform-produce.transform is "upper": expected a function of a record',
    ],
    [{ from: '' }, 'consume-transform-produce.from is "": expected the name of a topic'],
  ])('%j', async (changes, said) => {
    await expect(load({ rate: 'fed' }, changes as never)).rejects.toThrow(said)
  })
})
