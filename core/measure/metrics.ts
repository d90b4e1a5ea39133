/** Figures of plugins: added up over threads, named `<plugin>.<name>`. */
import type { HistogramView, MetricSample, Metrics } from '../api.ts'
import { callPlugin } from '../errors.ts'
import { entry } from './entry.ts'
import { Histogram, type HistogramPart, Recorder } from './histogram.ts'

export interface MetricPart {
  readonly kind: 'counter' | 'gauge' | 'histogram' | 'collect'
  readonly unit: string
  readonly help: string
  readonly merge?: 'sum' | 'min' | 'max'
  readonly value?: unknown
  readonly part?: HistogramPart | undefined
}

interface PluginFigure extends Omit<MetricSample, 'value'> {
  readonly value: unknown
  readonly histogram: HistogramView | undefined
}

/** One for each role of each thread. Workers take from it, main folds what they took. */
export class MetricRegistry {
  readonly #takes = new Map<string, () => MetricPart>()
  readonly #folds = new Map<string, (a: unknown, b: unknown) => unknown>()
  /** main: the workers' latest totals, and histograms added up. */
  readonly #latest = new Map<string, Map<number, MetricPart>>()
  readonly #histograms = new Map<string, Histogram>()

  /** A plugin's view; `stream` makes names of a stream of several its own. */
  for(plugin: string, stream?: string): Metrics {
    const prefix = stream === undefined ? `${plugin}.` : `${stream}.${plugin}.`
    const add = (name: string, take: () => MetricPart): string => {
      const full = prefix + name
      if (this.#takes.has(full)) throw new Error(`the metric ${full} is there already`)
      this.#takes.set(full, take)
      return full
    }
    return {
      counter: (name, about) => {
        let value = 0
        add(name, () => ({ kind: 'counter', ...about, value }))
        return { add: (n = 1) => void (value += n) }
      },
      gauge: (name, about) => {
        let value: number | undefined
        add(name, () => ({ kind: 'gauge', ...about, value }))
        return { set: now => void (value = now) }
      },
      histogram: (name, about) => {
        const recorder = new Recorder()
        add(name, () => ({ kind: 'histogram', ...about, part: recorder.take() }))
        return {
          record(value, count) {
            if (!Number.isFinite(value)) throw new TypeError(`${name}: ${value} is no value to record`)
            recorder.record(Math.round(value), count)
          },
        }
      },
      collect: (name, part) => {
        const value = () => callPlugin(plugin, `collect ${name}`, () => part.take())
        const full = add(name, () => ({ kind: 'collect', unit: '', help: '', value: value() }))
        this.#folds.set(full, part.merge as (a: unknown, b: unknown) => unknown)
        const registry = this
        return {
          get value() {
            return registry.value(full) as never
          },
        }
      },
    }
  }

  take(): Record<string, MetricPart> {
    return Object.fromEntries([...this.#takes].map(([name, take]) => [name, take()]))
  }
  /** main: figures that plugins keep there. What they collect is the workers'. */
  takeOwn(): Record<string, MetricPart> {
    const own = [...this.#takes].filter(([name]) => !this.#folds.has(name))
    return Object.fromEntries(own.map(([name, take]) => [name, take()]))
  }

  /** main: what a worker took. */
  add(thread: number, parts: Readonly<Record<string, MetricPart>>): void {
    for (const [name, part] of Object.entries(parts)) {
      if (part.kind === 'histogram') entry(this.#histograms, name, () => new Histogram()).add(part.part)
      entry(this.#latest, name, () => new Map()).set(thread, part)
    }
  }

  /** Of all plugins, by name; what is collected is no figure. */
  *figures(): Generator<PluginFigure> {
    for (const name of [...this.#latest.keys()].sort()) {
      const { kind, unit, help } = this.about(name) as MetricPart
      if (kind === 'collect') continue
      yield { name, kind, unit, help, value: this.value(name), histogram: this.histogram(name) }
    }
  }
  about(name: string): MetricPart | undefined {
    const [first] = this.#latest.get(name)?.values() ?? []
    return first
  }
  value(name: string): unknown {
    const parts = [...(this.#latest.get(name)?.values() ?? [])]
    const values: unknown[] = parts.map(part => part.value).filter(value => value !== undefined)
    if (values.length === 0) return undefined
    const fold = this.#folds.get(name)
    if (fold) return values.reduce((a, b) => fold(a, b))
    const numbers = values as number[]
    const { merge = 'sum' } = parts[0] as MetricPart
    return merge === 'sum' ? numbers.reduce((a, b) => a + b) : Math[merge](...numbers)
  }
  histogram(name: string): HistogramView | undefined {
    return this.#histograms.get(name)
  }
}
