/** `loadtest presets` and `loadtest presets show NAME`: what is ready to be run, and how it is written. */
import { pathToFileURL } from 'node:url'
import { yaml } from '../config/locate.ts'
import { baseOf, type Catalog } from '../config/named.ts'
import { options } from '../config/options.ts'
import { isPlain } from '../config/plain.ts'
import type { Config, Stage, StreamConfig } from '../config/types.ts'
import { durationInUs } from '../config/units.ts'
import { brand, type PluginValue, type PresetValue } from '../define.ts'
import { ConfigError, type Fail, type Fault } from '../errors.ts'
import { entryOf } from './flags.ts'

/** The module that assembles the product; the core knows it by this name alone. */
const PRODUCT = new URL(`../../presets/default${import.meta.url.slice(-3)}`, import.meta.url)

/** Characters of what stands on a line. */
const LINE = 90

interface Found {
  readonly preset: PresetValue
  readonly config: Config
}

/** What a preset says of itself, in words. */
export interface PresetRow {
  readonly name: string
  readonly about: string
  readonly length: string
  readonly load: string
  readonly needs: string
}

/** The built-in ones. */
export async function presetRows(): Promise<readonly PresetRow[]> {
  const { presets } = (await import(PRODUCT.href)) as { presets: Catalog }
  const found = await Promise.all(Object.keys(presets).map(name => find(name)))
  return found.map(({ preset, config }) => rowOf(preset, config))
}

/** `loadtest presets`: what each of the built-in ones is for, how long it takes and what load it makes. */
export async function listPresets(): Promise<number> {
  const rows = await presetRows()
  const width = (key: 'name' | 'length') => Math.max(...rows.map(row => row[key].length))
  for (const { name, length, load, about } of rows) {
    console.log(`${name.padEnd(width('name'))}  ${length.padStart(width('length'))}  ${load}`)
    console.log(`${' '.repeat(width('name') + 2)}${about}`)
  }
  console.log('\nloadtest run --preset NAME runs one, --scale 0.1 at a tenth of its load;')
  console.log('loadtest presets show NAME prints all that it says.')
  return 0
}

/** `loadtest presets show NAME`: the preset as a configuration in YAML, to be read or to be pasted into a file. */
export async function showPreset(text: string): Promise<number> {
  const { preset, config } = await find(entryOf(text))
  const { Document, isCollection, isPair, isScalar, isSeq, visit } = yaml()
  const document = new Document(written(config))
  const lines = (node: unknown): void => {
    if (!isCollection(node)) return
    for (const item of node.items) {
      const inner = isPair(item) ? item.value : item
      if (isCollection(inner) && JSON.stringify(inner).length <= LINE) inner.flow = true
      else lines(inner)
    }
  }
  document.commentBefore = headOf(preset, config)
    .map(line => ` ${line}`)
    .join('\n')
  visit(document, {
    // a plugin and a stage stand on a line each, as far as there is room
    Pair(_, { key, value }) {
      if (isScalar(key) && ['plugins', 'rate'].includes(String(key.value)) && isSeq(value)) lines(value)
    },
    Scalar(_, node, path) {
      const parent = path.at(-1)
      // '== 0' and its like, as everybody writes them
      if (isPair(parent) && parent.value === node && /^[<>=!]/.test(String(node.value)))
        node.type = 'QUOTE_DOUBLE'
    },
  })
  console.log(document.toString({ lineWidth: 110 }).trimEnd())
  return 0
}

/** @throws ConfigError that says what is meant by a name that is none. */
async function find(entry: string | readonly [name: string, options: unknown]): Promise<Found> {
  const { presets } = (await import(PRODUCT.href)) as { presets: Catalog }
  const faults: Fault[] = []
  const fail: Fail = (_path, value, expected, hint) =>
    void faults.push({ path: 'preset', value: typeof entry === 'string' ? entry : value, expected, hint })
  const found = await baseOf(entry, pathToFileURL(`${process.cwd()}/`).href, presets, fail)
  const { preset, config } = found ?? {}
  if (found !== undefined && preset === undefined) fail('', entry, 'a preset, but this is a configuration')
  if (preset === undefined) throw new ConfigError(faults)
  return { preset, config: config as Config }
}

function rowOf({ name, about = '', needs }: PresetValue, config: Config): PresetRow {
  const { brokers, memory, disk } = needs ?? {}
  const wants = [
    ...(brokers === undefined ? [] : [counted(brokers, 'broker')]),
    ...(memory === undefined ? [] : [`${memory} of memory`]),
    ...(disk === undefined ? [] : [`${disk} of disk`]),
  ]
  return { name, about, length: lengthOf(config), load: loadOf(config), needs: wants.join(', ') }
}
function headOf(preset: PresetValue, config: Config): string[] {
  const { name, about, length, load, needs } = rowOf(preset, config)
  const given = Object.entries(preset.takes ?? {})
  return [
    `${name}: ${about}`,
    `takes ${length}: ${load}`,
    ...(needs === '' ? [] : [`needs ${needs}`]),
    ...given.map(([option, text], i) => `${i === 0 ? 'options: ' : '         '}${option}: ${text}`),
  ]
}

/** As a data file has it: plugins by name. */
function written(config: object): object {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      if (key === 'plugins' && Array.isArray(value)) return [key, value.map(entryFor)]
      if (key !== 'streams' || !isPlain(value)) return [key, value]
      const streams = Object.entries(value).map(([name, s]) => [name, isPlain(s) ? written(s) : s])
      return [key, Object.fromEntries(streams)]
    }),
  )
}
function entryFor(plugin: unknown): unknown {
  if ((Object(plugin) as { [brand]?: unknown })[brand] !== 'plugin') return plugin
  const { name, options: given } = plugin as PluginValue
  return isPlain(given) && Object.keys(given).length > 0 ? [name, given] : name
}

function defaultOf(path: string): unknown {
  return options.find(o => o.path === path)?.default
}
function lengthOf(config: Config): string {
  const stages = [config, ...Object.values(config.streams ?? {})].map(s => s.rate).find(Array.isArray) as
    | readonly Stage[]
    | undefined
  const us = (value: unknown) => durationInUs(value) ?? 0
  const { warmup = defaultOf('warmup'), duration } = config
  if (stages !== undefined && duration === undefined)
    return span(stages.reduce((sum, stage) => sum + us(stage.for), 0))
  return span(us(warmup) + us(duration ?? defaultOf('duration')))
}
/** 24 h · 5 min 10 s */
function span(us: number): string {
  const seconds = Math.round(us / 1e6)
  const parts: [number, string][] = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ]
  const some = parts.filter(([n]) => n > 0).map(([n, unit]) => `${n} ${unit}`)
  return some.length > 0 ? some.join(' ') : '0 s'
}

function loadOf({ streams, ...top }: Config): string {
  if (streams === undefined) return loadOfStream(top)
  const each = Object.entries(streams).map(([name, own]) => `${name} ${loadOfStream({ ...top, ...own })}`)
  return each.join('; ')
}
function loadOfStream({ rate, size, producers = 1, consumers = 1 }: StreamConfig): string {
  const readers = typeof consumers === 'object' ? (consumers.count ?? 1) : consumers
  const load = `${rateText(rate ?? defaultOf('rate'))} of ${size ?? defaultOf('size')}`
  return [load, counted(producers, 'producer'), counted(readers, 'consumer')].join(', ')
}
function rateText(rate: unknown): string {
  if (Array.isArray(rate)) return (rate as readonly Stage[]).map(stage => rateText(stage.rate)).join(' → ')
  return typeof rate === 'number' ? `${rate}/s` : String(rate)
}
function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
