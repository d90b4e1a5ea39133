import { stripVTControlCharacters } from 'node:util'
import { createColors } from 'picocolors'
import { expect, it } from 'vitest'
import { createProgress } from '../../../plugins/console/progress.ts'
import { type Load, simulate } from '../fixtures.ts'

function drawn(
  load: Load = {},
  options: { columns?: number; tty?: boolean; color?: boolean } = {},
): string[] {
  const { config, snapshots } = simulate(load)
  const { columns = 80, tty = true, color = false } = options
  return snapshots.map(createProgress({ config, columns: () => columns, tty, colors: createColors(color) }))
}

it('tells phase, time, rates, p99 of the last second, what was read and what is in flight', () => {
  const lines = drawn()
  expect(lines[0]).toMatch(/^warm-up .* 1\/12 s {2}/)
  expect(lines[5]).toMatch(
    /^measure ━+─+ {2}6\/12 s {2}5,000 of 5,000\/s {2}p99 +[\d.]+ ms {2}read 5,000\/s {2}\d+ in flight$/,
  )
  expect(lines.at(-1)).toMatch(/^drain .*reading to the end, 1 s/)
})

const troubled = simulate({
  warmup: 2,
  duration: 120,
  streams: {
    a: { rate: 400, fate: at => (at > 40 ? 'failed' : 'acked') },
    b: { rate: 400, fate: at => (at > 40 ? 'dropped' : 'acked') },
  },
})
it.each([40, 60, 80, 100, 200])('stays within %i columns, coloured or not', columns => {
  const { config, snapshots } = troubled
  const progress = createProgress({ config, columns: () => columns, tty: true, colors: createColors(true) })
  for (const snapshot of snapshots)
    expect(stripVTControlCharacters(progress(snapshot)).length).toBeLessThan(columns)
})

it('counts what went wrong since the start, and nothing where nothing did', () => {
  const lines = drawn({
    streams: {
      default: { fate: at => (at > 4 && at < 4.1 ? 'failed' : at > 6 && at < 6.1 ? 'dropped' : 'acked') },
    },
  })
  expect(lines[3]).not.toMatch(/failed|dropped|unknown/)
  expect(lines[4]).toMatch(/475 failed/)
  expect(lines[9]).toMatch(/475 failed {2}475 dropped/)
})

it('a closed run has a service time and no offered rate', () => {
  const [, , line] = drawn({ streams: { default: { closed: true, rate: 50_000 } } })
  expect(line).toMatch(/50\.0k\/s {2}service p99 /)
  expect(line).not.toMatch(/ of |response/)
})

it('with acks=0 there are no answers to tell of, and that is no fault', () => {
  const [, , line] = drawn({ streams: { default: { acks: 0 } } })
  expect(line).toMatch(/5,000\/s offered/)
  expect(line).not.toMatch(/p99|unknown/)
})

it('several streams add up, and the worst of their p99 is shown', () => {
  const [, , line] = drawn({
    streams: { a: { rate: 1000, serviceUs: () => 2000 }, b: { rate: 500, serviceUs: () => 40_000 } },
  })
  expect(line).toMatch(/1,500 of 1,500\/s {2}worst p99 +4\d\.\d ms/)
})

it('a second without answers has no p99', () => {
  const lines = drawn({ streams: { default: { fate: at => (at > 5 && at < 8 ? 'unknown' : 'acked') } } })
  expect(lines[6]).toMatch(/p99 +– /)
})

it('has no bar where it is a line among others', () => {
  expect(drawn({}, { tty: false })[5]).toMatch(/^measure {2}6\/12 s/)
})

it('longer runs have minutes and hours', () => {
  expect(drawn({ warmup: 0, duration: 150, streams: { default: { rate: 10 } } })[64]).toContain(' 1:05/2:30 ')
})

it('says that it drains once a run was stopped, and not in its last second', () => {
  const phases = (load: Load) => drawn(load).map(line => /^\S+/.exec(line)?.[0])
  const stopped = phases({ stopped: { at: 6, why: 'enough', signal: 'SIGINT' } })
  expect(stopped.slice(4, 7)).toEqual(['measure', 'measure', 'drain'])
  expect(phases({}).slice(11)).toEqual(['measure', 'drain'])
})
