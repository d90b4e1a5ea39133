/** Where paths in a plugin's options go from: the file that names them. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const folders = new AsyncLocalStorage<string>()

/** Runs a plugin's schema; `from`: URL of the file that lists the plugin. */
export function readFrom<T>(from: string, fn: () => T): T {
  return folders.run(fileURLToPath(new URL('.', from)), fn)
}

/**
 * For schemas: the whole path of a file that an option names. It goes from the file that lists the plugin, as every path of a
 * configuration does; from the working directory where flags, variables or `run(value)` do.
 */
export function pathOf(file: string): string {
  return resolve(folders.getStore() ?? '', file)
}
