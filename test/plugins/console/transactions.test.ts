import { expect, it } from 'vitest'
import { transactionLines } from '../../../plugins/console/transactions.ts'

const section = {
  transactions: { committed: 1234, aborted: 308, unknown: 0, fenced: 3, open: 0 },
  rate: 51.533,
  latency: { commit: { count: 1234, p50: 7000, p99: 12_345, max: 20_000 } },
  lsoLag: { max: 1864, mean: 500, samples: [] },
}

it('says how transactions ended, how long commits took, and how far readers were held back', () => {
  expect(transactionLines(section, 80)).toEqual([
    '1,234 committed · 308 aborted · 3 fenced · p99 12.3 ms · LSO lag reached 1,864',
  ])
  expect(transactionLines(section, 100)[0]).toMatch(/ · 51\.53\/s$/)
})
it('leaves out what there is no room for, and what did not happen', () => {
  expect(transactionLines(section, 60)).toEqual(['1,234 committed · 308 aborted · 3 fenced · p99 12.3 ms'])
  const plain = { transactions: { committed: 5, aborted: 0 }, rate: 1, latency: {} }
  expect(transactionLines(plain, 60)).toEqual(['5 committed · 1/s'])
})
it('says of what they read how much was read again, and how much is left', () => {
  const reading = { topic: 'orders', read: 9450, again: 1050, left: 30_550 }
  const lines = transactionLines({ ...section, reading }, 80)
  expect(lines[1]).toBe('9,450 read · 1,050 of them again · 30,550 left · in orders')
  expect(transactionLines({ ...section, reading }, 50)[1]).toBe(
    '9,450 read · 1,050 of them again · 30,550 left',
  )
})
it('is not there without transactions', () => {
  expect(transactionLines(undefined, 60)).toEqual([])
  expect(transactionLines({ other: 1 }, 60)).toEqual([])
})
