/** Importing the user's modules: by Node's own type stripping, with one instance of the engine. */
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { ConfigError, messageOf } from '../errors.ts'

const OWN = /^kafka-loadtest(\/.*)?$/
const FROM = 'loadtest-from:'
const ENDINGS = ['.ts', '.mts', '.js', '.mjs', '/index.ts', '/index.js']
/** Folder of the engine's own sources, whose frames in a stack are nobody's concern. */
const ENGINE = new URL('..', import.meta.url).href

/** URLs by specifier: what the hook below has resolved packages to. */
const packages = new Map<string, string>()
/** The user's own modules in JavaScript, in the order they were loaded. */
const scripts: string[] = []

let registered = false
/** Once for each thread: our own name resolves to this very engine, endings may be left out, `.ts` is always a module. */
function register(): void {
  if (registered) return
  registered = true
  registerHooks({
    resolve(specifier, context, next) {
      if (OWN.test(specifier)) return next(specifier, { ...context, parentURL: import.meta.url })
      if (specifier.startsWith(FROM)) {
        const [, parentURL = '', name = ''] = /^(\S+) (.*)$/.exec(specifier.slice(FROM.length)) ?? []
        const resolved = next(name, { ...context, parentURL: OWN.test(name) ? import.meta.url : parentURL })
        packages.set(specifier, resolved.url)
        return resolved
      }
      try {
        return next(specifier, context)
      } catch (error) {
        if (!/^\.{1,2}\//.test(specifier) || context.parentURL === undefined) throw error
        const base = new URL(specifier, context.parentURL).href
        const found = ENDINGS.map(ending => base + ending).find(url => existsSync(fileURLToPath(url)))
        if (found === undefined) throw error
        return next(found, context)
      }
    },
    load(url, context, next) {
      if (url.includes('/node_modules/')) return next(url, context)
      if (/^file:.*\.[cm]?js$/.test(url)) scripts.push(url)
      return next(url, /\.ts$/.test(url) ? { ...context, format: 'module-typescript' } : context)
    },
  })
}

/** The module at a file URL. @throws ConfigError with the author's own error and its line */
export async function importModule(url: string, label: string): Promise<Record<string, unknown>> {
  register()
  try {
    return (await import(url)) as Record<string, unknown>
  } catch (error) {
    throw thrownBy(error, url, label)
  }
}

/** A package as the module at `from` would import it, and its URL; undefined: it is not installed. */
export async function importPackage(
  name: string,
  from: string,
): Promise<{ module: Record<string, unknown>; url: string } | undefined> {
  register()
  const specifier = `${FROM}${from} ${name}`
  try {
    const module = (await import(specifier)) as Record<string, unknown>
    return { module, url: packages.get(specifier) ?? from }
  } catch (error) {
    const { code } = error as { code?: string }
    const [installed] = /^(@[^/]+\/)?[^/]*/.exec(name) ?? []
    const missing = code === 'ERR_MODULE_NOT_FOUND' && messageOf(error).includes(`'${installed}'`)
    if (missing || code === 'ERR_INVALID_MODULE_SPECIFIER') return undefined
    throw thrownBy(error, from, name)
  }
}

/** The author's own error: message, and the line of the stack that is theirs. */
export function thrownBy(error: unknown, url: string, label: string): ConfigError {
  const { code } = (error ?? {}) as { code?: string }
  const [first = ''] = String(Object(error).stack).split('\n')
  const [frame] = authorsFrames(error)
  // a syntax error has its place in the first line of the stack, or nowhere
  const place = /^(?:file:\/\/)?(\/.*:\d+)$/.exec(first)?.[1] ?? (error instanceof SyntaxError && checked())
  const where = place || frame?.trim().replace(/^at /, '') || fileURLToPath(url)
  const hint =
    code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'
      ? 'enums, namespaces and parameter properties are not erasable TypeScript: write a plain object or fields instead'
      : code === 'ERR_MODULE_NOT_FOUND'
        ? 'install the package, or check the path of the import'
        : undefined
  const detail = `${error instanceof Error ? error.name : 'Error'}: ${messageOf(error)}`
  const expected = `a module that loads, but it threw ${detail}`
  return new ConfigError([{ path: label, expected, origin: where.replace('file://', ''), hint }], error)
}

/** Lines of the stack that are the author's: neither Node's nor the engine's, nor a package's where there are others. */
export function authorsFrames(error: unknown): string[] {
  const lines = String(Object(error).stack)
    .split('\n')
    .filter(line => /^\s+at /.test(line))
  const frames = lines.filter(line => !/\bnode:/.test(line) && !line.includes(ENGINE))
  const own = frames.filter(line => !line.includes('/node_modules/'))
  return own.length > 0 ? own : frames
}

/** Where Node finds the fault in the JavaScript that was loaded: the error of an import does not tell. */
function checked(): string | undefined {
  for (const path of scripts.map(url => fileURLToPath(url))) {
    const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' })
    const [first = ''] = stderr.split('\n')
    if (first.includes(path)) return first
  }
  return undefined
}

/** A path of the user's as a file: with an ending left out, or a folder with an index. undefined: nothing there. */
export function fileAt(path: string): string | undefined {
  const isFile = (p: string) => statSync(p, { throwIfNoEntry: false })?.isFile() === true
  return [path, ...ENDINGS.map(ending => path + ending)].find(isFile)
}
