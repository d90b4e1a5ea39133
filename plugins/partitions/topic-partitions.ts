import { ConfigError, type Run, type Stream } from '../../core/plugin.ts'

/** What is written is for as many partitions; the topic of the stream is to be one of them. */
export interface Need {
  /** Path and value as written: 'partitions.weighted.weights'. */
  readonly path: string
  readonly value: unknown
  /** Whether a topic with so many partitions will do. */
  fits(partitions: number): boolean
  /** In the words of a fault. */
  expected(partitions: number): string
}

/**
 * Checks what was written against the partitions of the stream's topic, before there is traffic. Those of a topic that is
 * there already are known to the workers alone, which come after it was looked up.
 * @throws ConfigError
 */
export function checkPartitions(stream: Stream, run: Run, { path, value, fits, expected }: Need): void {
  const topic = run.config.streams.find(s => s.name === stream.name)?.topic
  if (topic === undefined || (topic.existing && run.role === 'main') || fits(topic.partitions)) return
  const hint = topic.existing
    ? `topic ${topic.name} is there already, and keeps its ${topic.partitions} partitions`
    : 'set topic.partitions, or change the plugin'
  throw new ConfigError([{ path, value, expected: expected(topic.partitions), hint }])
}
