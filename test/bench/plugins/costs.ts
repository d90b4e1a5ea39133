/** What the traffic plugins cost, as the bench has written it last: costs.json. */
import { readFileSync } from 'node:fs'
import { samples } from './samples.ts'

export interface Costs {
  /** When, on what, with which Node. */
  readonly measured: string
  /** ns a record, by plugin. */
  readonly plugins: Readonly<Record<string, number>>
}
export const COSTS_FILE = new URL('./costs.json', import.meta.url)

export function readCosts(): Costs {
  return JSON.parse(readFileSync(COSTS_FILE, 'utf8')) as Costs
}

/** For the plugin's page. */
export function costText(name: string): string {
  const sample = samples[name]
  if (sample !== undefined && 'free' in sample) return sample.free
  const { measured, plugins } = readCosts()
  const ns = plugins[name]
  if (ns === undefined) return 'Not measured yet.'
  const options = optionsText(name)
  return [
    `**${shownNs(ns)} a record**, alone${options === '' ? '' : ` with ${options}`}: ${measured}.`,
    'How it is measured, and all others beside it: [PERFORMANCE.md](../PERFORMANCE.md#plugins).',
  ].join('\n')
}

/** Those that it was measured with, as code. */
export function optionsText(name: string): string {
  const sample = samples[name] ?? {}
  const text = 'options' in sample ? (JSON.stringify(sample.options) ?? '{}') : '{}'
  // a function is not seen
  return text === '{}' ? '' : `\`${text}\``
}

/** A difference of two measurements: what is lost in their spread is none. */
export function shownNs(ns: number): string {
  return ns < 1 ? 'less than 1 ns' : `${ns.toFixed(0)} ns`
}
