/** What is met and what is not: a client that did other work than it was asked for proves nothing. */
import { expect, it } from 'vitest'
import type { Bound, Measured, Row } from './round.ts'
import { rows, WIRE } from './rows.ts'
import { boundsTable, clientsTable, judge, type Rounds } from './table.ts'

const PEER = 'peer'
const bound: Bound = { against: PEER, atLeast: 2 }
const row: Row = {
  ...{ name: 'fixed', work: 'some', partitions: 1, contenders: [], bounds: [bound] },
  conditions: [
    { figure: 'rate', atLeast: 99 },
    { figure: 'dropped', atMost: 0 },
  ],
}
const wire = { perCpu: 5e6, us: 0.2, rate: 100, seconds: 30, dropped: 0 }
const peer = { perCpu: 2e6, us: 0.5, rate: 100, seconds: 30 }
const roundsOf = (own: readonly Measured[], others: readonly Measured[] = [peer]): Rounds =>
  new Map([
    [WIRE, own],
    [PEER, others],
  ])

it('is met where both did the work, by the medians', () => {
  expect(judge(row, bound, roundsOf([wire]))).toMatchObject({ met: true, ratio: '2.50 ×' })
  expect(judge(row, bound, roundsOf([{ ...wire, perCpu: 3e6 }])).met).toBe(false)
  expect(clientsTable(new Map([[row, roundsOf([wire])]]))).not.toContain('†')
})

it.each([
  ['a round of ours was too slow', roundsOf([wire, wire, { ...wire, rate: 98 }]), WIRE],
  ['a record of ours was dropped', roundsOf([wire, { ...wire, dropped: 1 }, wire]), WIRE],
  ["a round of the peer's was too slow", roundsOf([wire], [peer, { ...peer, rate: 98 }]), PEER],
])('is not met when %s, and that one is marked', (_, rounds, marked) => {
  const measured = new Map([[row, rounds]])
  expect(judge(row, bound, rounds).met).toBe(false)
  expect(boundsTable(measured)).toContain('**missed**')
  expect(clientsTable(measured).match(/\| (\w[\w ]*) † \|/g)).toEqual([`| ${marked} † |`])
})

it('is not met where nothing was measured', () => {
  expect(judge(row, bound, roundsOf([])).met).toBe(false)
})

it('asks for the rate where there is one, and for an outcome of every record that a frozen broker was sent', () => {
  const conditionsOf = (name: string) => rows.find(each => each.name === name)?.conditions
  expect(conditionsOf('fixed')).toEqual([
    { figure: 'rate', atLeast: 198_000 },
    { figure: 'dropped', atMost: 0 },
  ])
  expect(conditionsOf('memory')).toEqual([{ figure: 'rate', atLeast: 495_000 }])
  expect(rows.find(each => each.name === 'frozen')?.bounds).toContainEqual(
    expect.objectContaining({ figure: 'unanswered', atMost: 0 }),
  )
})
