/** Plugins and presets as users list them: by value, by path or by the name of a package. */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brand, type InlinePlugin, inlinePlugin, type PluginValue, type PresetValue } from '../define.ts'
import type { Fail } from '../errors.ts'
import { suggest } from './check.ts'
import { placeOf, readFile } from './locate.ts'
import { fileAt, importPackage } from './modules.ts'

type Refuse = (expected: string, hint?: string) => undefined
type Factory = ((options?: unknown) => unknown) & { pluginName?: string }

export type Catalog = Readonly<Record<string, () => Promise<unknown>>>

function brandOf(value: unknown): unknown {
  return (Object(value) as { [brand]?: unknown })[brand]
}

/** What a name stands for, and where it is. A path goes from the file that names it. */
async function named(
  name: string,
  from: string,
  kind: 'plugin' | 'preset',
  known: readonly string[],
  refuse: Refuse,
): Promise<{ value: unknown; url: string; label: string } | undefined> {
  if (/^(\.{0,2}\/|file:)/.test(name)) {
    const folder = fileURLToPath(new URL('.', from))
    const file = fileAt(name.startsWith('file:') ? fileURLToPath(name) : resolve(folder, name))
    if (file === undefined) return refuse('a file that is there', `paths go from ${fileURLToPath(from)}`)
    return { value: exported(await readFile(file)), ...placeOf(file) }
  }
  // `loadtest-plugin-x` for x, `@acme/loadtest-plugin-x` for @acme/x; then the name as it is
  const tried = new Set([name.replace(/^(@[^/]+\/)?/, `$1loadtest-${kind}-`), name])
  for (const label of tried) {
    const found = await importPackage(label, from)
    if (found !== undefined) return { value: exported(found.module), url: found.url, label }
  }
  const also = kind === 'preset' ? '; loadtest presets lists the built-in ones' : ''
  const install = `tried the packages ${[...tried].join(', ')}: npm install the one you mean${also}`
  return refuse(`a ${kind} that is installed`, suggest(name, known) ?? install)
}

/** What a module of one plugin or preset exports: the default, or the only one of its kind. */
function exported(module: Record<string, unknown>): unknown {
  const { default: main, ...others } = module
  const values = Object.values(others)
  if (brandOf(main) !== undefined) return main
  return (
    values.find(value => brandOf(value) !== undefined) ?? main ?? (values.length === 1 ? values[0] : main)
  )
}

/** An entry of `plugins`. What it is not is a fault that shows the line to write. */
export async function pluginOf(
  entry: unknown,
  from: string,
  catalog: Catalog,
  path: string,
  fail: Fail,
): Promise<PluginValue | undefined> {
  const refuse: Refuse = (expected, hint) => fail(path, entry, expected, hint)
  if (brandOf(entry) === 'plugin') return entry as PluginValue
  if (brandOf(entry) === 'factory') {
    const { pluginName } = entry as Factory
    return refuse('a plugin, but this is what makes one', `write ${pluginName}() with its options`)
  }
  if (brandOf(entry) === 'preset') return refuse('a plugin, but this is a preset', 'list it under extends')
  const [name, options] = Array.isArray(entry) ? entry : [entry]
  if (typeof name === 'string' && (!Array.isArray(entry) || entry.length <= 2)) {
    const found = Object.hasOwn(catalog, name)
      ? { value: await catalog[name]?.() }
      : await named(name, from, 'plugin', Object.keys(catalog), refuse)
    if (found === undefined) return
    const { value } = found
    if (brandOf(value) === 'plugin' && options === undefined) return value as PluginValue
    if (brandOf(value) !== 'factory')
      return refuse('a plugin made by definePlugin', 'export what definePlugin returns')
    const plugin = (value as Factory)(options) as PluginValue
    if (plugin.schema === undefined && options !== undefined && JSON.stringify(options) !== '{}')
      return refuse(`no options: plugin ${plugin.name} takes none`)
    return plugin
  }
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    return refuse(
      'a plugin, a name or [name, options]',
      "for example keys.sequential(), 'keys.sequential' or ['keys.random', { cardinality: 1000 }]",
    )
  return inline(entry as Partial<InlinePlugin> & Record<string, unknown>, refuse)
}
function inline(
  entry: Partial<InlinePlugin> & Record<string, unknown>,
  refuse: Refuse,
): PluginValue | undefined {
  if (typeof entry['apply'] === 'function' || typeof entry['setup'] === 'function')
    return refuse(
      'a loadtest plugin, but this looks like one of a bundler',
      "a plugin is { name: 'mine', stream(stream) { stream.hooks.beforeSend.tap(draft => …) } }",
    )
  if (typeof entry.name !== 'string' || entry.name === '')
    return refuse('a plugin with a name', "write [name, options] or { name: 'mine', stream(stream) { … } }")
  const known = ['name', 'slot', 'commands', 'register', 'stream']
  const odd = Object.keys(entry).find(key => !known.includes(key))
  if (odd !== undefined) return refuse(`a plugin with ${known.join(', ')}, not ${odd}`, suggest(odd, known))
  const given = [entry.register, entry.stream].filter(fn => fn !== undefined)
  if (given.length === 0 || given.some(fn => typeof fn !== 'function'))
    return refuse('a plugin with a function register(run), stream(stream) or both')
  return inlinePlugin(entry as InlinePlugin)
}

/**
 * An entry of `extends`: a configuration or a preset, by value, by name or as [name, options]; `url`: where its own names
 * are resolved from.
 */
export async function baseOf(
  entry: unknown,
  from: string,
  catalog: Catalog,
  fail: Fail,
): Promise<{ config: unknown; preset?: PresetValue; label?: string; url?: string } | undefined> {
  const refuse: Refuse = (expected, hint) => fail('extends', entry, expected, hint)
  const [name, options] = Array.isArray(entry) && entry.length <= 2 ? (entry as unknown[]) : [entry]
  const found =
    typeof name !== 'string'
      ? { value: entry }
      : Object.hasOwn(catalog, name)
        ? { value: await catalog[name]?.() }
        : await named(name, from, 'preset', Object.keys(catalog), refuse)
  if (found === undefined) return
  const { value, ...place } = found
  const made = brandOf(value) === 'factory' && value !== entry ? (value as Factory)(options) : value
  if (brandOf(made) === 'factory')
    return refuse('a preset, but this is what makes one', `write ${(made as Factory).pluginName}()`)
  if (brandOf(made) === 'plugin')
    return refuse('a preset or a configuration, but this is a plugin', 'list it under plugins')
  if (made === null || !['object', 'function'].includes(typeof made) || Array.isArray(made))
    return refuse('a preset, a configuration, a path, a name or [name, options]')
  const preset = brandOf(made) === 'preset' ? (made as PresetValue) : undefined
  if (options !== undefined && preset?.schema === undefined)
    return refuse(`no options: ${String(name)} takes none`)
  if (preset === undefined) return { config: made, ...place }
  const checked = await preset.schema?.['~standard'].validate(preset.options)
  if (checked?.issues) {
    const issues = checked.issues.map(i => `${(i.path ?? []).join('.')} ${i.message}`.trim())
    return fail('extends', preset.options, `what preset ${preset.name} takes: ${issues.join('; ')}`)
  }
  return { config: preset.config(checked?.value), preset, label: `preset ${preset.name}`, ...place }
}
