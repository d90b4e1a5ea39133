import { expect, it } from 'vitest'
import { CatchingUp } from '../../../plugins/consumers/catching-up.ts'
import { GroupLag } from '../../../plugins/consumers/lag-series.ts'

const at = (...offsets: (number | undefined)[]) =>
  offsets.flatMap((offset, partition) => (offset === undefined ? [] : [{ partition, offset }]))

it('is the end minus the position, by partition and in all, with the most of each', () => {
  const lag = new GroupLag(false)
  lag.add(1, at(10, 90), [30, 100])
  lag.add(2, at(40, 95), [40, 140])
  const { records, max, partitions, series } = lag.result('g')
  expect([records, max]).toEqual([45, 45])
  expect(partitions).toEqual([
    { partition: 0, records: 0, max: 20 },
    { partition: 1, records: 45, max: 45 },
  ])
  expect(series).toEqual([
    { second: 1, records: 30, partitions: [20, 10] },
    { second: 2, records: 45, partitions: [0, 45] },
  ])
})

it('grows where nobody reads, from the last position', () => {
  const lag = new GroupLag(false)
  lag.add(1, at(10, 10), [10, 10])
  lag.add(2, at(20), [20, 25])
  lag.add(3, at(30), [30, 60])
  expect(lag.records).toBe(50)
})
it('is unknown, and not all of the log, where nobody has read yet', () => {
  const lag = new GroupLag(false)
  lag.add(1, at(undefined, 5), [1000, 10])
  expect(lag.records).toBe(5)
})
it('is all of the log where nobody has read yet and the group begins with it', () => {
  const lag = new GroupLag(true)
  lag.add(1, at(undefined, 5), [1000, 10])
  expect(lag.records).toBe(1005)
  lag.add(2, at(400, 10), [1000, 10])
  expect(lag).toMatchObject({ records: 600, passed: 410 })
})
it('has passed nothing by being told for the first time where it is', () => {
  const lag = new GroupLag(false)
  lag.add(1, at(undefined, 500), [1000, 510])
  lag.add(2, at(700, 510), [1000, 510])
  expect(lag.passed).toBe(10)
})
it('goes by who is further where two say that they have a partition', () => {
  const lag = new GroupLag(false)
  lag.add(1, [...at(10), ...at(25)], [30])
  expect(lag.records).toBe(5)
})
it('goes back with a member that reads again', () => {
  const lag = new GroupLag(false)
  lag.add(1, at(90), [100])
  lag.add(2, at(40), [100])
  expect(lag.records).toBe(60)
})

it('keeps the largest of what it merges, so that a long run stays small', () => {
  const lag = new GroupLag(false)
  const partitions = 1000
  for (let second = 1; second <= 1000; second++) {
    const ends = new Array<number>(partitions).fill(second === 7 ? 5000 : 100)
    lag.add(second, at(...new Array<number>(partitions).fill(0)), ends)
  }
  const { series, max } = lag.result('g')
  expect(series.length * partitions).toBeLessThanOrEqual(100_000)
  expect(Math.max(...series.map(row => row.records))).toBe(5_000_000)
  expect(max).toBe(5_000_000)
  expect(series.at(-1)?.second).toBe(1000)
})

const look = (second: number, records: number, passed: number, written = 100) => ({
  at: second * 1e6,
  records,
  passed,
  written,
})

it('catching up begins with the largest lag, and ends within what a second brings', () => {
  const c = new CatchingUp()
  for (const [second, records, passed] of [
    [1, 50, 0],
    [2, 900, 0],
    [3, 1000, 100],
    [4, 600, 600],
    [5, 100, 1200],
    [6, 0, 1300],
  ] as const)
    c.add(look(second, records, passed))
  expect(c).toMatchObject({ behind: true, max: 1000, at: 3e6, caughtUp: { afterUs: 2e6, rate: 550 } })
})
it('what is on its way is no lag', () => {
  const c = new CatchingUp()
  c.add(look(1, 80, 0))
  c.add(look(2, 20, 100))
  expect(c).toMatchObject({ behind: false, max: 80, caughtUp: undefined })
})
it('who falls behind again has not caught up', () => {
  const c = new CatchingUp()
  c.add(look(1, 500, 0))
  c.add(look(2, 0, 500))
  c.add(look(3, 2000, 500))
  expect(c).toMatchObject({ behind: true, max: 2000, caughtUp: undefined })
})
