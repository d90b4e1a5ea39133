/** What a configuration is made of, the weakest first: default preset, extends, file, variables, flags. */
import { relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Fail, Fault } from '../errors.ts'
import { suggest } from './check.ts'
import { locate } from './locate.ts'
import { thrownBy } from './modules.ts'
import { baseOf, type Catalog } from './named.ts'
import { fromText, settable, shorthands, variableOf } from './options.ts'
import { describeOrigin, type Origin } from './origin.ts'
import { at, isPlain, laid, nested, type Plain } from './plain.ts'
import { files } from './security.ts'
import type { ConfigSource, Setting } from './source.ts'

export interface Layer {
  readonly config: Plain
  /** The lists of plugins, taken out of it: by stream, '' for the top level's. */
  readonly plugins: ReadonlyMap<string, unknown>
  readonly origin: Origin
  /** URL that names in it are resolved from. */
  readonly from: string
}

/** Tells `faults` what is wrong with what was written in one place. */
export function failAt(origin: Origin, faults: Fault[]): Fail {
  return (path, value, expected, hint) =>
    void faults.push({ path, value, expected, hint, origin: describeOrigin(origin, path) })
}

/** The module that assembles the product; the core knows it by this name alone. */
const DEFAULT = new URL(`../../presets/default${import.meta.url.slice(-3)}`, import.meta.url)

export async function collectLayers(source: ConfigSource) {
  const faults: Fault[] = []
  const layers: Layer[] = []
  const here = pathToFileURL(`${source.cwd}/`).href
  const push = (config: Plain, origin: Origin, from: string) =>
    void layers.push({ ...apart(located(config, from)), origin, from })
  const visit = async (written: unknown, origin: Origin, from: string, chain: readonly unknown[]) => {
    const config = typeof written === 'function' ? await called(written, source, from, origin) : written
    if (!isPlain(config)) {
      const expected = 'a configuration: an object, or a function that answers one'
      return void faults.push({ path: origin.label, value: config, expected })
    }
    const { extends: bases = [], ...own } = config
    const fail = failAt(origin, faults)
    for (const base of Array.isArray(bases) ? bases : [bases]) {
      const found = await baseOf(base, from, product.presets, fail)
      if (found === undefined) continue
      const { label, url, preset } = found
      const id = url ?? base
      if (chain.includes(id)) fail('extends', base, 'no circle', [...chain, id].map(shown).join(' → '))
      else {
        // a preset without a file of its own has no lines
        const its =
          label === undefined ? origin : { label, ...(url && { url }), preset: preset !== undefined }
        await visit(found.config, its, url ?? from, [...chain, id])
      }
    }
    push(own, origin, from)
  }

  const product = (await import(DEFAULT.href)) as {
    defaultPreset: unknown
    inlinePreset: unknown
    catalog: Catalog
    presets: Catalog
  }
  await visit(
    { extends: [source.value === undefined ? product.defaultPreset : product.inlinePreset] },
    { label: 'default' },
    DEFAULT.href,
    [],
  )
  const found = source.value === undefined ? await locate(source.file, source.cwd) : undefined
  if (found !== undefined) await visit(found.config, found, found.url, [found.url])
  if (source.value !== undefined) await visit(source.value, { label: `${source.command}()` }, here, [])
  const given = Map.groupBy(source.flags ?? [], s => s.keys[0] === 'extends')
  // what is said of one option beats what a preset says of many, in whatever order
  for (const s of given.get(true) ?? []) await visit(nested(s.keys, s.value), { label: s.label }, here, [])
  for (const s of [...variables(source.env, faults), ...(given.get(false) ?? [])])
    push(nested(s.keys, s.value), { label: s.label }, here)
  if (source.overrides !== undefined) await visit(source.overrides, { label: 'overrides' }, here, [])
  return { layers, catalog: product.catalog, faults, file: found?.label }
}

function shown(id: unknown): string {
  return typeof id === 'string' && id.startsWith('file:') ? relative('', fileURLToPath(id)) : 'a value'
}

async function called(fn: unknown, source: ConfigSource, url: string, origin: Origin): Promise<unknown> {
  const { command, env } = source
  try {
    return await (fn as (env: unknown) => unknown)({ command, ci: Boolean(env['CI']), env })
  } catch (error) {
    throw thrownBy(error, url, origin.label)
  }
}

/** Paths go from the file that names them. */
function located(config: Plain, from: string): Plain {
  const folder = fileURLToPath(new URL('.', from))
  return files.reduce((all, path) => {
    const file = at(config, path)
    return typeof file === 'string' ? laid(all, nested(path.split('.'), resolve(folder, file))) : all
  }, config)
}

/** On both levels: `topic: 'orders'` and `consumers: 4` written out, and the lists of plugins by themselves. */
function apart(config: Plain): Pick<Layer, 'config' | 'plugins'> {
  const plugins = new Map<string, unknown>()
  const level = ({ plugins: listed, ...rest }: Plain, stream: string): Plain => {
    if (listed !== undefined) plugins.set(stream, listed)
    const long = ([key, value]: [string, unknown]) => {
      const short = shorthands[key]
      return [key, short === undefined || value == null || isPlain(value) ? value : { [short]: value }]
    }
    return Object.fromEntries(Object.entries(rest).map(long))
  }
  const top = level(config, '')
  if (!isPlain(top['streams'])) return { config: top, plugins }
  const each = Object.entries(top['streams']).map(([name, s]) => [name, isPlain(s) ? level(s, name) : s])
  return { config: { ...top, streams: Object.fromEntries(each) }, plugins }
}

const PREFIX = 'LOADTEST_'
function variables(env: ConfigSource['env'], faults: Fault[]): Setting[] {
  const known = new Map(settable.map(path => [variableOf(path), path]))
  for (const short of Object.keys(shorthands)) known.set(variableOf(short), short)
  const set: Setting[] = []
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || value === undefined) continue
    const path = known.get(name)
    if (path !== undefined) {
      set.push({ keys: path.split('.'), value: fromText(value), label: name })
      continue
    }
    const names = [...known.keys()].map(k => k.slice(PREFIX.length))
    const hint =
      suggest(name.slice(PREFIX.length), names, PREFIX) ??
      `variables that begin with ${PREFIX} are options: use another prefix for your own`
    const expected = 'the variable of an option'
    faults.push({ path: name, value, expected, origin: 'the environment', hint })
  }
  return set
}
