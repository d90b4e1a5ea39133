/** Finding and reading the configuration file. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { cosmiconfig } from 'cosmiconfig'
import { ConfigError, messageOf } from '../errors.ts'
import { fileAt, importModule } from './modules.ts'

const MODULES = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']
const DATA = ['.json', '.yaml', '.yml']
const PLACES = [...[...MODULES, ...DATA].map(ending => `loadtest.config${ending}`), 'package.json']

export interface Found {
  /** As the file has it: an object, or a function. */
  readonly config: unknown
  /** Relative to the working directory. */
  readonly label: string
  readonly url: string
}

/** The file named, or the first one from `cwd` upwards; undefined: there is none. */
export async function locate(file: string | undefined, cwd: string): Promise<Found | undefined> {
  if (file !== undefined) {
    const path = file.startsWith('file:') ? fileURLToPath(file) : resolve(cwd, file)
    const there = fileAt(path)
    if (there !== undefined) return found(there)
    throw new ConfigError([
      { path: '--config', value: file, expected: 'a file that is there', hint: `looked at ${path}` },
    ])
  }
  for (let folder = cwd; ; folder = dirname(folder)) {
    const path = await inFolder(folder)
    if (path !== undefined) return found(path)
    if (folder === dirname(folder)) return undefined
  }
}

/** Only the place is wanted: what the user's own module throws must not be taken for "not found". */
async function inFolder(folder: string): Promise<string | undefined> {
  const place = (path: string, text: string) =>
    path.endsWith('package.json') ? parsed(path, placeOf(path).label) : { text }
  const loaders = Object.fromEntries([...MODULES, ...DATA].map(ending => [ending, place]))
  const options = { searchPlaces: PLACES, loaders, ignoreEmptySearchPlaces: false }
  try {
    const explorer = cosmiconfig('loadtest', { ...options, searchStrategy: 'none' })
    return (await explorer.search(folder))?.filepath
  } catch (error) {
    // it reads the package.json of the working directory for itself
    const [, path = folder, detail = messageOf(error)] = /Error in (.+):\n(.+)/.exec(messageOf(error)) ?? []
    if (error instanceof ConfigError) throw error
    throw new ConfigError(
      [{ path: placeOf(path).label, expected: `a file that parses, but: ${detail}` }],
      error,
    )
  }
}

async function found(path: string): Promise<Found> {
  const module = await readFile(path)
  const { url, label } = placeOf(path)
  if (path.endsWith('package.json')) {
    const { loadtest } = Object(module['default']) as { loadtest?: unknown }
    return { url, config: loadtest, label: `${label}#loadtest` }
  }
  if (!('default' in module))
    throw new ConfigError([
      { path: label, expected: 'a default export', hint: 'write export default defineConfig({ … })' },
    ])
  return { url, label, config: module['default'] }
}

export function placeOf(path: string): { url: string; label: string } {
  return { url: pathToFileURL(path).href, label: relative('', path) || path }
}

/** A module's exports; a data file is a module with a default export. */
export async function readFile(path: string): Promise<Record<string, unknown>> {
  const { url, label } = placeOf(path)
  const ending = extname(path)
  if (DATA.includes(ending)) return { default: parsed(path, label) }
  if (!MODULES.includes(ending))
    throw new ConfigError([{ path: label, expected: `a file ending in ${[...MODULES, ...DATA].join(', ')}` }])
  const module = await importModule(url, label)
  // a CommonJS module may have the ES module's shape inside
  const inner = module['default'] as Record<string, unknown> | undefined
  return inner?.['__esModule'] ? inner : module
}

function parsed(path: string, label: string): unknown {
  const text = readFileSync(path, 'utf8')
  try {
    if (path.endsWith('.json')) return JSON.parse(text)
    // an empty file, or one that is all comments, sets nothing
    return yaml().parse(text, { merge: true }) ?? {}
  } catch (error) {
    const expected = `a file that parses, but: ${messageOf(error).trim().replaceAll('\n', '\n    ')}`
    throw new ConfigError([{ path: label, expected }], error)
  }
}

/** Loaded when there is YAML to read, or a line to name. */
export function yaml(): typeof import('yaml') {
  return createRequire(import.meta.url)('yaml') as typeof import('yaml')
}
