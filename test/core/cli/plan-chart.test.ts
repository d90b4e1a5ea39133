import { describe, expect, it } from 'vitest'
import { axis, bar, curve, line, roundUp, timeTicks } from '../../../core/cli/plan/chart.ts'
import { compact, shown, shownBytes, size, span, volume } from '../../../core/cli/plan/figures.ts'

describe('pictures', () => {
  it('a curve fills eighths of rows, from below', () => {
    expect(curve([0, 1, 8, 12, 16], [], 2, 16)).toEqual(['   ▄█', ' ▁███'])
  })
  it('peaks are shaded above it', () => {
    expect(curve([4, 4, 16], [4, 16, 16], 2, 16)).toEqual([' ░█', '▄▄█'])
  })
  it('little is not nothing', () => {
    expect(curve([0, 0.1], [], 1, 16)).toEqual([' ▁'])
    expect(line([0, 0.1, 5])).toBe(' ▁█')
    expect(bar(1e-6, 10)).toBe('▏')
    expect(bar(0, 10)).toBe('')
  })
  it('a bar has its share of the width', () => {
    expect(bar(0.5, 5)).toBe('██▌')
    expect(bar(1, 5)).toBe('█████')
  })
  it('an axis has its labels where they belong, and leaves out what has no room', () => {
    const ticks = [
      { at: 0, label: '0' },
      { at: 0.05, label: 'near' },
      { at: 0.5, label: '5 s' },
      { at: 1, label: '10 s' },
    ]
    expect(axis(ticks, 20, 0.2)).toEqual(['┬╌╌╌──────┬────────┬', '0         5 s   10 s'])
  })
  it.each([
    [0, 1],
    [5000, 5000],
    [5001, 6000],
    [0.12, 0.12],
    [110, 120],
    [99_999, 100_000],
  ])('the axis of %f ends at %f', (n, top) => {
    expect(roundUp(n)).toBe(top)
  })
  it('ticks are at times that people have', () => {
    const labels = (us: number) => timeTicks(us, 6, span).map(tick => tick.label)
    expect(labels(12e6)).toEqual(['0', '2 s', '4 s', '6 s', '8 s', '10 s', '12 s'])
    expect(labels(24 * 3600e6)).toEqual(['0', '6 h', '12 h', '18 h', '1 d'])
    expect(labels(2000)).toEqual(['0', '1 ms', '2 ms'])
  })
})

describe('figures', () => {
  it.each([
    [0.25, '0.25'],
    [999.5, '1,000'],
    [5000, '5,000'],
    [12_345, '12.3k'],
    [4_560_000, '4.56M'],
  ])('%f is %s', (n, text) => {
    expect(compact(n)).toBe(text)
  })
  it('has bytes in the units of their kind', () => {
    expect([100, 1024, 1536, 8 << 20].map(size)).toEqual(['100 B', '1 KiB', '1.5 KiB', '8 MiB'])
    expect([999, 12_345, 6e6].map(volume)).toEqual(['999 B', '12.3 kB', '6 MB'])
  })
  it('has times as people say them', () => {
    expect([500, 94_100, 10e6, 90e6, 7200e6, 90_000e6].map(span)).toEqual([
      ...['500 µs', '94.1 ms', '10 s', '1 min 30 s', '2 h', '1 d 1 h'],
    ])
  })
  it('shows foreign text as it is, but nothing that steers a terminal', () => {
    expect(shown('a\u001b[31mb\nc', 40)).toBe('a\\u001b[31mb\\nc')
    expect(shown('x'.repeat(50), 10)).toBe(`${'x'.repeat(9)}…`)
  })
  it('shows bytes as text where they are one', () => {
    expect(shownBytes(Buffer.from('käse'), 20)).toBe('käse')
    expect(shownBytes(Buffer.from('ä'.repeat(200)), 5)).toBe('ääää…')
    expect(shownBytes(Buffer.of(0, 1, 254, 255), 20)).toBe('0x0001feff')
    expect(shownBytes(Buffer.alloc(0), 20)).toBe("''")
  })
})
