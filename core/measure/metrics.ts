/** Figures of plugins: added up over threads, named `<plugin>.<name>`. */
import type { HistogramView, Metrics } from '../api.ts'
import { Histogram, type HistogramPart, Recorder } from './histogram.ts'

export interface MetricPart {
  readonly kind: 'counter' | 'gauge' | 'histogram' | 'collect'
  readonly unit: string
  readonly help: string
  readonly merge?: 'sum' | 'min' | 'max'
  readonly value?: unknown
  readonly part?: HistogramPart | undefined
}

interface Entry {
  readonly about: Omit<MetricPart, 'value' | 'part'>
  take(): Pick<MetricPart, 'value' | 'part'>
  fold?: (a: unknown, b: unknown) => unknown
}

/** One for each role of each thread. Workers take from it, main folds what they took. */
export class MetricRegistry {
  readonly #entries = new Map<string, Entry>()
  /** main: the workers' latest totals, and histograms added up. */
  readonly #latest = new Map<string, Map<number, MetricPart>>()
  readonly #histograms = new Map<string, Histogram>()

  /** A plugin's view; `stream` makes names of a stream of several its own. */
  for(plugin: string, stream?: string): Metrics {
    const prefix = stream === undefined ? `${plugin}.` : `${stream}.${plugin}.`
    const add = (name: string, entry: Entry) => {
      if (this.#entries.has(prefix + name)) throw new Error(`the metric ${prefix}${name} is there already`)
      this.#entries.set(prefix + name, entry)
    }
    return {
      counter: (name, about) => {
        let total = 0
        add(name, { about: { kind: 'counter', ...about }, take: () => ({ value: total }) })
        return {
          add: (n = 1) => {
            total += n
          },
        }
      },
      gauge: (name, about) => {
        let now: number | undefined
        add(name, { about: { kind: 'gauge', ...about }, take: () => ({ value: now }) })
        return {
          set: value => {
            now = value
          },
        }
      },
      histogram: (name, about) => {
        const recorder = new Recorder()
        add(name, { about: { kind: 'histogram', ...about }, take: () => ({ part: recorder.take() }) })
        return { record: (value, count) => recorder.record(Math.round(value), count) }
      },
      collect: (name, part) => {
        add(name, {
          about: { kind: 'collect', unit: '', help: '' },
          take: () => ({ value: part.take() }),
          fold: part.merge as (a: unknown, b: unknown) => unknown,
        })
        const key = prefix + name
        const registry = this
        return {
          get value() {
            return registry.#fold(key) as never
          },
        }
      },
    }
  }

  take(): Record<string, MetricPart> {
    const parts: Record<string, MetricPart> = {}
    for (const [name, entry] of this.#entries) parts[name] = { ...entry.about, ...entry.take() }
    return parts
  }

  /** main: what a worker took. */
  add(thread: number, parts: Readonly<Record<string, MetricPart>>): void {
    for (const [name, part] of Object.entries(parts)) {
      if (part.kind === 'histogram') {
        let sum = this.#histograms.get(name)
        if (sum === undefined) this.#histograms.set(name, (sum = new Histogram()))
        sum.add(part.part)
      }
      let threads = this.#latest.get(name)
      if (threads === undefined) this.#latest.set(name, (threads = new Map()))
      threads.set(thread, part)
    }
  }

  #fold(name: string): unknown {
    const values: unknown[] = [...(this.#latest.get(name)?.values() ?? [])]
      .map(p => p.value)
      .filter(v => v !== undefined)
    if (values.length === 0) return undefined
    const fold = this.#entries.get(name)?.fold
    if (fold) return values.reduce((a, b) => fold(a, b))
    const numbers = values as number[]
    const merge = [...(this.#latest.get(name)?.values() ?? [])][0]?.merge ?? 'sum'
    return merge === 'sum' ? numbers.reduce((a, b) => a + b) : Math[merge](...numbers)
  }

  names(): string[] {
    return [...this.#latest.keys()].sort()
  }
  about(name: string): MetricPart | undefined {
    return [...(this.#latest.get(name)?.values() ?? [])][0]
  }
  value(name: string): unknown {
    return this.#fold(name)
  }
  histogram(name: string): HistogramView | undefined {
    return this.#histograms.get(name)
  }
}
