import { describe, expect, it } from 'vitest'
import { type Config, type Result, type Run, run, type Stream } from '../../../core/index.ts'
import { runConfig } from '../../../core/run.ts'
import { type FakeDriverOptions, fakeDriver, virtualClock } from '../../../core/testing/index.ts'
import { transactions } from '../../../plugins/index.ts'
import type { TransactionsSection } from '../../../plugins/transactions/report.ts'

type End = Parameters<NonNullable<FakeDriverOptions['onEnd']>>[0]

async function load(
  options: Parameters<typeof transactions>[0],
  config: Config = {},
  fake: FakeDriverOptions = {},
) {
  const ends: End[] = []
  const sizes = new Map<string, { records: number; bytes: number; from: number; to: number }>()
  const sees = {
    name: 'sees',
    stream: (stream: Stream) =>
      stream.hooks.onAck.tap(({ producer, transaction, count, bytes, enqueuedAt }) => {
        const name = `${producer} ${transaction}`
        const seen = sizes.get(name) ?? { records: 0, bytes: 0, from: enqueuedAt[0]!, to: 0 }
        const to = Math.max(seen.to, enqueuedAt[0]!)
        sizes.set(name, { ...seen, records: seen.records + count, bytes: seen.bytes + bytes, to })
      }),
  }
  const quiet = { warmup: 0, consumers: 0, rate: 1000, duration: 4, ...config }
  const driver = fakeDriver({ onEnd: end => ends.push(end), ...fake })
  const plugins = [driver, sees, transactions(options), ...(config.plugins ?? [])]
  const result = await run({ ...quiet, plugins }, { clock: virtualClock })
  return { result, ends, sizes: [...sizes.values()] }
}
const sectionOf = (result: Result, stream = 'default') =>
  result.streams[stream]!.sections['transactions'] as TransactionsSection

describe('a transaction ends', () => {
  it('with its last record', async () => {
    const { result, sizes } = await load({ records: 40 })
    expect(sizes.map(each => each.records)).toEqual(Array.from({ length: 100 }, () => 40))
    expect(result.streams['default']!.identity.holds).toBe(true)
    expect(result.exitCode).toBe(0)
  })
  it('with the record that makes up its bytes', async () => {
    const { sizes } = await load({ bytes: '1KiB' }, { size: 100 })
    expect(sizes.slice(0, -1).every(each => each.bytes === 1100)).toBe(true)
  })
  it('after its time, with a record or without', async () => {
    const { sizes } = await load({ every: '50ms' })
    expect(sizes.length).toBeGreaterThanOrEqual(75)
    for (const { from, to } of sizes) expect(to - from).toBeLessThanOrEqual(50_000)
    const { ends } = await load({ every: '50ms' }, { rate: 1 })
    expect(ends).toHaveLength(4)
  })
  it('by whichever is first', async () => {
    const { sizes } = await load({ records: 40, every: '20ms', bytes: '1GiB' })
    expect(Math.max(...sizes.map(each => each.records))).toBeLessThanOrEqual(21)
    const { sizes: others } = await load({ records: 10, every: '20ms' })
    expect(Math.max(...others.map(each => each.records))).toBe(10)
  })
})

describe('aborts', () => {
  it('are the share that was asked for, and in the report with their records', async () => {
    const { result, ends } = await load({ records: 10, abort: '20%' }, { producers: 2 })
    const aborted = ends.filter(each => each.how === 'abort')
    expect(aborted).toHaveLength(80)
    const { transactions: counts, records, refused } = sectionOf(result)
    expect(counts).toEqual({ committed: 320, aborted: 80, unknown: 0, fenced: 0, open: 0 })
    expect(records).toEqual({ committed: 3200, aborted: 800, unknown: 0, fenced: 0, open: 0 })
    expect(refused).toBe(0)
    expect(result.value('transactions.aborted')).toBe(80)
    expect(result.value('transactions.abortedRecords')).toBe(800)
  })
  it('that nobody wanted are told apart', async () => {
    const { result } = await load({ records: 10 }, {}, { state: i => (i === 1234 ? 'failed' : 'acked') })
    const { transactions: counts, records, refused } = sectionOf(result)
    expect([counts.aborted, records.aborted, refused]).toEqual([1, 9, 1])
    expect(result.value('transactions.refused')).toBe(1)
    expect(result.verdict.state).toBe('valid')
  })
})

