/** Kafka's own jars and command line tools, fetched by Maven into `.kafka/`. */
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const KAFKA_VERSION = '4.1.1'
const LOG4J_VERSION = '2.24.3'
const OLDEST_JAVA = 17
const TOOL_TIMEOUT_MS = 90_000

const root = fileURLToPath(new URL('../../.kafka', import.meta.url))
const jars = join(root, KAFKA_VERSION)

/** What this machine lacks to run Kafka, as a sentence; undefined when nothing is missing. */
export function missing(): string | undefined {
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' })
  if (java.status !== 0) return 'java is not installed'
  const found = Number(/version "(?:1\.)?(\d+)/.exec(java.stderr)?.[1])
  if (found < OLDEST_JAVA) return `java is version ${found}`
  if (!existsSync(jars) && spawnSync('mvn', ['-v']).status !== 0) return 'mvn is not installed'
  return undefined
}

/** The class path of Kafka and its tools; the first call downloads them. */
export function fetchJars(): string {
  if (existsSync(jars)) return join(jars, '*')
  mkdirSync(root, { recursive: true })
  // Under a name of its own until it is whole, so that neither a broken download nor one beside it is ever used.
  const incomplete = mkdtempSync(join(root, 'incomplete-'))
  try {
    const pom = join(incomplete, 'pom.xml')
    const dependency = (group: string, artifact: string, version = KAFKA_VERSION) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
    const dependencies = [
      dependency('org.apache.kafka', 'kafka_2.13'),
      dependency('org.apache.kafka', 'kafka-tools'),
      // Without it Kafka's errors go nowhere.
      dependency('org.apache.logging.log4j', 'log4j-slf4j-impl', LOG4J_VERSION),
    ]
    writeFileSync(
      pom,
      `<project><modelVersion>4.0.0</modelVersion><groupId>test</groupId><artifactId>kafka</artifactId><version>1</version>
<dependencies>${dependencies.join('')}</dependencies></project>\n`,
    )
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${incomplete}`, '-DincludeScope=runtime']
    execFileSync('mvn', ['-q', '-B', '-f', pom, ...goal], { stdio: ['ignore', 'inherit', 'inherit'] })
    if (!existsSync(jars)) renameSync(incomplete, jars)
  } finally {
    rmSync(incomplete, { recursive: true, force: true })
  }
  return join(jars, '*')
}

/** Arguments of `java` for a main class of Kafka: errors go to standard error, nothing else is logged. */
export function javaArgs(memory: string, mainClass: string, args: readonly string[]): string[] {
  const classpath = fetchJars()
  const logging = join(root, 'log4j2.properties')
  if (!existsSync(logging)) {
    const settings = {
      'appender.c.type': 'Console',
      'appender.c.name': 'c',
      'appender.c.target': 'SYSTEM_ERR',
      'rootLogger.level': 'error',
      'rootLogger.appenderRef.c.ref': 'c',
    }
    writeFileSync(logging, properties(settings))
  }
  const jvm = [`-Xmx${memory}`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
  return [...jvm, `-Dlog4j2.configurationFile=${logging}`, '-cp', classpath, mainClass, ...args]
}

export function properties(settings: Readonly<Record<string, unknown>>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

const options = { encoding: 'utf8', timeout: TOOL_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 } as const

/** Runs one of Kafka's own tools and answers its standard output. */
export function javaTool(mainClass: string, args: readonly string[], input?: string): string {
  return execFileSync('java', javaArgs('256m', mainClass, args), {
    ...options,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(input === undefined ? {} : { input }),
  })
}

/** The same without blocking; an aborted signal ends it. */
export async function runJavaTool(
  mainClass: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const abort = signal === undefined ? {} : { signal }
  const { stdout } = await promisify(execFile)('java', javaArgs('256m', mainClass, args), {
    ...options,
    ...abort,
  })
  return stdout
}
