/** `import { run, defineConfig } from 'kafka-loadtest'`: all that plugins may import, and `run`. */
import type { Snapshot } from './api.ts'
import type { Config } from './config/types.ts'
import { ConfigError } from './errors.ts'
import type { Result } from './result.ts'

export { type ClientOptions, createClient, type KafkaClient } from './client/client.ts'
export type { ClientConsumer, ClientRecord } from './client/consumer.ts'
export type { ClientProducer } from './client/producer.ts'
export { type OutgoingRecord, SendError, type Sent } from './client/topic.ts'
export * from './plugin.ts'

export interface RunOptions {
  /** Drains and reports when aborted. */
  readonly signal?: AbortSignal
  /** Laid over what the configuration says, as flags are. */
  readonly overrides?: Config
  readonly onSnapshot?: (snapshot: Snapshot) => void
  /** Module that exports `createClock`, e.g. `virtualClock` of kafka-loadtest/testing. */
  readonly clock?: URL
}

/**
 * Runs a load. A URL runs on threads, each importing it; a value runs in the calling thread, through the same code.
 * Resolves with the result, whatever its exit code; rejects with ConfigError or ConnectError if it did
 * not come to traffic.
 */
export async function run(source: URL | Config, options: RunOptions = {}): Promise<Result> {
  const { runConfig } = await import('./run.ts')
  const { overrides, ...control } = options
  if (source instanceof URL && overrides !== undefined) {
    try {
      structuredClone(overrides)
    } catch (error) {
      const expected = 'data alone, since it goes to the worker threads: no functions, and plugins by name'
      const hint = 'put plugins into the configuration'
      throw new ConfigError([{ path: 'overrides', expected, hint }], error)
    }
  }
  const from = {
    ...(source instanceof URL ? { file: source.href } : { value: source }),
    ...(overrides ? { overrides } : {}),
    cwd: process.cwd(),
    env: { ...process.env },
    command: 'run',
  }
  return runConfig(from, control)
}