it('tells commits that nobody confirmed, and keeps those events', async () => {
  const ends = (n: number) => (n === 7 ? ('unknown' as const) : ('committed' as const))
  const { result } = await load({ records: 10 }, {}, { ends })
  const { transactions: counts, records } = sectionOf(result)
  expect([counts.unknown, records.unknown]).toEqual([1, 10])
  expect(records.committed).toBe(3990)
  expect(result.events.filter(each => each.kind === 'transaction')).toMatchObject([
    { step: 'unknown', transaction: 7, stream: 'default' },
  ])
})

it('keeps one open for long now and then, by each producer in turn', async () => {
  const { sizes, ends, result } = await load(
    { records: 10, open: { every: '1s', for: '300ms' } },
    { producers: 2, duration: 5 },
  )
  const long = sizes.filter(each => each.to - each.from > 200_000)
  // at 1, 2, 3 and 4 s
  expect(long).toHaveLength(4)
  for (const { from, to } of long) expect(to - from).toBeLessThanOrEqual(300_000)
  expect(long.map(each => Math.floor(each.from / 1e6))).toEqual([1, 2, 3, 4])
  expect(ends.every(each => each.ended === 'committed')).toBe(true)
  expect(result.streams['default']!.identity.holds).toBe(true)
})

it('has producers fenced on a schedule, and the run goes on with those that did it', async () => {
  const { result } = await load({ records: 10, fence: '1.03s' }, { producers: 2, duration: 5 })
  const { transactions: counts, records } = sectionOf(result)
  expect(counts.fenced).toBe(4)
  const { acked, failed } = result.streams['default']!.phases.measure.counts
  expect(acked + failed).toBe(5000)
  expect(failed).toBeGreaterThan(0)
  expect(Object.values(records).reduce((a, b) => a + b, 0)).toBe(acked)
  expect(result.events.filter(each => each.kind === 'transaction')).toHaveLength(4)
})

describe('the report', () => {
  it('has how long each part of a transaction took, and how long records waited for ends', async () => {
    const { result } = await load(
      { records: 10, abort: 0.5 },
      {},
      { delayUs: 3000, endUs: n => (n === 100 ? 200_000 : 2000) },
    )
    const { latency, rate } = sectionOf(result)
    // answered 3 ms after each record; five of ten wait for the end before, the others take 5 ms to come
    expect(latency.begin!.p50).toBeGreaterThanOrEqual(3000)
    expect(latency.begin!.p50).toBeLessThan(3010)
    expect(latency.send!.p50).toBeGreaterThan(7900)
    expect(latency.send!.p50).toBeLessThan(8100)
    // asked for with the last record: its answer, then the end
    expect(latency.commit!.p50).toBeGreaterThanOrEqual(4990)
    expect(latency.commit!.p50).toBeLessThan(5050)
    expect(latency.abort!.p50).toBeGreaterThanOrEqual(4990)
    expect(latency.coordinator!.p50).toBeGreaterThanOrEqual(1990)
    expect(latency.coordinator!.p50).toBeLessThan(2050)
    expect(latency.commit!.count + latency.abort!.count).toBe(latency.coordinator!.count)
    expect(latency.wait!.max).toBeGreaterThan(195_000)
    expect(rate).toBeCloseTo(latency.coordinator!.count / 4, 1)
    expect(result.value('transactions.wait.max')).toBe(latency.wait!.max)
    expect(result.value('transactions.rate')).toBeGreaterThan(50)
  })

  it('may be judged by thresholds', async () => {
    const { result } = await load(
      { records: 10 },
      { thresholds: { 'transactions.commit.p99': '< 1ms', 'transactions.fenced': '== 0' } },
    )
    expect(result.thresholds.map(each => each.ok)).toEqual([false, true])
  })

  it('is one for each stream', async () => {
    const { result } = await load({ records: 10 }, { streams: { a: { rate: 100 }, b: { rate: 200 } } })
    expect(sectionOf(result, 'a').transactions.committed).toBe(40)
    expect(sectionOf(result, 'b').transactions.committed).toBe(80)
    expect(sectionOf(result, 'b').latency.commit!.count).toBe(80)
  })

  it('counts what a run leaves open when it is cut', async () => {
    const cut = new AbortController()
    const stop = new AbortController()
    const plugins = [
      fakeDriver({ stall: { from: 1e6, to: 60e6 } }),
      transactions({ records: 10 }),
      {
        name: 'cuts',
        register: (r: Run) =>
          r.hooks.sample.tap(s => {
            if (s.second === 2) {
              stop.abort('SIGINT')
              cut.abort()
            }
          }),
      },
    ]
    const value = { warmup: 0, consumers: 0, rate: 1000, duration: 4, plugins }
    const source = { value, cwd: process.cwd(), env: {}, command: 'run' }
    const result = await runConfig(source, { signal: stop.signal, cut: cut.signal, clock: virtualClock })
    const { transactions: counts, records } = sectionOf(result)
    expect(counts.open).toBe(1)
    const { acked } = result.streams['default']!.phases.measure.counts
    expect(records.committed + records.open).toBe(acked)
  })
})

