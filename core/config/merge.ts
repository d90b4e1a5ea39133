/** Layers → one configuration: objects merge, scalars and lists replace, null unsets, plugins merge by slot. */
import type { PluginValue } from '../define.ts'
import type { Fault } from '../errors.ts'
import { entry } from '../measure/entry.ts'
import { collectLayers, failAt, type Layer } from './layers.ts'
import { pluginOf } from './named.ts'
import { oneOfParts } from './options.ts'
import { describeOrigin, type Origin } from './origin.ts'
import { at, isPlain, laid, nested, outline, type Plain } from './plain.ts'
import type { ConfigSource } from './source.ts'

/** A plugin in its place. `key`: its id, with the stream before it where a stream has one of its own. */
export interface Listed {
  readonly key: string
  readonly value: PluginValue
  readonly origin: Origin
  /** URL that paths in its options go from. */
  readonly from: string
  /** Where in the configuration: `plugins.2`. */
  readonly path: string
}
export interface MergedStream {
  readonly name: string
  /** The stream's own settings laid upon the top level's. */
  readonly raw: Plain
  /** What is written for this stream alone. */
  readonly own: Plain
  readonly plugins: readonly Listed[]
}
export interface Merged {
  readonly raw: Plain
  /** All plugins of the run, each once. */
  readonly plugins: readonly Listed[]
  readonly streams: readonly MergedStream[]
  /** Faults found so far; `resolveConfig` adds its own and throws them all. */
  readonly faults: readonly Fault[]
  /** The configuration file that was taken, from the working directory; undefined: there is none. */
  readonly file: string | undefined
  /** The same in every thread, or the workers would not do what main thinks. */
  readonly fingerprint: unknown
  originOf(path: string): string | undefined
  /** Whether it is a preset that says so, and not who uses it. */
  fromPreset(path: string): boolean
}

type Slots = Map<string, Listed | null>

export async function mergeConfig(source: ConfigSource): Promise<Merged> {
  const { layers, catalog, faults, file } = await collectLayers(source)
  const origins = new Map<string, Origin>()
  const top: Slots = new Map()
  const slots = new Map<string, Slots>([['', top]])
  let raw: Plain = {}
  for (const layer of layers) {
    const { driver } = layer.config
    for (const [stream, entries] of layer.plugins) await place(entries, stream, layer)
    if (typeof driver === 'string' && top.get('driver')?.value.name !== driver) await choose(driver, layer)
    // a stream's null unsets what the top level says, so it stays until the two meet
    const inStream = (path: string) => /^streams\.[^.]+\./.test(path)
    // one of its keys stands for the value: another one of a later layer stands in its place
    for (const path of oneOfParts)
      if (isPlain(at(layer.config, path))) raw = laid(raw, nested(path.split('.'), null))
    raw = laid(raw, layer.config, path => origins.set(path, layer.origin), inStream)
  }

  async function place(entries: unknown, stream: string, { origin, from }: Layer): Promise<void> {
    const there = entry(slots, stream, () => new Map())
    const path = stream === '' ? 'plugins' : `streams.${stream}.plugins`
    const fail = failAt(origin, faults)
    if (entries === null) return there.clear()
    if (!Array.isArray(entries)) return fail(path, entries, 'a list of plugins')
    const seen = new Map<string, string>()
    for (const [i, listed] of entries.entries()) {
      const here = `${path}.${i}`
      const value = await pluginOf(listed, from, catalog, here, fail)
      if (value === undefined) continue
      const { id, name, slot } = value
      const other = seen.get(slot)
      seen.set(slot, id)
      if (value.removes) {
        for (const [slot, p] of [...top, ...there])
          if (p !== null && [p.value.name, p.value.id].includes(name)) there.set(slot, null)
        there.set(slot, null)
        continue
      }
      if (other !== undefined)
        fail(
          here,
          id,
          `one plugin for the slot ${slot}, but ${other} is listed too`,
          `a slot holds one; to have both, list ${name}(…).as('another-id') in a loadtest.config.ts`,
        )
      there.set(slot, { key: stream === '' ? id : `${stream}.${id}`, value, origin, from, path: here })
    }
  }

  /** `driver: 'wire'` names the plugin of the slot `driver`. */
  async function choose(name: string, { origin, from }: Layer): Promise<void> {
    const fail = failAt(origin, faults)
    const value = await pluginOf(name, from, catalog, 'driver', fail)
    if (value?.slot === 'driver') top.set('driver', { key: value.id, value, origin, from, path: 'driver' })
    else if (value) fail('driver', name, 'a plugin of the slot driver', `list ${name} under plugins`)
  }

  const { streams: written, ...base } = raw
  const named = isPlain(written) ? Object.entries(written) : []
  const streams = (named.length > 0 ? named : [['default', {}] as const]).map(([name, s]): MergedStream => {
    const own = isPlain(s) ? s : {}
    const plugins = [...new Map([...top, ...(slots.get(name) ?? [])]).values()].filter(p => p !== null)
    return { name, own, raw: laid(base, own), plugins }
  })
  const listed = [...top.values(), ...streams.flatMap(s => s.plugins)]
  const plugins = [...new Set(listed.filter(p => p !== null))]
  return {
    raw,
    plugins,
    streams,
    faults,
    file,
    fingerprint: {
      ...(outline(raw, false) as Plain),
      plugins: Object.fromEntries(
        plugins.map(p => [p.key, { name: p.value.name, options: outline(p.value.options, false) }]),
      ),
    },
    originOf(path) {
      // an option of a plugin; of a stream's own one before one of all streams
      const options = [path, path.replace(/^streams\./, ''), path.replace(/^streams\.[^.]+\./, '')]
      for (const option of origins.has(path) ? [] : options)
        for (const { key, value, origin, path: listed } of plugins)
          for (const plugin of [key, value.id])
            if (`${option}.`.startsWith(`${plugin}.`))
              return describeOrigin(origin, `${listed}.1${option.slice(plugin.length)}`)
      // a value inside a list has the list's origin
      for (let p = path; p !== ''; p = p.slice(0, Math.max(0, p.lastIndexOf('.')))) {
        const origin = origins.get(p)
        if (origin !== undefined) return describeOrigin(origin, path)
      }
      return undefined
    },
    fromPreset: path => origins.get(path)?.preset === true,
  }
}

/** The first path at which two fingerprints differ. */
export function fingerprintDifference(a: unknown, b: unknown, path = ''): string | undefined {
  if (Object.is(a, b)) return undefined
  const both = [a, b].every(v => typeof v === 'object' && v !== null)
  if (!both || Array.isArray(a) !== Array.isArray(b)) return path || 'configuration'
  const [x, y] = [a as Plain, b as Plain]
  for (const key of new Set([...Object.keys(x), ...Object.keys(y)])) {
    const found = fingerprintDifference(x[key], y[key], path === '' ? key : `${path}.${key}`)
    if (found !== undefined) return found
  }
  return undefined
}
