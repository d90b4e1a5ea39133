/** Packages that some of the values need and most users do not: optional peer dependencies. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Expected } from './expected.ts'

/**
 * What the package exports: the one beside this engine, else the one of the working directory. Synchronous, since a value's
 * size may be asked for before anything asynchronous has run.
 * @throws Expected, which says how to install it
 */
export function peer<T>(name: string): T {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return createRequire(from)(name) as T
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      // another one that it needs itself is another fault
      if (code !== 'MODULE_NOT_FOUND' || !message.includes(`'${name}'`)) throw error
    }
  }
  const [scope = '', bare] = name.split('/')
  const installed = scope.startsWith('@') ? `${scope}/${bare}` : scope
  throw new Expected(`the package ${installed}, which these values need: npm install ${installed}`)
}
