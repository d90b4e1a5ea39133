import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { arrivals, load } from '../../../plugins/index.ts'
import { faultOf, planOf, rateAt } from './plan.ts'

const folder = mkdtempSync(join(tmpdir(), 'loadtest-rates-'))
afterAll(() => rmSync(folder, { recursive: true }))
function csv(name: string, ...lines: string[]) {
  const path = join(folder, name)
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}
const recorded = csv('recorded.csv', 'time,rate', '100,1000', '110,2000', '110,500', '120,500')
const at = async (options: Parameters<typeof load.replay>[0], seconds: number[], duration = 60) => {
  const { segments } = await planOf({ rate: 7, duration, plugins: [load.replay(options)] })
  return seconds.map(s => rateAt(segments, s))
}

describe('load.replay', () => {
  it('goes in straight lines from rate to rate, jumps where two have one time, and then ends', async () => {
    expect(await at({ path: recorded }, [0, 5, 9, 10, 19, 20, 40])).toEqual([
      1000, 1500, 1900, 500, 500, 0, 0,
    ])
  })
  it('repeats', async () => {
    expect(await at({ path: recorded, repeat: true }, [20, 25, 30, 45])).toEqual([1000, 1500, 500, 1500])
  })
  it('is faster at the same number of records', async () => {
    expect(await at({ path: recorded, speed: 2 }, [0, 2.5, 5, 9, 10])).toEqual([2000, 3000, 1000, 1000, 0])
    const { schedule } = await planOf({ duration: 60, plugins: [load.replay({ path: recorded, speed: 2 })] })
    expect(schedule.total).toBe(20_000)
  })
  it('is scaled', async () => {
    expect(await at({ path: recorded, scale: 0.1 }, [5])).toEqual([150])
  })
  it('is cut off by the end of the run', async () => {
    const { schedule } = await planOf({ duration: 5, plugins: [load.replay({ path: recorded })] })
    expect(schedule.total).toBe((5 * (1000 + 1500)) / 2)
  })
  it('is what others shape, and what arrivals go with, wherever it is listed', async () => {
    const plugins = [
      load.steps({ from: 1, to: 3, steps: 2, every: '5s' }),
      arrivals.poisson(),
      load.replay({ path: recorded }),
    ]
    const { segments, schedule } = await planOf({ duration: 60, plugins })
    expect([4, 6].map(s => rateAt(segments, s))).toEqual([1400, 4800])
    expect(schedule.at(0)).toBeGreaterThan(0)
  })
  it('reads columns by name, other separators, quotes, and units', async () => {
    const path = csv('named.csv', '"req;s";when;host', '"5";0;"a;b"', '', '15;2000;c')
    expect(await at({ path, time: 'when', rate: 'req;s', unit: 'ms' }, [0, 1])).toEqual([5, 10])
    const quoted = csv('quoted.tsv', '"a"\t"the ""rate""s"\r', '"0"\t"4" \r', ' "2"\t8\r')
    expect(await at({ path: quoted }, [0, 1])).toEqual([4, 6])
    const tabs = csv('tabs.tsv', '2026-11-24T16:06:00.5+01:00\t4', '2026-11-24T15:06:02.5Z\t8')
    expect(await at({ path: tabs, unit: 'iso' }, [0, 1])).toEqual([4, 6])
  })
})

describe('load.replay refuses', () => {
  const cases: [what: string, options: Parameters<typeof load.replay>[0], said: string][] = [
    [
      'a missing file',
      { path: '/nowhere/rates.csv' },
      'load.replay.path is "/nowhere/rates.csv": expected a file that is there',
    ],
    ['a folder', { path: folder }, 'is a folder'],
    ['an empty file', { path: csv('empty.csv') }, 'expected a file with rows'],
    [
      'a malformed line',
      { path: csv('odd.csv', '0,1', '1,many', '2,3') },
      'expected a rate in records/s, from 0 on in column 2 of',
    ],
    ['a negative rate', { path: csv('negative.csv', '0,1', '1,-2') }, 'negative.csv:2, not "-2"'],
    [
      'a short line',
      { path: csv('short.csv', 't,r', '0,1', '1') },
      'expected 2 cells as in the first line, not 1, in',
    ],
    [
      'times that fall',
      { path: csv('falls.csv', '5,1', '4,1') },
      'expected no earlier time than on the line before in column 1 of',
    ],
    ['a longer line', { path: csv('longer.csv', '0,1', '1,2,3') }, 'not 3, in'],
    ['a quote in a cell', { path: csv('quote.csv', '0,1', '1,2"00') }, 'quote.csv:2'],
    ['a quote that nothing closes', { path: csv('open.csv', '"0,1', '1,2') }, 'open.csv:1'],
    ['text after a quoted cell', { path: csv('after.csv', '"0"1,1', '1,2') }, 'after.csv:1'],
    [
      'a first line that is no line of names',
      { path: csv('unit.csv', '0s,1', '1,2') },
      'unit.csv:1, not "0s"',
    ],
    ['a name for a number in the first line', { path: csv('x.csv', 'x0,1', '1,2') }, 'x.csv:1, not "x0"'],
    ['a single time', { path: csv('single.csv', '5,1', '5,2') }, 'expected rates at two times or more'],
    ['no rate at all', { path: csv('zero.csv', '0,0', '1,0') }, 'expected a rate above 0'],
    [
      'a column that is not there',
      { path: recorded, rate: 'rps' },
      'expected a column rps in the first line of',
    ],
    [
      'a speed out of bounds',
      { path: recorded, speed: 0 },
      'load.replay.speed is 0: expected a number from 0.01 to 1000',
    ],
  ]
  it.each(cases)('%s', async (_, options, said) => {
    expect(await faultOf({ plugins: [load.replay(options)] })).toContain(said)
  })
})
