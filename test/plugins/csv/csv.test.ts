import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { csv } from '../../../plugins/csv/index.ts'
import { table } from '../../../plugins/csv/table.ts'
import { failedStart, type Load, register, type Simulated, simulate } from '../fixtures.ts'

async function written(load: Load, run: (load: Load) => Simulated = simulate) {
  const out = await mkdtemp(join(tmpdir(), 'csv-'))
  const { config, result } = run({ ...load, out })
  await register(csv(), config).hooks.report.promise(result)
  const read = async (name: string) => objects(await readFile(join(out, name), 'utf8'))
  return { out, result, summary: await read('summary.csv'), series: await read('series.csv') }
}
function objects(text: string): Record<string, string>[] {
  const [head = '', ...lines] = text.trimEnd().split('\r\n')
  const names = head.split(',')
  return lines.map(line => {
    const cells = line.split(',')
    expect(cells).toHaveLength(names.length)
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']))
  })
}

describe('summary.csv', () => {
  it('has a line for each stream and phase, under the metrics’ names', async () => {
    const { out, summary, result } = await written({ streams: { a: { foreign: 7 }, b: { rate: 100 } } })
    expect(await readdir(out)).toEqual(['series.csv', 'summary.csv'])
    expect(summary.map(r => [r['stream'], r['phase'], r['scheduled.count']])).toEqual([
      ['a', 'warmup', '10000'],
      ['a', 'measure', '50000'],
      ['b', 'warmup', '200'],
      ['b', 'measure', '1000'],
    ])
    const [, a] = summary
    expect(a).toMatchObject({
      run: '3f2a1b0c',
      verdict: 'valid',
      embedded: 'true',
      'offered.rate': '5000',
      'foreign.count': '7',
    })
    for (const metric of [
      'response.p99',
      'response.acked.max',
      'service.mean',
      'transport.p999',
      'acked.count',
    ])
      expect(a?.[metric]).toBe(String(result.value(`a.${metric}`)))
  })
  it('keeps its columns whatever the run has; what is not there is empty, what is infinite is inf', async () => {
    const { summary: open } = await written({
      streams: { default: { fate: at => (at > 5 && at < 6 ? 'failed' : 'acked') } },
    })
    const { summary: closed } = await written({ streams: { default: { closed: true } } })
    const { summary: silent } = await written({ streams: { default: { acks: 0, consumers: 0 } } })
    expect(Object.keys(closed[1]!)).toEqual(Object.keys(open[1]!))
    expect(Object.keys(silent[1]!)).toEqual(Object.keys(open[1]!))
    expect(open[1]).toMatchObject({ 'response.p99': 'inf', 'response.infinite': open[1]!['failed.count'] })
    expect(closed[1]).toMatchObject({
      'response.p99': '',
      'response.acked.p99': '',
      'offered.rate': '',
      'schedulingLag.p50': '',
    })
    expect(closed[1]!['service.p99']).not.toBe('')
    expect(silent[1]).toMatchObject({
      'achieved.rate': '',
      'service.p50': '',
      'endToEnd.p50': '',
      'unknown.count': '50000',
    })
  })
})

it('series.csv has a line for each second and stream', async () => {
  const { series, result } = await written({ streams: { a: {}, b: { rate: 100, consumers: 0 } } })
  expect(series).toHaveLength(result.series.length * 2)
  expect(series[4]).toMatchObject({
    second: '3',
    seconds: '1',
    phase: 'measure',
    stream: 'a',
    scheduled: '5000',
  })
  expect(series[4]!['response.p99']).toBe(String(result.series[2]!.streams['a']!.response!.p99))
  expect(series[5]).toMatchObject({ stream: 'b', 'endToEnd.p99': '', 'generator.cpu': '0.22' })
})

it('merged rows cover their seconds and have no percentiles', async () => {
  const merged = (load: Load): Simulated => {
    const { config, result, snapshots } = simulate(load)
    const { response, service, endToEnd, ...counts } = result.series[1]!.streams['default']!
    const row = { ...result.series[1]!, seconds: 2, streams: { default: { ...counts, scheduled: 10_000 } } }
    const data = result.toJSON()
    const toJSON = () => ({ ...data, series: [row] })
    return { config, snapshots, result: Object.assign(result, { toJSON }) }
  }
  const { series } = await written({}, merged)
  expect(series).toHaveLength(1)
  expect(series[0]).toMatchObject({ second: '2', seconds: '2', scheduled: '10000', 'response.p99': '' })
})

it('a run that never started has lines of zeros, and no percentiles', async () => {
  const { summary, series } = await written({}, load => failedStart(load, new Error('no licence')))
  expect(summary).toHaveLength(2)
  expect(summary[1]).toMatchObject({ verdict: 'invalid', 'scheduled.count': '0', 'response.p99': '' })
  expect(series).toEqual([])
})

describe('cells', () => {
  const one = (cell: string | number | undefined) =>
    table([['x', () => cell]], [1])
      .split('\r\n')
      .slice(1)
      .join('\r\n')
  it.each([
    ['a,b', '"a,b"\r\n'],
    ['say "x"', '"say ""x"""\r\n'],
    ['two\nlines', '"two\nlines"\r\n'],
    ['=1+1', "'=1+1\r\n"],
    ['+1', "'+1\r\n"],
    ['-1', "'-1\r\n"],
    ['@sum(a,b)', '"\'@sum(a,b)"\r\n'],
    ['\t=1', "'\t=1\r\n"],
    [-1, '-1\r\n'],
    [undefined, '\r\n'],
  ])('%j is %j', (cell, text) => expect(one(cell)).toBe(text))
})

it('does nothing in a worker', () => {
  expect(register(csv(), simulate().config, { role: 'worker' }).hooks.report.isUsed()).toBe(false)
})

it('says before the load that it has no folder to write to', async () => {
  const { hooks } = register(csv(), { ...simulate().config, out: '' })
  await expect(hooks.prepare.promise({ brokers: [] })).rejects.toThrow(
    /plugin csv failed in prepare: no folder .* set out/,
  )
})
