import { createColors } from 'picocolors'
import { describe, expect, it } from 'vitest'
import { consumersLine } from '../../../plugins/console/consumers.ts'
import { createProgress } from '../../../plugins/console/progress.ts'
import { summary } from '../../../plugins/console/summary.ts'
import { type Load, simulate } from '../fixtures.ts'

const plain = createColors(false)
const calm = { count: 0, longestUs: 0, unownedUs: 0, redelivered: 0 }
const lag = { records: 0, max: 40_120, behind: true }

describe('the line of consumers', () => {
  it.each<[string, object, string]>([
    ['nothing to tell', { rebalances: calm, lag: { ...lag, behind: false } }, ''],
    [
      'rebalances',
      { rebalances: { count: 3, longestUs: 1_204_000, unownedUs: 6_100_000, redelivered: 1024 } },
      '3 rebalances ≤ 1.20 s · no owner ≤ 6.10 s · 1,024 read again',
    ],
    ['a single one', { rebalances: { ...calm, count: 1, longestUs: 5000 } }, '1 rebalance ≤ 5.00 ms'],
    [
      'a backlog',
      { backlog: { records: 150_000, drainUs: 7_900_000, rate: 24_123 } },
      'backlog 150,000 drained in 7.90 s at 24.1k/s',
    ],
    ['a backlog that stayed', { backlog: { records: 150_000 } }, 'backlog 150,000 not drained'],
    ['a lag that is there', { lag: { ...lag, records: 12 } }, 'lag reached 40,120, 12 left'],
    [
      'a lag that was',
      { lag: { ...lag, caughtUp: { afterUs: 3e6 } } },
      'lag reached 40,120, caught up in 3.00 s',
    ],
  ])('%s', (_, section, expected) => expect(consumersLine(section, 68)).toBe(expected))

  it('gives up the last of what is too much', () => {
    const rebalances = { count: 3, longestUs: 1_204_000, unownedUs: 6_100_000, redelivered: 1024 }
    expect(consumersLine({ rebalances, lag }, 68)).toBe(
      '3 rebalances ≤ 1.20 s · no owner ≤ 6.10 s · 1,024 read again',
    )
    expect(consumersLine({ rebalances, lag }, 30)).toBe('3 rebalances ≤ 1.20 s')
  })
  it('is none without a section, or with somebody else’s', () => {
    expect(consumersLine(undefined, 68)).toBe('')
    expect(consumersLine({ of: 'another plugin' }, 68)).toBe('')
  })
})

/** A stream that only reads: nothing is scheduled, and what is read is foreign. */
const reading: Load = { streams: { default: { topic: 'orders', reads: 200_000 } } }

describe('a run that only reads', () => {
  const simulated = simulate(reading)
  const text = summary(simulated.result.toJSON(), {
    config: simulated.config,
    columns: 80,
    rows: 24,
    colors: plain,
    files: [],
    unitOf: () => undefined,
  })
  const lines = text.split('\n')

  it('has a verdict, its rate, and what it read', () => {
    expect(lines[0]).toMatch(/^PASSED {6}valid figures +exit 0$/)
    expect(text).toContain('topic orders · only read · ')
    expect(text).toMatch(/^limit {7}none seen – nothing was sent, and the generator had time to spare$/m)
    expect(text).toMatch(/^rate +consumed$/m)
    expect(text).toMatch(/^records\/s +20,000$/m)
    expect(text).toMatch(/^records {5}200,000 read, 200,000 of them not written by this run$/m)
    expect(lines.every(line => line.length <= 80)).toBe(true)
  })
  it('shows while it goes on how fast it reads', () => {
    const draw = createProgress({ config: simulated.config, colors: plain, columns: () => 80, tty: false })
    const drawn = simulated.snapshots.map(draw)
    expect(drawn[5]).toMatch(/read +\S+\/s/)
    expect(drawn[5]).not.toContain('offered')
    expect(drawn[5]).not.toContain('p99')
  })
})
