/** Builds the peers that are not scripts, into the folder build/ beside this file. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { KAFKA_VERSION, missing } from '../../compat/real-kafka.ts'

const cwd = import.meta.dirname
const runs = (command: string, ...args: string[]) => spawnSync(command, args).status === 0

/** What this machine lacks, as a sentence; undefined when nothing is missing. */
export function lacking(all: boolean): string | undefined {
  const java = missing()
  if (java !== undefined) return `${java}: this needs Java 17 or newer, and Maven to fetch Kafka`
  if (!runs('cc', '--version')) return 'there is no C compiler: apt-get install build-essential'
  if (!runs('cc', '-xc', '-fsyntax-only', '-include', 'librdkafka/rdkafka.h', '/dev/null'))
    return "librdkafka's headers are missing: apt-get install librdkafka-dev"
  if (all && !runs('go', 'version')) return 'go is not installed, and --all measures franz-go'
  return undefined
}

export function build(all: boolean): void {
  mkdirSync(`${cwd}/build`, { recursive: true })
  const run = (folder: string, command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: folder, stdio: 'inherit' })
  run(cwd, 'cc', '-O2', '-o', 'build/librdkafka', 'librdkafka.c', '-lrdkafka')
  if (all) run(`${cwd}/franz-go`, 'go', 'build', '-o', '../build/franz-go', '.')
}

/** Names and versions of the clients and what they run on. */
export function versions(all: boolean): Readonly<Record<string, string>> {
  const said = (command: string, ...args: string[]) => {
    const { stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' })
    return `${stdout}${stderr}`.trim()
  }
  const { version } = createRequire(import.meta.url)('kafkajs/package.json') as { version: string }
  const franzGo = /franz-go v(\S+)/.exec(readFileSync(`${cwd}/franz-go/go.mod`, 'utf8'))?.[1]
  const platformatic = /"version": "(.*)"/.exec(
    readFileSync(new URL('../package.json', import.meta.resolve('@platformatic/kafka')), 'utf8'),
  )?.[1]
  return {
    'Kafka and its perf tools': KAFKA_VERSION,
    Java: /version "(.*?)"/.exec(said('java', '-version'))?.[1] ?? '',
    librdkafka: said('build/librdkafka', '-V'),
    kafkajs: version,
    ...(all && { '@platformatic/kafka': platformatic ?? '', 'franz-go': franzGo ?? '' }),
    ...(all && { Go: /go(\d\S*)/.exec(said('go', 'version'))?.[1] ?? '' }),
    Node: process.versions.node,
  }
}
