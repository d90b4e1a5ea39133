/** Importing the user's modules: by Node's own type stripping, with one instance of the engine. */
import { existsSync, statSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { ConfigError, messageOf } from '../errors.ts'

const OWN = /^kafka-loadtest(\/.*)?$/
const FROM = 'loadtest-from:'
const ENDINGS = ['.ts', '.mts', '.js', '.mjs', '/index.ts', '/index.js']

let registered = false
/** Once for each thread: our own name resolves to this very engine, endings may be left out, `.ts` is always a module. */
function register(): void {
  if (registered) return
  registered = true
  registerHooks({
    resolve(specifier, context, next) {
      if (OWN.test(specifier)) return next(specifier, { ...context, parentURL: import.meta.url })
      if (specifier.startsWith(FROM)) {
        const [parentURL, name] = specifier.slice(FROM.length).split(' ')
        return next(name as string, { ...context, parentURL: parentURL as string })
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
      const ours = /\.ts$/.test(url) && !url.includes('/node_modules/')
      return next(url, ours ? { ...context, format: 'module-typescript' } : context)
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

/** A package as the module at `from` would import it; undefined: it is not installed. */
export async function importPackage(
  name: string,
  from: string,
): Promise<Record<string, unknown> | undefined> {
  register()
  try {
    return (await import(`${FROM}${from} ${name}`)) as Record<string, unknown>
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'ERR_MODULE_NOT_FOUND' && messageOf(error).includes(`'${name}'`)) return undefined
    throw thrownBy(error, from, name)
  }
}

/** The author's own error: message, and the lines of the stack that are theirs. */
export function thrownBy(error: unknown, url: string, label: string): ConfigError {
  const { code } = (error ?? {}) as { code?: string }
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const frames = stack
    .split('\n')
    .filter(line => /^\s+at /.test(line) && !/node:internal|\/core\/config\//.test(line))
  // a syntax error has its place in the first line of the stack
  const place = /^(file:\/\/)?(\/[^\n]*:\d+)$/m.exec(stack.split('\n')[0] ?? '')?.[2]
  const where = place ?? frames[0]?.trim().replace(/^at /, '') ?? fileURLToPath(url)
  const hint =
    code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'
      ? 'enums, namespaces and parameter properties are not erasable TypeScript: write a plain object or fields instead'
      : code === 'ERR_MODULE_NOT_FOUND'
        ? 'install the package, or check the path of the import'
        : ''
  const detail = `${error instanceof Error ? error.name : 'Error'}: ${messageOf(error)}`
  const expected = `a module that loads, but it threw ${detail}`
  return new ConfigError(
    [{ path: label, expected, origin: where.replace('file://', ''), ...(hint ? { hint } : {}) }],
    error,
  )
}

/** A path of the user's as a file: with an ending left out, or a folder with an index. undefined: nothing there. */
export function fileAt(path: string): string | undefined {
  const isFile = (p: string) => statSync(p, { throwIfNoEntry: false })?.isFile() === true
  return [path, ...ENDINGS.map(ending => path + ending)].find(isFile)
}
