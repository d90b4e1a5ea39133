/** Thresholds with what was measured, those that do not hold first. */
import type { createColors } from 'picocolors'
import { LATENCIES, type Percentile, type ResultData } from '../../core/plugin.ts'
import { printable, rate, shortened, significant, time } from './format.ts'

type Colors = ReturnType<typeof createColors>

const latencies: ReadonlySet<string> = new Set(LATENCIES)

export interface ThresholdOptions {
  /** At most so many that hold are shown, beside all that do not; result.json has them all. */
  readonly most: number
  readonly width: number
  readonly colors: Colors
  /** Of a plugin's metric. */
  readonly unitOf: (metric: string) => string | undefined
}

export function thresholdLines(
  { thresholds }: ResultData,
  { most, width, colors, unitOf }: ThresholdOptions,
): string[] {
  const failed = thresholds.filter(t => !t.ok)
  const held = thresholds.filter(t => t.ok)
  // what failed is never folded away
  const shown = [...failed, ...held.slice(0, Math.max(0, most - failed.length))]
  const rows = shown.map(t => ({
    ok: t.ok,
    asked: shortened(`${t.name} ${t.expression}`, width - 24),
    found: t.value === null ? 'this run has no such figure' : figure(t.name, t.value, unitOf),
  }))
  const column = Math.max(0, ...rows.map(r => r.asked.length))
  const lines = rows.map(r => {
    const word = r.ok ? colors.green('ok    ') : colors.bold(colors.red('FAILED'))
    return `${word}  ${r.asked.padEnd(column)}  ${r.ok ? r.found : colors.red(r.found)}`
  })
  const hidden = thresholds.length - shown.length
  return hidden > 0 ? [...lines, `… ${hidden} more ok`] : lines
}

/** A value in its metric's unit: latencies in µs, bytes/s as MB/s, anything else as the plugin counts it. */
function figure(name: string, value: Percentile, unitOf: ThresholdOptions['unitOf']): string {
  if (value === 'inf') return '∞'
  const path = name.split('.')
  if (path.some(part => latencies.has(part))) return time(value)
  const stat = path.at(-1)
  if (stat === 'byteRate') return `${significant(value / 1e6)} MB/s`
  if (stat === 'rate') return `${rate(value)}/s`
  const unit = unitOf(name) ?? unitOf(path.slice(0, -1).join('.'))
  if (unit === 'µs') return time(value)
  return unit === undefined || stat === 'count' ? rate(value) : `${rate(value)} ${printable(unit)}`
}
