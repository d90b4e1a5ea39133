import { stripVTControlCharacters } from 'node:util'
import { createColors } from 'picocolors'
import { describe, expect, it } from 'vitest'
import type { Latency, StreamResult } from '../../../core/result.ts'
import { latencyRows } from '../../../plugins/console/stream.ts'
import { summary } from '../../../plugins/console/summary.ts'
import { failedStart, type Load, type Simulated, simulate, threshold } from '../fixtures.ts'

const FILES = ['result.json', 'series.ndjson']
const plain = createColors(false)

function shown(
  { config, result }: Simulated,
  options: { files?: string[]; colors?: typeof plain; rows?: number } = {},
) {
  return summary(result.toJSON(), {
    config,
    columns: 80,
    rows: options.rows ?? 24,
    colors: options.colors ?? plain,
    files: options.files ?? FILES,
    unitOf: metric => (metric === 'acme.rare' ? 'records' : undefined),
  })
}
const report = (load: Load = {}) => shown(simulate(load))
/** A line of the report, found by how it begins. */
const line = (text: string, label: string) => text.split('\n').find(l => l.startsWith(label))
const cells = (text: string, label: string) => line(text, label)?.slice(16).trim().split(/ {2,}/)

const burst =
  (from: number, to: number, fate: 'failed' | 'dropped' | 'unknown' | 'lost' | 'held') => (at: number) =>
    at > from && at < to ? fate : ('acked' as const)
const busy = (second: number) => (second > 4 && second < 10 ? { eventLoopUtilization: 0.97 } : {})