describe('with the embedded broker', () => {
  it('readers of committed records get those and no others, and the LSO stays behind long transactions', async () => {
    const read = { committed: 0, aborted: 0 }
    const ended = new Map<string, string>()
    const transactionsRead = new Map<string, number>()
    const watch = {
      name: 'watch',
      stream(stream: Stream) {
        stream.hooks.onEvent.tap(event => {
          if (event.kind === 'transaction' && event.step !== 'begin')
            ended.set(`${event.producer} ${event.transaction}`, event.step)
        })
        stream.hooks.onRecord.tap(({ producer, transaction }) => {
          const name = `${producer} ${transaction}`
          transactionsRead.set(name, (transactionsRead.get(name) ?? 0) + 1)
        })
      },
    }
    const result = await run({
      warmup: 0,
      rate: 500,
      duration: 5,
      producers: 2,
      consumers: { isolation: 'read_committed' },
      plugins: [transactions({ records: 20, abort: '20%', open: { every: '2s', for: '1500ms' } }), watch],
      allowTainted: true,
    })
    const { phases, identity } = result.streams['default']!
    expect(identity.holds).toBe(true)
    expect(phases.measure.counts.acked).toBe(2500)
    const { transactions: counts, records, lsoLag } = sectionOf(result)
    expect(counts.aborted).toBeGreaterThan(10)
    for (const [name, n] of transactionsRead) {
      const how = ended.get(name)
      if (how === 'committed') read.committed += n
      else read.aborted += n
    }
    expect(read).toEqual({ committed: records.committed, aborted: 0 })
    expect(phases.measure.counts.consumed).toBe(records.committed)
    expect(records.committed + records.aborted).toBe(2500)
    expect(lsoLag!.max).toBeGreaterThan(200)
    expect(result.value('transactions.lsoLag.max')).toBeGreaterThan(200)
  })

  it('fences, and loses what was in those transactions alone', async () => {
    const result = await run({
      warmup: 0,
      rate: 500,
      duration: 4,
      producers: 2,
      consumers: { isolation: 'read_committed' },
      plugins: [transactions({ every: '100ms', fence: '1s' })],
      allowTainted: true,
    })
    const { phases, identity } = result.streams['default']!
    expect(identity.holds).toBe(true)
    const { transactions: counts, records } = sectionOf(result)
    expect(counts.fenced).toBe(3)
    const { acked, failed, consumed } = phases.measure.counts
    expect(acked + failed).toBe(2000)
    expect(consumed).toBe(records.committed)
  })
})

describe('what is no option', () => {
  it.each([
    [{}, 'transactions.records: expected one of records, bytes and every at least'],
    [{ records: 0 }, 'transactions.records is 0: expected a whole number from 1 to 1000000000'],
    [{ every: '2m' }, 'transactions.every is "2m": expected a duration from 1ms to 50s'],
    [{ records: 1, abort: '120%' }, 'transactions.abort is "120%": expected a share from 0 to 1'],
    [{ records: 1, bytes: '0B' }, 'transactions.bytes is "0B": expected a size from 1B to 1GiB'],
    [
      { records: 1, open: { every: '1s', for: '1s' } },
      'transactions.open.for is "1s": expected less than open.every',
    ],
    [{ records: 1, open: { every: '1s' } }, 'transactions.open.for: expected a duration from 1ms to 50s'],
    [{ records: 1, fence: 0 }, 'transactions.fence is 0: expected a duration from 100ms to 1h'],
  ])('%j', async (options, said) => {
    await expect(load(options as never)).rejects.toThrow(said)
  })
})
