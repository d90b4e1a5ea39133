/** What only a run knows: its id, its start, and names for what was left unnamed. */
import { randomBytes } from 'node:crypto'
import type { ResolvedConfig } from './config/types.ts'
import { ConfigError } from './errors.ts'

export interface NamedConfig extends ResolvedConfig {
  readonly id: string
  readonly startedAt: Date
}

/**
 * `inline`: in the calling thread, without files unless a folder is named. `threads`: as written.
 * @throws ConfigError for threads that a configuration in the calling thread cannot have.
 */
export function nameRun(config: ResolvedConfig, inline: boolean, threads: unknown): NamedConfig {
  const expected = '1 for a configuration that is a value: its functions cannot go to other threads'
  const hint = "put it into a module and write run(new URL('./loadtest.config.ts', import.meta.url))"
  if (inline && Number(threads) > 1)
    throw new ConfigError([{ path: 'threads', value: threads, expected, hint }])
  const startedAt = new Date()
  const id = randomBytes(4).toString('hex')
  const folder = inline ? '' : `loadtest-results/${startedAt.toISOString().replace(/[:.]/g, '-')}`
  const streams = config.streams.map(s => {
    const tag = config.streams.length > 1 ? `loadtest-${id}-${s.name}` : `loadtest-${id}`
    const topic = { ...s.topic, name: s.topic.name || tag }
    return { ...s, topic, consumers: { ...s.consumers, group: s.consumers.group || tag } }
  })
  const out = config.out || folder
  return { ...config, id, startedAt, threads: inline ? 1 : config.threads, out, streams }
}