describe('a run of one stream', () => {
  it('is on one screen of 80 × 24 with the prompt, the verdict first', () => {
    const text = report({
      brokers: ['kafka-1:9092'],
      streams: {
        default: {
          topic: 'orders',
          wire: true,
          thresholds: [
            threshold('response.p99', '<', 20_000, '20ms'),
            threshold('failed.count', '==', 0, '0'),
          ],
        },
      },
    })
    const lines = text.split('\n')
    expect(lines.length).toBeLessThanOrEqual(23)
    expect(Math.max(...lines.map(l => l.length))).toBeLessThanOrEqual(80)
    expect(lines[0]).toMatch(/^PASSED {6}valid figures, all 2 thresholds hold +exit 0$/)
    expect(text).toContain('broker      kafka-1:9092')
    expect(text).toContain('topic orders · kafkajs · 2 s warm-up + 10 s')
    expect(text).toContain('ok      response.p99 < 20ms  ')
    expect(text).toContain('loadtest-results/2026-11-24T16-06-00-000Z/ result.json series.ndjson')
  })

  it.each<[string, Load]>([
    ['as it is by default', {}],
    ['tainted', { generator: busy }],
    [
      'with lost records, errors and failed thresholds',
      {
        events: ['A', 'B', 'C', 'D', 'E'].map(code => ({
          kind: 'error',
          at: 1,
          code,
          message: 'x'.repeat(200),
          records: 9,
        })),
        streams: {
          default: {
            fate: burst(7, 8, 'failed'),
            thresholds: Array.from({ length: 2 }, (_, i) => threshold('failed.count', '<', i, String(i))),
          },
        },
      },
    ],
    ['stopped', { stopped: { at: 6, why: 'SIGINT', signal: 'SIGINT' } }],
    ['invalid', { streams: { default: { fate: burst(5, 5.1, 'lost') } } }],
  ])('fits the screen %s', (_, load) => {
    const lines = report(load).split('\n')
    expect(lines.length).toBeLessThanOrEqual(23)
    expect(Math.max(...lines.map(l => l.length))).toBeLessThanOrEqual(80)
  })

  it('never folds a failed threshold away, and repeats the verdict below', () => {
    const thresholds = Array.from({ length: 12 }, (_, i) => threshold('acked.count', '<', i, String(i)))
    const text = report({ streams: { default: { thresholds } } })
    expect(text.match(/FAILED +acked.count/g)).toHaveLength(12)
    expect(text.trimEnd().split('\n').at(-1)).toMatch(/^FAILED .*exit 99$/)
  })

  it('says of the embedded broker that it is a test double', () => {
    expect(report().replace(/\n +/g, ' ')).toContain(
      "embedded broker, a test double: figures are the generator's ceiling, not Kafka's performance",
    )
    expect(report({ brokers: ['kafka-1:9092'] })).not.toContain('test double')
  })

  it('has rates in records/s and MB/s, aligned with their headings', () => {
    const text = report({
      streams: { default: { rate: 20_000, size: 1000, lagUs: () => 300, serviceUs: () => 900 } },
    })
    expect(cells(text, 'rate ')).toEqual(['offered', 'attempted', 'achieved', 'consumed'])
    expect(cells(text, 'records/s')).toEqual(['20,000', '20,000', '20,000', '20,000'])
    expect(cells(text, 'MB/s')?.map(Number)).toEqual([20, 20, 20, 20])
    expect(line(text, 'rate ')?.length).toBe(line(text, 'records/s')?.length)
  })

  it('has an account that closes', () => {
    const text = report({ streams: { default: { fate: burst(7, 7.1, 'failed') } } })
    const account = text.slice(text.indexOf('records  ')).replace(/\s+/g, ' ')
    const [scheduled, ...terms] = (
      account.match(/[\d,]+ (?=scheduled|acked|failed|unknown|dropped|pending|in flight)/g) ?? []
    ).map(n => Number(n.replaceAll(',', '')))
    expect(scheduled).toBe(50_000)
    expect(terms).toHaveLength(6)
    expect(terms.reduce((a, b) => a + b)).toBe(scheduled)
    expect(terms[1]).toBeGreaterThan(0)
    expect(account).toMatch(/held in 13 of 13 snapshots/)
  })

  it('shows what is infinite as such, and the acked column beside it', () => {
    const text = report({ streams: { default: { fate: burst(7, 7.2, 'dropped') } } })
    expect(cells(text, 'response  ')?.slice(2)).toEqual(['∞', '∞', '∞'])
    expect(cells(text, 'response, acked')?.join()).not.toContain('∞')
    expect(text).toMatch(/∞: [\d,]+ of 50,000 records were not acked/)
    expect(text).toMatch(/dropped \(backlog [\d,]+\)/)
    expect(line(text, 'PASSED')).toMatch(/valid figures, but [\d,]+ of 50,000 records were not/)
  })

  it('shows the longest wait so far as the maximum, however few records wait', () => {
    const { measure } = (simulate({}).result.streams['default'] as StreamResult).phases
    const response = measure.latency['response'] as Latency
    const scheduled = { ...response.scheduled, censored: 1, max: 5_000_000 } as NonNullable<
      Latency['scheduled']
    >
    const latency = { ...measure.latency, response: { ...response, scheduled } }
    expect(cells(latencyRows({ ...measure, latency }, plain).join('\n'), 'response')?.at(-1)).toBe('5.00 s')
  })
  it('says what is still in flight at the end, and does not repeat a response column that is the same', () => {
    const text = report({
      stopped: { at: 6, why: 'SIGINT', signal: 'SIGINT' },
      streams: { default: { fate: burst(5.9, 9, 'held') } },
    })
    expect(line(text, 'STOPPED')).toMatch(/by SIGINT: .* exit 130$/)
    expect(text).toMatch(/\d+ still in flight count with their wait so far/)
    expect(text).toContain('response, acked')
    expect(report()).not.toContain('response, acked')
  })
})

it('tells of consumed records that are not of this run', () => {
  expect(report({ streams: { default: { foreign: 120 } } })).toContain(
    '  120 of 50,120 consumed records carry no stamp of this run',
  )
})

