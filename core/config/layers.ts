/** What a configuration is made of, the weakest first: default preset, extends, file, variables, flags. */
import { pathToFileURL } from 'node:url'
import type { Fault } from '../errors.ts'
import { suggest } from './check.ts'
import { locate } from './locate.ts'
import { thrownBy } from './modules.ts'
import { baseOf, type Catalog } from './named.ts'
import { fromText, options, shorthands, variableOf } from './options.ts'
import type { Origin } from './origin.ts'
import { isPlain, nested, type Plain } from './plain.ts'
import type { ConfigSource, Setting } from './source.ts'

export interface Layer {
  readonly config: Plain
  readonly origin: Origin
  /** URL that names in it are resolved from. */
  readonly from: string
}
export interface Layers {
  readonly layers: readonly Layer[]
  readonly catalog: Catalog
  readonly faults: Fault[]
}

/** The module that assembles the product; the core knows it by this name alone. */
const DEFAULT = new URL(`../../presets/default${import.meta.url.slice(-3)}`, import.meta.url)

export async function collectLayers(source: ConfigSource): Promise<Layers> {
  const faults: Fault[] = []
  const layers: Layer[] = []
  const here = pathToFileURL(`${source.cwd}/`).href
  const visit = async (
    written: unknown,
    origin: Origin,
    from: string,
    chain: readonly unknown[],
  ): Promise<void> => {
    const fail = (fault: Omit<Fault, 'path'>, path = origin.label) =>
      void faults.push({ origin: origin.label, ...fault, path })
    const config = typeof written === 'function' ? await called(written, source, from, origin) : written
    if (!isPlain(config)) return fail({ value: config, expected: 'an object' })
    const { extends: bases = [], ...own } = config
    for (const base of Array.isArray(bases) ? bases : [bases]) {
      if (chain.includes(base)) {
        fail(
          { value: base, expected: 'no circle', hint: [...chain, base].map(String).join(' → ') },
          'extends',
        )
        continue
      }
      const found = await baseOf(base, from, fault => fail(fault, 'extends'))
      if (found === undefined) continue
      const next = typeof base === 'string' && /^\.{0,2}\//.test(base) ? new URL(base, from).href : from
      await visit(found.config, found.label === undefined ? origin : { label: found.label }, next, [
        ...chain,
        base,
      ])
    }
    layers.push({ config: expanded(own), origin, from })
  }

  const product = (await import(DEFAULT.href)) as {
    defaultPreset: unknown
    inlinePreset: unknown
    catalog: Catalog
  }
  await visit(
    { extends: [source.value === undefined ? product.defaultPreset : product.inlinePreset] },
    { label: 'default' },
    DEFAULT.href,
    [],
  )
  if (source.value === undefined) {
    const found = await locate(source.file, source.cwd)
    if (found !== undefined) await visit(found.config, found, found.url, [found.url])
  } else await visit(source.value, { label: 'run()' }, here, [])
  for (const s of [...variables(source.env, faults), ...(source.flags ?? [])])
    layers.push({ config: expanded(nested(s.keys, s.value)), origin: { label: s.label }, from: here })
  if (source.overrides !== undefined) await visit(source.overrides, { label: 'overrides' }, here, [])
  return { layers, catalog: product.catalog, faults }
}

async function called(fn: unknown, source: ConfigSource, url: string, origin: Origin): Promise<unknown> {
  const { command, env } = source
  try {
    return await (fn as (env: unknown) => unknown)({ command, ci: Boolean(env['CI']), env })
  } catch (error) {
    throw thrownBy(error, url, origin.label)
  }
}

/** `topic: 'orders'` and `consumers: 4` written out, on both levels. */
function expanded(config: Plain): Plain {
  const long = (c: Plain): Plain =>
    Object.fromEntries(
      Object.entries(c).map(([key, value]) => {
        const short = shorthands[key]
        return [key, short === undefined || value == null || isPlain(value) ? value : { [short]: value }]
      }),
    )
  const { streams } = config
  if (!isPlain(streams)) return long(config)
  const each = Object.entries(streams).map(([name, s]) => [name, isPlain(s) ? long(s) : s])
  return { ...long(config), streams: Object.fromEntries(each) }
}

function variables(env: ConfigSource['env'], faults: Fault[]): Setting[] {
  const known = new Map(options.map(o => [variableOf(o.path), o.path]))
  for (const short of Object.keys(shorthands)) known.set(variableOf(short), short)
  const set: Setting[] = []
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('LOADTEST_') || value === undefined) continue
    const path = known.get(name)
    if (path !== undefined) set.push({ keys: path.split('.'), value: fromText(value), label: name })
    else {
      const hint =
        suggest(name, known.keys()) ??
        'variables that begin with LOADTEST_ are options: use another prefix for your own'
      faults.push({
        path: name,
        value,
        expected: 'the variable of an option',
        origin: 'the environment',
        hint,
      })
    }
  }
  return set
}
