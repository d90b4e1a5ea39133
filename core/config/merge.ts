/** Layers → one configuration: objects merge, scalars and lists replace, null unsets, plugins merge by slot. */
import type { PluginValue } from '../define.ts'
import type { Fault } from '../errors.ts'
import { collectLayers, type Layer } from './layers.ts'
import { pluginOf } from './named.ts'
import { describeOrigin, type Origin } from './origin.ts'
import { isPlain, laid, outline, type Plain } from './plain.ts'
import type { ConfigSource } from './source.ts'

/** A plugin in its place. `key`: its id, with the stream before it where a stream has one of its own. */
export interface Listed {
  readonly key: string
  readonly value: PluginValue
  readonly origin: Origin
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
  /** The same in every thread, or the workers would not do what main thinks. */
  readonly fingerprint: unknown
  originOf(path: string): string | undefined
}

type Slots = Map<string, Listed | null>

export async function mergeConfig(source: ConfigSource): Promise<Merged> {
  const { layers, catalog, faults } = await collectLayers(source)
  const origins = new Map<string, Origin>()
  const slots = new Map<string, Slots>([['', new Map()]])
  let raw: Plain = {}
  for (const layer of layers) {
    const { plugins, streams, ...rest } = layer.config
    await place(plugins, '', layer)
    if (typeof rest['driver'] === 'string') await choose(rest['driver'], layer)
    const bare: Plain = {}
    for (const [name, stream] of Object.entries(isPlain(streams) ? streams : {})) {
      bare[name] = stream
      if (!isPlain(stream)) continue
      const { plugins: own, ...settings } = stream
      await place(own, name, layer)
      bare[name] = settings
    }
    const over = { ...rest, streams: isPlain(streams) ? bare : streams }
    // a stream's null unsets what the top level says, so it stays until the two meet
    raw = laid(
      raw,
      over,
      path => origins.set(path, layer.origin),
      path => /^streams\.[^.]+\./.test(path),
    )
  }

  async function place(entries: unknown, stream: string, layer: Layer): Promise<void> {
    if (entries === undefined) return
    const at = slots.get(stream) ?? new Map<string, Listed | null>()
    slots.set(stream, at)
    const path = stream === '' ? 'plugins' : `streams.${stream}.plugins`
    if (entries === null) return at.clear()
    if (!Array.isArray(entries))
      return void faults.push({
        path,
        value: entries,
        expected: 'a list of plugins',
        origin: describeOrigin(layer.origin, path),
      })
    const seen = new Map<string, string>()
    for (const [i, entry] of entries.entries()) {
      const here = `${path}.${i}`
      const fail = (fault: Omit<Fault, 'path'>) =>
        void faults.push({ origin: describeOrigin(layer.origin, here), ...fault, path: here })
      const value = await pluginOf(entry, layer.from, catalog, fail)
      if (value === undefined) continue
      const other = seen.get(value.slot)
      if (other !== undefined && !value.removes)
        fail({
          value: value.id,
          expected: `one plugin for the slot ${value.slot}, but ${other} is listed too`,
          hint: `a slot holds one; list ${value.name}(…).as('another-id') to have both`,
        })
      if (value.removes)
        for (const [slot, there] of [...(slots.get('') ?? []), ...at])
          if (there !== null && [there.value.name, there.value.id].includes(value.name)) at.set(slot, null)
      seen.set(value.slot, value.id)
      at.set(
        value.slot,
        value.removes
          ? null
          : {
              key: stream === '' ? value.id : `${stream}.${value.id}`,
              value,
              origin: layer.origin,
              path: here,
            },
      )
    }
  }

  /** `driver: 'wire'` names the plugin of the slot `driver`. */
  async function choose(name: string, { origin, from }: Layer): Promise<void> {
    const top = slots.get('') as Slots
    if (top.get('driver')?.value.name === name) return
    const fail = (fault: Omit<Fault, 'path'>) =>
      void faults.push({ origin: describeOrigin(origin, 'driver'), ...fault, path: 'driver' })
    const value = await pluginOf(name, from, catalog, fail)
    if (value === undefined) return
    if (value.slot === 'driver') top.set('driver', { key: value.id, value, origin, path: 'driver' })
    else fail({ value: name, expected: 'a plugin of the slot driver', hint: `list ${name} under plugins` })
  }

  const top = slots.get('') as Slots
  const { streams: written, ...base } = raw
  const named = isPlain(written) ? Object.entries(written) : []
  const streams = (named.length > 0 ? named : [['default', {}] as const]).map(([name, own]): MergedStream => {
    const settings = isPlain(own) ? own : {}
    const plugins = [...new Map([...top, ...(slots.get(name) ?? [])]).values()].filter(p => p !== null)
    return { name, own: settings, raw: laid(base, settings), plugins }
  })
  const plugins = [
    ...new Set([...[...top.values()].filter(p => p !== null), ...streams.flatMap(s => s.plugins)]),
  ]
  return {
    raw,
    plugins,
    streams,
    faults,
    fingerprint: {
      ...(outline(raw, false) as Plain),
      plugins: Object.fromEntries(
        plugins.map(p => [p.key, { name: p.value.name, options: outline(p.value.options, false) }]),
      ),
    },
    originOf(path) {
      // a value inside a list has the list's origin
      for (let p = path; p !== ''; p = p.slice(0, Math.max(0, p.lastIndexOf('.')))) {
        const origin = origins.get(p)
        if (origin !== undefined) return describeOrigin(origin, path)
      }
      return undefined
    },
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
