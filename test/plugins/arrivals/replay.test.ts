import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { run } from '../../../core/index.ts'
import { fakeDriver, virtualClock } from '../../../core/testing/index.ts'
import { arrivals, load } from '../../../plugins/index.ts'
import { faultOf, planOf } from '../load/plan.ts'

const folder = mkdtempSync(join(tmpdir(), 'loadtest-times-'))
afterAll(() => rmSync(folder, { recursive: true }))
function csv(name: string, ...lines: string[]) {
  const path = join(folder, name)
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}
type Options = Parameters<typeof arrivals.replay>[0]
const timesOf = async (options: Options, duration = 60) => {
  const { schedule } = await planOf({ rate: 7, duration, plugins: [arrivals.replay(options)] })
  return Array.from({ length: schedule.total }, (_, k) => schedule.at(k))
}

describe('arrivals.replay', () => {
  const recorded = csv(
    'recorded.csv',
    'at,key',
    '1764000000.000001,a',
    '1764000002.5,c',
    '1764000000.123456,b',
    '1764000002.5,d',
  )
  const times = [0, 123_455, 2_499_999, 2_499_999]

  it('has the recorded times, in order, to the µs, and then ends', async () => {
    expect(await timesOf({ path: recorded })).toEqual(times)
    expect(await timesOf({ path: recorded, column: 'at' })).toEqual(times)
  })
  it.each([0.5, 2, 10, 7])('is %d times as fast', async speed => {
    expect(await timesOf({ path: recorded, speed })).toEqual(times.map(t => Math.round(t / speed)))
  })
  it('repeats a mean step after the last', async () => {
    const path = csv('three.csv', '5', '6', '8')
    expect(await timesOf({ path, repeat: true }, 12)).toEqual(
      [0, 1, 3, 4.5, 5.5, 7.5, 9, 10].map(s => s * 1e6),
    )
    expect(await timesOf({ path, repeat: true, speed: 2 }, 4)).toEqual(
      [0, 0.5, 1.5, 2.25, 2.75, 3.75].map(s => s * 1e6),
    )
  })
  it('is cut off by the end of the run', async () => {
    expect(await timesOf({ path: recorded }, 0.5)).toEqual([0, 123_455])
  })
  it('reads units', async () => {
    expect(await timesOf({ path: csv('ms.csv', '1000', '1001.5'), unit: 'ms' })).toEqual([0, 1500])
    expect(await timesOf({ path: csv('us.csv', '-5', '7'), unit: 'us' })).toEqual([0, 12])
    const iso = csv(
      'iso.csv',
      '2026-11-24T16:06:00.000250Z',
      '2026-11-24 16:06:01',
      '2026-11-24T17:06:01.5+01:00',
    )
    expect(await timesOf({ path: iso, unit: 'iso' })).toEqual([0, 999_750, 1_499_750])
  })
  it('holds a hundred thousand, over a day', async () => {
    const all = Array.from({ length: 100_000 }, (_, i) => (i * 7_654_321_987) % 86_400_000_000).sort(
      (a, b) => a - b,
    )
    const path = csv('many.csv', ...all.map(String))
    const got = await timesOf({ path, unit: 'us' }, 86_400)
    expect(got).toEqual(all.map(t => t - (all[0] as number)))
  })
  it('is what a run sends', async () => {
    const sent: number[] = []
    const driver = fakeDriver({ onRecord: ({ scheduledAt }) => sent.push(scheduledAt) })
    await run(
      {
        duration: 5,
        warmup: 0,
        producers: 3,
        consumers: 0,
        plugins: [driver, arrivals.replay({ path: recorded })],
      },
      { clock: virtualClock },
    )
    expect(sent).toEqual(times)
  })
})

describe('arrivals.replay refuses', () => {
  const two = csv('two.csv', '1', '1')
  const cases: [what: string, options: Options, said: string][] = [
    [
      'a missing file',
      { path: '/nowhere/times.csv' },
      'arrivals.replay.path is "/nowhere/times.csv": expected a file that is there',
    ],
    ['an empty file', { path: csv('blank.csv', '', ' ') }, 'expected a file with rows'],
    ['names alone', { path: csv('names.csv', 'at,key') }, 'expected a file with rows'],
    [
      'a malformed line',
      { path: csv('odd.csv', 'at', '1', '2s') },
      'expected a time in seconds in column 1 of',
    ],
    [
      'a malformed line, with its number',
      { path: csv('odd2.csv', 'at', '1', '', '2s') },
      'odd2.csv:4, not "2s"',
    ],
    [
      'a date that is none',
      { path: csv('date.csv', '2026-11-24T00:00:00', '2026-11-24'), unit: 'iso' },
      'date.csv:2, not "2026-11-24"',
    ],
    [
      'an unknown unit',
      { path: two, unit: 'ns' as never },
      'arrivals.replay.unit is "ns": expected one of s, ms, us, iso',
    ],
    ['a column 0', { path: two, column: 0 }, 'arrivals.replay.column is 0: expected a column: its name'],
    ['to repeat a single moment', { path: two, repeat: true }, 'expected two different times or more'],
  ]
  it.each(cases)('%s', async (_, options, said) => {
    expect(await faultOf({ plugins: [arrivals.replay(options)] })).toContain(said)
  })
  it('a shape beside it', async () => {
    const said = await faultOf({ plugins: [load.sine(), arrivals.replay({ path: two })] })
    expect(said).toContain('arrivals.replay: expected no plugin beside it that shapes the load')
  })
  it('a run without a schedule', async () => {
    const said = await faultOf({ rate: 'max', plugins: [arrivals.replay({ path: two })] })
    expect(said).toContain('for arrivals.replay to work on')
  })
})
