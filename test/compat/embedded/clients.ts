/** Other people's clients at the embedded broker: how they are run, and the records they write and read back. */
import { spawnSync } from 'node:child_process'
import type { BrokerProcess } from '../../../plugins/broker/spawn.ts'
import { javaTool } from '../real-kafka.ts'

export const RECORDS = 3000
/** The package of Kafka's command line tools. */
export const tools = 'org.apache.kafka.tools'

/** Lines as a console client takes and gives them: key, tab, value. */
export const lines = Array.from(
  { length: RECORDS },
  (_, n) => `key-${n % 100}\tvalue ${n} ${'x'.repeat(n % 300)}`,
)
export const text = `${lines.join('\n')}\n`
export const keyOf = (line: string) => line.split('\t', 1)[0]!
export const contentOf = (line: string) => line.slice(line.indexOf('\t') + 1)
export const linesOf = (output: string) => (output === '' ? [] : output.trimEnd().split('\n'))

/** The records of each key, in their order. */
export function byKey(records: readonly string[]): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  for (const record of records) (found[keyOf(record)] ??= []).push(record)
  return found
}

/** Runs kcat and answers what it prints. */
export function kcat({ address }: BrokerProcess, args: readonly string[], input?: string): string {
  const { status, stdout, stderr } = spawnSync('kcat', ['-b', address, ...args], {
    encoding: 'utf8',
    timeout: 30_000,
    maxBuffer: 64 * 1024 * 1024,
    input: input ?? '',
  })
  if (status !== 0) throw new Error(`kcat ${args.join(' ')}: ${stderr}`)
  return stdout
}

/** Runs one of Kafka's tools that take `--bootstrap-server`. */
export function java(
  { address }: BrokerProcess,
  tool: string,
  args: readonly string[],
  input?: string,
): string {
  return javaTool(`${tools}.${tool}`, ['--bootstrap-server', address, ...args], input)
}

export function createTopic(broker: BrokerProcess, topic: string, partitions: number, factor = 1): void {
  const counts = ['--partitions', String(partitions), '--replication-factor', String(factor)]
  java(broker, 'TopicCommand', ['--create', '--topic', topic, ...counts])
}
