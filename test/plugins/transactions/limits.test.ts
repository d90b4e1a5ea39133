import { describe, expect, it } from 'vitest'
import type { OpenTransaction, Run } from '../../../core/index.ts'
import { Limits } from '../../../plugins/transactions/limits.ts'

const MS = 1000

/** Time that passes when it is told to, with what is to happen at its points. */
function timers() {
  let now = 0
  const waiting: { at: number; fn: () => void }[] = []
  const run = { at: (at: number, fn: () => void) => waiting.push({ at, fn }) } as Partial<Run> as Run
  const until = (end: number) => {
    for (;;) {
      waiting.sort((a, b) => a.at - b.at)
      if (waiting.length === 0 || waiting[0]!.at > end) break
      const { at, fn } = waiting.shift()!
      now = at
      fn()
    }
    now = end
  }
  return { run, waiting, until, now: () => now }
}

function open(number: number, openedAt: number, ends: [number: number, how: string][]): OpenTransaction {
  const end = (how: string) => ends.push([number, how])
  return {
    number,
    producer: 0,
    openedAt,
    freeAt: openedAt,
    records: 0,
    bytes: 0,
    end,
    fence: () => undefined,
  }
}

describe('the time of transactions', () => {
  it('has one timer, however many end before it', () => {
    const { run, waiting } = timers()
    const limits = new Limits({ records: 1, every: 50_000 * MS }, run, 1, () => 'commit')
    for (let i = 0; i < 1000; i++) expect(limits.endsWith(open(i, i * MS, []), 100, i * MS)).toBe('commit')
    expect(waiting).toHaveLength(1)
  })

  it('ends each that has no record to end it, when it is over', () => {
    const { run, waiting, until, now } = timers()
    const limits = new Limits({ every: 100 * MS }, run, 1, () => 'commit')
    const ends: [number, string][] = []
    limits.endsWith(open(0, 0, ends), 100, 0)
    until(100 * MS)
    expect(ends).toEqual([[0, 'commit']])
    expect(waiting).toEqual([])
    limits.endsWith(open(1, 150 * MS, ends), 100, 150 * MS)
    until(249 * MS)
    expect(ends).toHaveLength(1)
    until(250 * MS)
    expect(ends).toEqual([
      [0, 'commit'],
      [1, 'commit'],
    ])
    expect(now()).toBe(250 * MS)
  })

  it('looks again when the one it was set for has ended, and earlier for one that is shorter', () => {
    const { run, waiting, until } = timers()
    const options = { records: 2, every: 100 * MS, open: { every: 1000 * MS, for: 5000 * MS } }
    const limits = new Limits(options, run, 1, () => 'abort')
    const ends: [number, string][] = []
    // ended by its records after 10 ms: its timer finds the next one
    const first = open(0, 0, ends)
    limits.endsWith(first, 100, 0)
    limits.endsWith(open(1, 10 * MS, ends), 100, 10 * MS)
    until(110 * MS)
    expect(ends).toEqual([[1, 'abort']])
    // the long one of second 1 is fenced, and the next one is a short one
    limits.endsWith(open(2, 1000 * MS, ends), 100, 1000 * MS)
    expect(waiting.map(each => each.at)).toEqual([6000 * MS])
    limits.endsWith(open(3, 1500 * MS, ends), 100, 1500 * MS)
    until(1600 * MS)
    expect(ends).toEqual([
      [1, 'abort'],
      [3, 'abort'],
    ])
    until(7000 * MS)
    expect(waiting).toEqual([])
  })
})
