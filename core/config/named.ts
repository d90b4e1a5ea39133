/** Plugins and presets as users list them: by value, by path or by the name of a package. */
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brand, type InlinePlugin, inlinePlugin, type PluginValue, type PresetValue } from '../define.ts'
import type { Fault } from '../errors.ts'
import { suggest } from './check.ts'
import { placeOf, readFile } from './locate.ts'
import { fileAt, importPackage } from './modules.ts'

type Fail = (expected: string, hint?: string) => undefined
type Factory = ((options?: unknown) => unknown) & { pluginName?: string }

export type Catalog = Readonly<Record<string, () => Promise<unknown>>>

export function brandOf(value: unknown): unknown {
  const branded = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return branded ? (value as { [brand]?: unknown })[brand] : undefined
}

/** `loadtest-plugin-x` for x, `@acme/loadtest-plugin-x` for @acme/x; then the name as it is. */
function candidates(name: string, kind: 'plugin' | 'preset'): string[] {
  const scoped = /^(@[^/]+\/)(.+)$/.exec(name)
  return [...new Set([`${scoped?.[1] ?? ''}loadtest-${kind}-${scoped?.[2] ?? name}`, name])]
}

/** The module a name stands for, and where it is. A path goes from the file that names it. */
async function named(
  name: string,
  from: string,
  kind: 'plugin' | 'preset',
  known: readonly string[],
  fail: Fail,
): Promise<{ module: Record<string, unknown>; url: string; label: string } | undefined> {
  if (/^(\.{0,2}\/|file:)/.test(name)) {
    const file = fileAt(
      name.startsWith('file:') ? fileURLToPath(name) : resolve(dirname(fileURLToPath(from)), name),
    )
    if (file === undefined) return fail('a file that is there', `paths go from ${fileURLToPath(from)}`)
    return { module: await readFile(file), ...placeOf(file) }
  }
  const tried = candidates(name, kind)
  for (const candidate of tried) {
    const found = await importPackage(candidate, from)
    if (found !== undefined) return { ...found, label: candidate }
  }
  const install = `tried the packages ${tried.join(', ')}: npm install the one you mean`
  return fail(`a ${kind} that is installed`, suggest(name, known) ?? install)
}

/** What a module of one plugin or preset exports: the default, or the only one of its kind. */
function exported(module: Record<string, unknown> | undefined): unknown {
  if (module === undefined) return undefined
  if (brandOf(module['default']) !== undefined || Object.keys(module).length === 1)
    return module['default'] ?? Object.values(module)[0]
  return Object.values(module).find(value => brandOf(value) !== undefined) ?? module['default']
}

/** An entry of `plugins`. What it is not is a fault that shows the line to write. */
export async function pluginOf(
  entry: unknown,
  from: string,
  catalog: Catalog,
  report: (fault: Omit<Fault, 'path'>) => void,
): Promise<PluginValue | undefined> {
  const fail: Fail = (expected, hint) => void report({ value: entry, expected, ...(hint ? { hint } : {}) })
  if (brandOf(entry) === 'plugin') return entry as PluginValue
  if (brandOf(entry) === 'factory')
    return fail(
      'a plugin, but this is what makes one',
      `write ${(entry as Factory).pluginName}() with its options`,
    )
  if (brandOf(entry) === 'preset') return fail('a plugin, but this is a preset', 'list it under extends')
  const [name, options] = Array.isArray(entry) ? entry : [entry]
  if (typeof name === 'string' && (!Array.isArray(entry) || entry.length <= 2)) {
    const found = Object.hasOwn(catalog, name)
      ? await catalog[name]?.()
      : exported((await named(name, from, 'plugin', Object.keys(catalog), fail))?.module)
    if (found === undefined) return
    if (brandOf(found) === 'plugin' && options === undefined) return found as PluginValue
    if (brandOf(found) !== 'factory')
      return fail('a plugin made by definePlugin', 'export what definePlugin returns')
    const plugin = (found as Factory)(options) as PluginValue
    if (plugin.schema === undefined && options !== undefined)
      return fail(`no options: plugin ${plugin.name} takes none`)
    return plugin
  }
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    return fail(
      'a plugin, a name or [name, options]',
      "for example keys.sequential(), 'keys.sequential' or ['keys.random', { cardinality: 1000 }]",
    )
  return inline(entry as Partial<InlinePlugin> & Record<string, unknown>, fail)
}
function inline(entry: Partial<InlinePlugin> & Record<string, unknown>, fail: Fail): PluginValue | undefined {
  if (typeof entry['apply'] === 'function' || typeof entry['setup'] === 'function')
    return fail(
      'a loadtest plugin, but this looks like one of a bundler',
      "a plugin is { name: 'mine', stream(stream) { stream.hooks.beforeSend.tap(draft => …) } }",
    )
  if (typeof entry.name !== 'string' || entry.name === '')
    return fail('a plugin with a name', "write { name: 'mine', stream(stream) { … } }")
  const known = ['name', 'slot', 'commands', 'register', 'stream']
  const odd = Object.keys(entry).find(key => !known.includes(key))
  if (odd !== undefined) return fail(`a plugin with ${known.join(', ')}, not ${odd}`, suggest(odd, known))
  const { register, stream } = entry
  if (
    ![register, stream].some(fn => typeof fn === 'function') ||
    [register, stream].some(fn => fn !== undefined && typeof fn !== 'function')
  )
    return fail('a plugin with a function register(run), stream(stream) or both')
  return inlinePlugin(entry as InlinePlugin)
}

/** An entry of `extends`: a configuration or a preset; `url`: where its own names are resolved from. */
export async function baseOf(
  entry: unknown,
  from: string,
  report: (fault: Omit<Fault, 'path'>) => void,
): Promise<{ config: unknown; label?: string; url?: string } | undefined> {
  const fail: Fail = (expected, hint) => void report({ value: entry, expected, ...(hint ? { hint } : {}) })
  const found = typeof entry === 'string' ? await named(entry, from, 'preset', [], fail) : undefined
  const value = found ? exported(found.module) : entry
  if (typeof entry === 'string' && found === undefined) return
  const place = found && { label: found.label, url: found.url }
  // a preset named by a text has no options to give
  const made = brandOf(value) === 'factory' && found ? (value as Factory)() : value
  if (brandOf(made) === 'factory')
    return fail('a preset, but this is what makes one', `write ${(made as Factory).pluginName}()`)
  if (brandOf(made) === 'plugin')
    return fail('a preset or a configuration, but this is a plugin', 'list it under plugins')
  if (made === null || !['object', 'function'].includes(typeof made))
    return fail('a preset, a configuration, a path or the name of a package')
  if (brandOf(made) !== 'preset') return { config: made, ...place }
  const preset = made as PresetValue
  const checked = await preset.schema?.['~standard'].validate(preset.options)
  if (checked?.issues) {
    const issues = checked.issues.map(i => `${(i.path ?? []).join('.')} ${i.message}`.trim())
    const expected = `what preset ${preset.name} takes: ${issues.join('; ')}`
    return void report({ value: preset.options, expected })
  }
  return { config: preset.config(checked?.value), label: `preset ${preset.name}`, ...place }
}
