/** Finding and reading the configuration file. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { cosmiconfig, defaultLoaders } from 'cosmiconfig'
import { ConfigError, messageOf } from '../errors.ts'
import { importModule } from './modules.ts'

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
    if (existsSync(path)) return read(path, cwd)
    throw new ConfigError([
      { path: '--config', value: file, expected: 'a file that is there', hint: `looked at ${path}` },
    ])
  }
  const explorer = cosmiconfig('loadtest', {
    searchPlaces: PLACES,
    searchStrategy: 'none',
    // only the place is wanted: what the user's own module throws must not be taken for "not found"
    loaders: Object.fromEntries(
      [...MODULES, ...DATA].map(ending => [ending, (filepath: string) => ({ filepath })]),
    ),
  })
  for (let folder = cwd; ; folder = dirname(folder)) {
    const found = await explorer.search(folder)
    if (found !== null) return read(found.filepath, cwd)
    if (folder === dirname(folder)) return undefined
  }
}

async function read(path: string, cwd: string): Promise<Found> {
  const found = { url: pathToFileURL(path).href, label: relative(cwd, path) || path }
  if (path.endsWith('package.json')) {
    const { loadtest } = data(path, found.label) as { loadtest?: unknown }
    return { ...found, config: loadtest, label: `${found.label}#loadtest` }
  }
  if (DATA.some(ending => path.endsWith(ending))) return { ...found, config: data(path, found.label) ?? {} }
  const module = await importModule(found.url, found.label)
  if (!('default' in module))
    throw new ConfigError([
      { path: found.label, expected: 'a default export', hint: 'write export default defineConfig({ … })' },
    ])
  // a CommonJS module may have the ES module's shape inside
  const exported = module['default'] as { default?: unknown; __esModule?: boolean }
  return { ...found, config: exported?.__esModule ? exported.default : exported }
}

function data(path: string, label: string): unknown {
  const load = path.endsWith('.json') ? defaultLoaders['.json'] : defaultLoaders['.yaml']
  try {
    return load(path, readFileSync(path, 'utf8'))
  } catch (error) {
    const detail = messageOf(error).split('\n').slice(1).join('\n    ') || messageOf(error)
    throw new ConfigError([{ path: label, expected: `a file that parses, but: ${detail}` }], error)
  }
}
