/** Every traffic plugin with options that are usual for it, or why it costs a record nothing. */
import type { Config } from '../../../core/config/types.ts'
import { without } from '../../../core/define.ts'

/** A million records, one every 2.5 µs. */
export const BASE = {
  rate: '400k/s',
  warmup: 0,
  duration: '2500ms',
  size: '100B',
  consumers: 0,
  stamp: 'off',
  topic: { partitions: 12 },
} satisfies Config

export type Sample = Measured | { readonly free: string }
interface Measured {
  readonly options?: unknown
  /** What it needs of the configuration. */
  readonly config?: Config
  /** Plugins that it needs, in the run without it as well. */
  readonly beside?: NonNullable<Config['plugins']>
}

const members = {
  free: 'Nothing for a record: members are asked before each poll, and a poll brings as many records as there are.',
}
const sent = {
  free: 'Not measured alone: what it costs is mostly what it makes brokers and drivers do.',
}
/** Beside the examples of the plugins' pages. */
const file = (name: string) => `files/${name}`

export const samples: Readonly<Record<string, Sample>> = {
  'arrivals.even': { free: 'Nothing: the places of the engine itself are even.' },
  'arrivals.onOff': { options: { on: '500ms', off: '2s', low: 0.2 } },
  'arrivals.poisson': {},
  // as many records, in a recording that is a thousand times as fast
  'arrivals.replay': {
    options: { path: file('times.csv'), column: 'at', unit: 'ms', speed: 1000, repeat: true },
    config: { rate: '34k/s', duration: '29s' },
  },
  'consume-transform-produce': sent,
  'consumers.backlog': members,
  'consumers.churn': members,
  'consumers.late': members,
  'consumers.paused': members,
  'consumers.slow': members,
  echo: sent,
  'headers.counter': { options: { name: 'sequence' } },
  'headers.fixed': { options: { headers: { source: 'shop' } } },
  'headers.template': { options: { name: 'tenant', template: 'tenant-{0..99}' } },
  'headers.traceContext': {},
  'keys.file': { options: { path: file('users.csv'), format: 'csv', column: 'user', order: 'random' } },
  'keys.gaussian': { options: { cardinality: 10_000, deviation: 1000 } },
  'keys.hash': {},
  'keys.hotSet': { options: { cardinality: 100_000, hot: 20, share: '80%' } },
  'keys.movingHot': { options: { cardinality: 100_000, hot: 1, share: '50%', every: '1s' } },
  'keys.nulls': { options: { share: '20%' }, beside: [['keys.random', { cardinality: 10_000 }]] },
  'keys.random': { options: { cardinality: 1_000_000 } },
  'keys.roundRobin': { options: { cardinality: 500 } },
  'keys.sequential': {},
  'keys.template': { options: { template: 'user-{0..9999}' } },
  'keys.weighted': { options: { keys: { EU: 55, US: 30, APAC: 15 } } },
  'keys.zipf': { options: { cardinality: 1_000_000, skew: 1.1 } },
  'load.bursts': { options: { on: '50ms', off: '200ms', peak: 4 } },
  'load.constant': {},
  'load.day': { options: { period: '2500ms' } },
  'load.ramp': {},
  'load.replay': {
    options: {
      path: file('rates.csv'),
      time: 'at',
      rate: 'records/s',
      unit: 'iso',
      speed: 100,
      repeat: true,
    },
  },
  'load.sawtooth': { options: { period: '250ms' } },
  'load.sine': { options: { period: '500ms' } },
  'load.spikes': { options: { every: '250ms', length: '50ms' } },
  'load.stages': {
    options: {
      repeat: true,
      stages: [
        { factor: 0.5, for: '100ms' },
        { factor: 1.5, for: '100ms' },
      ],
    },
  },
  'load.steps': {},
  'partitions.custom': {
    options: { choose: (draft: { index: number }, count: number) => draft.index % count },
  },
  'partitions.explicit': { options: { partitions: [0, 1, 2, 2] } },
  'partitions.imbalanced': { options: { skew: 1 } },
  'partitions.weighted': { options: { weights: [40, 20, 10, 5, 5, 5, 5, 2, 2, 2, 2, 2] } },
  'request-reply': sent,
  'sizes.byKey': {
    options: {
      classes: { 'user-{0..9}': '64KiB', 'user-1*': '4KiB-8KiB' },
      sizes: { '100B': 70, '1KiB': 30 },
    },
    beside: [['keys.template', { template: 'user-{0..9999}' }]],
  },
  'sizes.file': { options: { path: file('sizes.csv'), column: 'bytes' } },
  'sizes.fixed': { options: { size: '1KiB' } },
  'sizes.histogram': { options: { sizes: { '100B': 70, '1KiB-4KiB': 25, '64KiB': 5 } } },
  'sizes.lognormal': { options: { median: '800B', p99: '8KiB' } },
  'sizes.normal': { options: { mean: '1KiB', deviation: '200B', min: '100B' } },
  'sizes.overTime': {
    options: {
      points: [
        { at: '0s', factor: 1 },
        { at: '2s', factor: 4 },
      ],
    },
  },
  'sizes.uniform': { options: { min: '100B', max: '2KiB' } },
  traffic: {},
  transactions: sent,
  'values.avro': sent,
  'values.corpus': { options: { path: file('users.csv') } },
  'values.filler': { options: { compressibility: 0.3 } },
  'values.json': {
    options: { template: { order: '{{index}}', customer: '{{key}}', total: 12.5, currency: 'EUR' } },
  },
  'values.jsonSchema': sent,
  'values.protobuf': sent,
  'values.random': {},
  'values.text': {},
  'values.tombstones': { options: { share: '10%' } },
  'values.zeros': {},
}

/** Of these the whole cost of a value is told: without them there is another value, so there is no difference. */
export function writesValues(name: string): boolean {
  return name.startsWith('values.') && name !== 'values.tombstones'
}

/** What most loads have, together. */
export const USUAL = ['keys.zipf', 'sizes.lognormal', 'headers.fixed', 'load.bursts', 'arrivals.poisson']

/** The same run with plugins and without them. */
export function configsOf(names: readonly string[]): { readonly with: Config; readonly without: Config } {
  const plugins = names.map(name => {
    const sample = samples[name]
    if (sample === undefined || 'free' in sample) throw new Error(`${name} is not measured`)
    return { name, ...sample }
  })
  const settings: Config = Object.assign({}, BASE, ...plugins.map(p => p.config ?? {}))
  // nothing looks at the records but what is measured; `traffic` is listed already
  const quiet = [without('traffic')]
  const beside = plugins.flatMap(p => p.beside ?? [])
  const own = plugins
    .filter(({ name }) => name !== 'traffic')
    .map(({ name, options }) => (options === undefined ? name : ([name, options] as const)))
  const looks = names.includes('traffic') ? [] : quiet
  return {
    with: { ...settings, plugins: [...looks, ...beside, ...own] },
    without: { ...settings, plugins: [...quiet, ...beside] },
  }
}
