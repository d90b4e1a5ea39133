/** What test:chaos judges by, each thing alone: a judge that finds nothing wrong proves nothing. */
import { describe, expect, it } from 'vitest'
import { type Evidence, judge, type Outcome } from './judge.ts'

const RECORDS = 400
const T0 = 1_700_000_000_000
/** Two partitions, a record of each in turn, one every 100 ms. */
const outcomeOf = (index: number): Outcome => ({
  state: 'acked',
  error: '',
  partition: index % 2,
  at: T0 + 100 * index,
})
const numbers = Array.from({ length: RECORDS }, (_, index) => index)

function evidence(
  changes: Partial<Evidence> = {},
  others: ReadonlyMap<number, Outcome> = new Map(),
): Evidence {
  const outcomes = new Map(numbers.map(index => [index, others.get(index) ?? outcomeOf(index)]))
  const count = { acked: 0, failed: 0, unknown: 0 }
  for (const { state } of outcomes.values()) count[state]++
  return {
    ...{ idempotent: true, records: RECORDS, deaths: 2, exitCode: 0, outcomes },
    counts: { scheduled: RECORDS, dropped: {}, ...count },
    happened: [
      { broker: 1, at: T0 + 5000, led: new Map([[0, T0 + 7000]]) },
      { broker: 2, at: T0 + 20_000, led: new Map() },
    ],
    written: [numbers.filter(n => n % 2 === 0), numbers.filter(n => n % 2 === 1)],
    ...changes,
  }
}
const faults = (...given: Parameters<typeof evidence>) => judge(evidence(...given)).faults
const some = (outcome: Partial<Outcome>, ...indices: readonly number[]) =>
  new Map(indices.map(index => [index, { ...outcomeOf(index), ...outcome }]))

it('finds nothing where nothing is wrong, and tells each death', () => {
  const { lines, faults } = judge(evidence())
  expect(faults).toEqual([])
  expect(lines).toContain(
    '  death 1: broker 1 led 1 partitions, others led them after 2.0 s, acks were back 0.0 s later',
  )
  expect(lines).toContain('  death 2: broker 2 led 0 partitions')
})

describe('a fault is', () => {
  it('a run that ended otherwise than well', () => {
    expect(faults({ exitCode: 5 })).toEqual(['the run ended with 5, not with 0'])
    expect(faults({ exitCode: null })).toHaveLength(1)
  })
  it('a record that was dropped, or never due, or has no outcome', () => {
    const few = new Map(numbers.slice(1).map(index => [index, outcomeOf(index)]))
    const counts = { scheduled: RECORDS, dropped: { backlog: 1 }, acked: 399, failed: 0, unknown: 0 }
    expect(faults({ outcomes: few, counts })).toEqual(['399 records ended, not 400'])
    expect(faults({ outcomes: few, counts: { ...counts, scheduled: 399, dropped: {} } })).toEqual([
      '399 records were scheduled, not 400',
      '399 records ended, not 400',
    ])
    expect(faults({ outcomes: few, counts: { ...counts, dropped: {} } })).toEqual([
      'not every record that was not dropped has an outcome',
      '399 records ended, not 400',
    ])
  })
  it('an account that is another one', () => {
    const counts = { scheduled: RECORDS, dropped: {}, acked: 399, failed: 0, unknown: 1 }
    expect(faults({ counts })).toEqual(['the account of the run is another one than its outcomes'])
  })
  it('a death that did not come about, and deaths that moved nothing', () => {
    const { happened } = evidence()
    expect(faults({ happened: happened.slice(0, 1) })).toEqual(['1 brokers died, not 2'])
    expect(faults({ happened: happened.map(each => ({ ...each, led: new Map() })) })).toEqual([
      'no broker that died led a partition',
    ])
  })
  it('an acked record that is not there, a failed one that is, too many of which nobody knows', () => {
    const [even, odd] = evidence().written as [number[], number[]]
    expect(faults({ written: [even.slice(1), odd] })).toEqual(['acked records are lost'])
    expect(faults({}, some({ state: 'failed' }, 7))).toEqual(['failed records are there'])
    expect(faults({}, some({ state: 'unknown' }, 1, 2, 3, 4))).toEqual([])
    expect(faults({}, some({ state: 'unknown' }, 1, 2, 3, 4, 5))).toEqual(['too many are unknown'])
  })
  it('a partition without an ack in the 5 s after it has another leader, though others have some', () => {
    const silent = numbers.filter(n => n % 2 === 0 && n >= 50 && n < 50 + 90)
    expect(faults({}, some({ at: T0 + 12_000 }, ...silent))).toEqual([])
    expect(faults({}, some({ at: T0 + 12_100 }, ...silent))).toEqual([
      'after death 1 the rate was back after 5.1 s only',
    ])
  })
  it('a record that is there twice or late, of an idempotent producer', () => {
    const [even, odd] = evidence().written as [number[], number[]]
    expect(faults({ written: [[...even, 0], odd] })).toEqual(['records are there twice'])
    const late = [2, 0, ...even.slice(2)]
    expect(faults({ written: [late, odd] })).toEqual(['records are out of order'])
    expect(faults({ written: [[...late, 0], odd], idempotent: false })).toEqual([])
  })
})
