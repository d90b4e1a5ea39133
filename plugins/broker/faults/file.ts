import { readFile } from 'node:fs/promises'
import { ConfigError } from '../../../core/plugin.ts'
import { checkRules } from './check.ts'
import type { FaultRule } from './rule.ts'

/** Longest file taken, in bytes: as much as the control port takes at a time. */
const MAX_FILE_BYTES = 1024 * 1024

/**
 * The rules in a file, YAML or JSON: a list, judged.
 * @param brokers how many the cluster has.
 * @throws ConfigError for a file that cannot be read, or with all that is wrong in it.
 */
export async function rulesIn(file: string, brokers: number): Promise<readonly FaultRule[]> {
  const fail = (expected: string, hint?: string): never => {
    throw new ConfigError([{ path: '--faults', value: file, expected, ...(hint ? { hint } : {}) }])
  }
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) =>
    fail('a file that can be read', String(error.code)),
  )
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) fail(`a file of at most ${MAX_FILE_BYTES} bytes`)
  // Loaded when it is needed: most brokers have no such file.
  const { parse } = await import('yaml')
  let rules: unknown
  try {
    rules = parse(text)
  } catch (error) {
    fail('YAML or JSON', (error as Error).message)
  }
  if (!Array.isArray(rules)) return fail('a list of rules')
  try {
    return checkRules(rules, brokers).map(({ rule }) => rule)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new ConfigError(error.faults.map(fault => ({ ...fault, origin: file })))
  }
}
