/** A real Apache Kafka for tests: one KRaft node on free ports of 127.0.0.1, stopped by process id. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fetchJars, javaArgs, properties, runJavaTool } from './java.ts'

export { javaTool, KAFKA_VERSION, missing } from './java.ts'

const START_TIMEOUT_MS = 90_000
const STOP_TIMEOUT_MS = 10_000

export interface RealKafka {
  readonly address: string
  /** Of each further listener, by name. */
  readonly listeners: Readonly<Record<string, string>>
  readonly pid: number
  /** Resolves when the process has ended, by itself or by `stop`. */
  readonly ended: Promise<void>
  /** Ends the process and deletes its files. */
  stop(): Promise<void>
}

/**
 * Starts it and waits until it answers. An aborted signal ends the start, with nothing left behind; `settings` go into
 * its server.properties, a `quiet` one keeps to itself what it logs.
 * @throws when it ends by itself or does not answer within 90 s.
 */
export async function startKafka(
  options: {
    readonly signal?: AbortSignal
    readonly settings?: Readonly<Record<string, unknown>>
    /** Listeners besides the plain one: their security protocols by name. */
    readonly listeners?: Readonly<Record<string, string>>
    readonly quiet?: boolean
    /** Levels of the cluster's features other than those of the release. */
    readonly features?: Readonly<Record<string, number>>
  } = {},
): Promise<RealKafka> {
  const signal = AbortSignal.any([
    AbortSignal.timeout(START_TIMEOUT_MS),
    ...(options.signal === undefined ? [] : [options.signal]),
  ])
  fetchJars()
  const wanted = Object.entries(options.listeners ?? {})
  const [client, controller, ...more] = await freePorts(2 + wanted.length)
  const address = `127.0.0.1:${client}`
  const directory = mkdtempSync(join(tmpdir(), 'real-kafka-'))
  const forget = () => rmSync(directory, { recursive: true, force: true })
  try {
    const config = join(directory, 'server.properties')
    const listeners = Object.fromEntries(wanted.map(([name], i) => [name, `127.0.0.1:${more[i]}`]))
    const own = settings(address, `127.0.0.1:${controller}`, join(directory, 'logs'), listeners, wanted)
    writeFileSync(config, properties({ ...own, ...options.settings }))
    const features = Object.entries(options.features ?? {}).flatMap(each => ['--feature', each.join('=')])
    const format = ['format', '-t', CLUSTER_ID, '-c', config, ...features]
    await runJavaTool('kafka.tools.StorageTool', format, signal)
    const child = spawn('java', javaArgs('512m', 'kafka.Kafka', [config]), {
      stdio: ['ignore', 'ignore', options.quiet ? 'ignore' : 'inherit'],
    })
    const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
    const stop = async () => {
      child.kill('SIGTERM')
      const kill = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
      await ended
      clearTimeout(kill)
      forget()
    }
    try {
      while (!(await answers(address, signal))) {
        if (child.exitCode !== null) throw new Error(`Kafka ended with code ${child.exitCode} as it started`)
        await sleep(200, undefined, { signal })
      }
    } catch (error) {
      await stop()
      throw error
    }
    return { address, listeners, pid: child.pid as number, ended, stop }
  } catch (error) {
    forget()
    throw error
  }
}

const CLUSTER_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'

function settings(
  client: string,
  controller: string,
  logs: string,
  more: Readonly<Record<string, string>>,
  protocols: readonly (readonly [name: string, protocol: string])[],
) {
  const further = Object.entries(more).map(([name, at]) => `,${name}://${at}`)
  const plain = ['PLAINTEXT:PLAINTEXT', 'CONTROLLER:PLAINTEXT']
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@${controller}`,
    listeners: `PLAINTEXT://${client},CONTROLLER://${controller}${further.join('')}`,
    'advertised.listeners': `PLAINTEXT://${client}${further.join('')}`,
    'listener.security.protocol.map': [...plain, ...protocols.map(each => each.join(':'))].join(','),
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': logs,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 3,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 3,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'log.cleaner.dedupe.buffer.size': 2_097_152,
    'auto.create.topics.enable': false,
  }
}

async function answers(address: string, signal: AbortSignal): Promise<boolean> {
  try {
    const args = ['--bootstrap-server', address, '--list']
    await runJavaTool('org.apache.kafka.tools.TopicCommand', args, signal)
    return true
  } catch {
    signal.throwIfAborted()
    return false
  }
}

export async function freePorts(n: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: n }, async () => {
      const server = createServer()
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map(server => (server.address() as AddressInfo).port)
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}
