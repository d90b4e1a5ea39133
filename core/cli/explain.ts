/** What went wrong, for the person who reads it at night; answers the exit code. */
import { authorsFrames } from '../config/modules.ts'
import { ConnectError } from '../driver.ts'
import { ConfigError, describeFault, messageOf, PluginError } from '../errors.ts'

export function explain(thrown: unknown): number {
  const inner = thrown instanceof PluginError ? thrown.cause : undefined
  // what a plugin finds wrong with the configuration, or cannot connect to, is no mistake of its own
  const error = inner instanceof ConfigError || inner instanceof ConnectError ? inner : thrown
  if (error instanceof ConfigError) {
    const { faults } = error
    console.error(
      `loadtest: ${faults.length === 1 ? 'a fault' : `${faults.length} faults`} in the configuration\n`,
    )
    for (const fault of faults) console.error(`${describeFault(fault)}\n`)
    return 2
  }
  if (error instanceof ConnectError) {
    console.error(`loadtest: ${error.message}`)
    return 3
  }
  const cause = error instanceof PluginError ? error.cause : undefined
  const frames = cause === undefined ? String(Object(error).stack).split('\n').slice(1) : authorsFrames(cause)
  console.error([`loadtest: ${messageOf(error)}`, ...frames].join('\n'))
  return 70
}
