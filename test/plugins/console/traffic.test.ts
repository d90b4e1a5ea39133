import { createColors } from 'picocolors'
import { describe, expect, it } from 'vitest'
import { summary } from '../../../plugins/console/summary.ts'
import { trafficLine } from '../../../plugins/console/traffic.ts'
import { type Load, simulate, threshold } from '../fixtures.ts'

const NONE = { nulls: 1, distinctEstimate: 0, distinctInSample: 0, top: [], topError: 0 }
const KEYS = {
  nulls: 0,
  distinctEstimate: 9981,
  distinctInSample: 6100,
  top: [
    { key: '0', share: 0.0932 },
    { key: '1', share: 0.0468 },
  ],
}
const FLAT = { tombstones: 0, min: 100, mean: 100, p50: 100, p90: 100, p99: 100, max: 100 }
const SIZES = { ...FLAT, min: 3, p50: 800, p99: 8192, max: 60_000 }
const HEADERS = { mean: 0, names: {} }
const section = { sampled: 9000, keys: NONE, sizes: FLAT, headers: HEADERS, partitions: [0.1, 0.4, 0.5] }

describe('the line of a stream', () => {
  it.each([
    ['without a plugin', section, ''],
    [
      'keys and sizes',
      { ...section, keys: KEYS, sizes: SIZES },
      '6,100 keys in 9,000, top 0.093 0.047 · value p50 800 B, p99 8.00 KiB',
    ],
    [
      'few keys, some of them null',
      { ...section, keys: { ...KEYS, nulls: 0.25, distinctEstimate: 5, distinctInSample: 5, top: [] } },
      '5 keys in 9,000, none 0.250',
    ],
    [
      'no top that chance may have put there',
      {
        ...section,
        sampled: 40,
        keys: {
          ...KEYS,
          top: [
            { key: '0', share: 0.7 },
            { key: '1', share: 0.2 },
          ],
        },
      },
      '6,100 keys in 40, top 0.700',
    ],
    [
      'the value rather than a second key',
      { ...section, sampled: 1_234_567, keys: { ...KEYS, distinctInSample: 123_456 }, sizes: SIZES },
      '123,456 keys in 1,234,567, top 0.093 · value p50 800 B, p99 8.00 KiB',
    ],
    [
      'tombstones',
      { ...section, sizes: { ...SIZES, tombstones: 0.1 } },
      'value p50 800 B, p99 8.00 KiB, 0.100 tombstones',
    ],
    ['nothing but tombstones', { ...section, sizes: { tombstones: 1 } }, '1.000 tombstones'],
    [
      'headers',
      { ...section, headers: { mean: 1, names: { tenant: 1, 'a\u001b[2J': 0.5 } } },
      'headers tenant, a\\x1b[2J',
    ],
  ])('%s', (_, traffic, line) => {
    expect(trafficLine(traffic, false, 68)).toBe(line)
  })
  it('tells of partitions where a plugin decides on them', () => {
    expect(trafficLine(section, true, 68)).toBe('partitions 0.100 to 0.500')
  })
  it('is never longer than the line', () => {
    const all = {
      ...section,
      keys: KEYS,
      sizes: SIZES,
      headers: { mean: 2, names: { tenant: 1, region: 1 } },
    }
    for (let width = 20; width < 200; width++)
      expect(trafficLine(all, true, width).length).toBeLessThanOrEqual(width)
    expect(trafficLine(all, true, 68)).toBe(
      '6,100 keys in 9,000, top 0.093 0.047 · value p50 800 B, p99 8.00 KiB',
    )
    expect(trafficLine(all, true, 200)).toMatch(/ · partitions 0.100 to 0.500 · headers tenant, region$/)
  })
  it('is empty for what another plugin put there', () => {
    for (const other of [undefined, 'mine', { keys: 1 }, []]) expect(trafficLine(other, true, 68)).toBe('')
  })
})

describe('in the summary', () => {
  const shown = (load: Load) => {
    const { config, result } = simulate(load)
    for (const stream of Object.values(result.streams))
      stream.sections['traffic'] = { ...section, keys: KEYS, sizes: SIZES }
    return summary(result.toJSON(), {
      config,
      columns: 80,
      rows: 24,
      colors: createColors(false),
      files: ['result.json', 'series.ndjson'],
      unitOf: () => undefined,
    }).split('\n')
  }
  const LINE = 'traffic     6,100 keys in 9,000, top 0.093 0.047 · value p50 800 B, p99 8.00 KiB'
  it('is a line below the records', () => {
    const lines = shown({})
    expect(lines.filter(l => l === LINE)).toHaveLength(1)
    expect(lines.indexOf(LINE)).toBeGreaterThan(lines.findIndex(l => l.startsWith('records ')))
    expect(lines.length).toBeLessThanOrEqual(23)
  })
  it('is there for each of several streams', () => {
    expect(shown({ streams: { a: {}, b: {} } }).filter(l => l === LINE)).toHaveLength(2)
  })
  it('is there as long as there is room beside what went wrong', () => {
    const told = Array.from({ length: 9 }, (_, n) => {
      const thresholds = Array.from({ length: n }, (_, i) => threshold('failed.count', '<', -i, String(-i)))
      const events = [{ kind: 'error' as const, at: 1, code: 'X', message: 'why', records: 9 }]
      const fate = (at: number) => (at > 7 && at < 8 ? ('failed' as const) : ('acked' as const))
      return shown({ brokers: ['kafka-1:9092'], events, streams: { default: { thresholds, fate } } })
    })
    const fits = told.filter(lines => lines.length <= 23)
    expect(fits.map(lines => lines.includes(LINE)).slice(-2)).toEqual([true, false])
  })
})