describe('figures that a run does not have', () => {
  it('a closed run knows no response, no lag and no offered rate', () => {
    const text = report({ streams: { default: { closed: true, rate: 50_000 } } })
    expect(text).not.toMatch(/response|scheduling lag|offered|end-to-end/)
    expect(cells(text, 'rate ')).toEqual(['attempted', 'achieved', 'consumed'])
    expect(line(text, 'service')).toMatch(/ms/)
    expect(line(text, 'limit')).toBe('limit       broker – it set the pace, as is meant with rate max')
    expect(text).toContain('rate max')
  })
  it('with acks=0 there is no achieved rate, no response and no service', () => {
    const text = report({ streams: { default: { acks: 0 } } })
    expect(text).not.toMatch(/achieved|response|service/)
    expect(text).toContain('+ 50,000 unknown (acks=0)')
    expect(line(text, 'limit')).toMatch(/none seen – with acks=0/)
    expect(line(text, 'PASSED')).toMatch(/valid figures +exit 0/)
  })
  it('of a single second, it is not said that all kept up', () => {
    const text = report({ warmup: 0, duration: 1 })
    expect(line(text, 'PASSED')).toMatch(/valid figures +exit 0/)
    expect(line(text, 'limit')).toMatch(/^limit {7}too short to judge – it takes two measured seconds/)
    expect(line(report({ warmup: 0, duration: 2 }), 'limit')).toMatch(/kept up/)
  })
  it('a run without a configuration file names none, another one its own', () => {
    const { config, ...rest } = simulate({})
    expect(shown({ config, ...rest })).not.toMatch(/^config/m)
    const file = 'load/orders.config.ts'
    expect(line(shown({ config: { ...config, file }, ...rest }), 'config')).toBe(`config      ${file}`)
  })
  it('without consumers nothing is said of consuming', () => {
    expect(report({ streams: { default: { consumers: 0 } } })).not.toMatch(/consumed|end-to-end|transport/)
  })
  it('a run that was stopped in its warm-up says so', () => {
    const text = report({ stopped: { at: 1, why: 'enough: seen enough' } })
    expect(line(text, 'INVALID')).toMatch(/exit 5$/)
    expect(text).toContain('reasons     default: no record was due, so nothing was measured')
    expect(text).toContain('stopped     enough: seen enough')
    expect(text).toContain('none in the measured phase, 5,000 in the warm-up (5,000 acked)')
    expect(text).not.toContain('latency')
  })
  it('a run that never started has its reason', () => {
    const text = shown(failedStart({}, new Error('plugin b failed in prepare: no licence')), { files: [] })
    expect(line(text, 'ERROR')).toMatch(/exit 70$/)
    expect(text).toContain('reasons     plugin b failed in prepare: no licence')
    expect(text).not.toMatch(/^(files|broker)/m)
  })
})

