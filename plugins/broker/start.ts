/** The embedded broker for tests, loaded when it is asked for: a configuration that names plugins alone must not pay for it. */
import type { BrokerOptions, RunningBroker } from './server.ts'

/** Starts the embedded broker in this process: see `startBroker` of server.ts. */
export async function startBroker(
  options: BrokerOptions = {},
  log?: (line: string) => void,
): Promise<RunningBroker> {
  const server = await import('./server.ts')
  return server.startBroker(options, log)
}
