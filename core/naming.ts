/** What only a run knows: its id, its start, and names for what was left unnamed. */
import { randomBytes } from 'node:crypto'
import type { ResolvedConfig } from './config/types.ts'

export interface NamedConfig extends ResolvedConfig {
  readonly id: string
  readonly startedAt: Date
}

/** `inline`: in the calling thread, without files unless a folder is named. */
export function nameRun(config: ResolvedConfig, inline: boolean): NamedConfig {
  const startedAt = new Date()
  const id = randomBytes(4).toString('hex')
  const folder = inline ? '' : `loadtest-results/${startedAt.toISOString().replace(/[:.]/g, '-')}`
  const streams = config.streams.map(s => {
    const tag = config.streams.length > 1 ? `loadtest-${id}-${s.name}` : `loadtest-${id}`
    const topic = { ...s.topic, name: s.topic.name || tag }
    return { ...s, topic, consumers: { ...s.consumers, group: s.consumers.group || tag } }
  })
  return {
    ...config,
    id,
    startedAt,
    threads: inline ? 1 : config.threads,
    out: config.out || folder,
    streams,
  }
}