describe('verdict', () => {
  it('tainted: the first three reasons, how many more there are, and who was the limit', () => {
    const text = report({ generator: busy })
    expect(line(text, 'TAINTED')).toMatch(/late or busy; --allow-tainted accepts it +exit 5$/)
    expect(text).toContain('second 5: event loop 97 % busy > 85 %')
    expect(text).toContain('second 6: ')
    expect(text).not.toContain('second 7: ')
    expect(text).toContain('… 3 more, see result.json')
    expect(line(text, 'limit')).toMatch(/generator – late or busy/)
  })
  it('tainted and allowed: passed, and labelled all the same', () => {
    const text = report({ generator: busy, allowTainted: true })
    expect(line(text, 'PASSED')).toMatch(/^PASSED, TAINTED {2}tainted figures \(--allow-tainted\) +exit 0$/)
  })
  it('invalid: not to be used, with the account that does not close', () => {
    const text = report({ streams: { default: { fate: burst(5, 5.1, 'lost') } } })
    expect(line(text, 'INVALID')).toMatch(/do not use them +exit 5$/)
    expect(text).toContain('the account does not close: default, measure: scheduled')
    expect(text).toContain('– DOES NOT HOLD')
    expect(line(text, 'limit')).toBe('limit       not judged – the figures are invalid')
  })
  it('a failed threshold: how many, each with what was measured, those first', () => {
    const text = report({
      streams: {
        default: {
          thresholds: [
            threshold('failed.count', '==', 0, '0'),
            threshold('response.acked.p99', '<', 100, '100us'),
            threshold('achieved.byteRate', '>', 1e9, '1GB/s'),
            threshold('acme.rare', '>', 0, '0'),
          ],
        },
      },
    })
    expect(line(text, 'FAILED')).toMatch(/3 of 4 thresholds do not hold +exit 99$/)
    const rows = text.split('\n').filter(l => /^(thresholds)? *(ok|FAILED) {2,}\S+ [<>=]/.test(l))
    expect(rows[0]).toMatch(/^thresholds {2}FAILED {2}response\.acked\.p99 < 100us +[\d.]+ ms$/)
    expect(rows[1]).toMatch(/FAILED {2}achieved\.byteRate > 1GB\/s +0\.500 MB\/s$/)
    expect(rows[2]).toMatch(/FAILED {2}acme\.rare > 0 +this run has no such figure$/)
    expect(rows[3]).toMatch(/ok {6}failed\.count == 0 +0$/)
  })
  it('the broker as the limit, with what it took of what was offered', () => {
    const text = report({ streams: { default: { fate: burst(4, 6, 'dropped') } } })
    expect(line(text, 'limit')).toMatch(/broker – acked 4,0\d\d of 5,000 records\/s \(80(\.\d)? %\)/)
  })
  it('a report that failed: the figures are there, the files are not', () => {
    const text = shown(simulate({ reports: new Error('disk') }), { files: [] })
    expect(line(text, 'REPORT FAILED')).toMatch(/exit 4$/)
    expect(text).toContain('files       none in loadtest-results/')
  })
})

it('several streams have a block each, with what each of them has', () => {
  const text = report({
    brokers: ['kafka-1:9092'],
    streams: {
      orders: { topic: 'orders', rate: 8000, thresholds: [threshold('response.p99', '<', 20_000, '20ms')] },
      audit: { topic: 'audit-log', closed: true, rate: 400, consumers: 0 },
    },
  })
  expect(text).toContain('run         2 streams · ')
  const [orders = '', audit = ''] = text.split(/\naudit /)
  expect(orders).toContain('orders      topic orders')
  expect(cells(orders, 'records/s')).toEqual(['8,000', '8,000', '8,000', '8,000'])
  expect(audit).toContain('topic audit-log · rate max')
  expect(audit).not.toMatch(/^response |offered|consumed/m)
  expect(text).toContain('ok      orders.response.p99 < 20ms')
  // longer than a screen: the verdict is also what stands above the prompt
  const lines = text.split('\n')
  expect(lines.at(-1)).toBe(lines[0])
})

describe('what stands on the screen', () => {
  const hostile = '\u001b[2J\u001b]0;owned\u0007\r\u202e'
  it('is escaped where it comes from elsewhere', () => {
    const text = shown(
      simulate({
        brokers: [`kafka${hostile}:9092`],
        version: `4.1${hostile}`,
        out: `out${hostile}`,
        internal: new Error(`no tenant ${hostile}`),
        stopped: { at: 8, why: `plugin: ${hostile}` },
        events: [{ kind: 'error', at: 1, code: `X${hostile}`, message: hostile, records: 3 }],
        streams: {
          [`s${hostile}`]: { topic: `t${hostile}`, thresholds: [threshold(`x.${hostile}`, '<', 1, hostile)] },
        },
      }),
      { files: [`a${hostile}`] },
    )
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    expect(text).toContain('\\x1b[2J')
    expect(text).toContain('\\u202e')
  })
  it('has colours where the terminal has them, and the same words', () => {
    const run = simulate({ streams: { default: { fate: burst(7, 7.1, 'failed') } } })
    const painted = shown(run, { colors: createColors(true) })
    expect(painted).not.toBe(shown(run))
    expect(stripVTControlCharacters(painted)).toBe(shown(run))
  })
})
