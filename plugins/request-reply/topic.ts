import type { ResolvedConfig } from '../../core/plugin.ts'

/** The topic that is meant by the name of a stream of the run, or by its own. */
export function topicOf({ streams }: ResolvedConfig, name: string): string {
  return streams.find(s => s.name === name)?.topic.name ?? name
}
