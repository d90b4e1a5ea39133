/** Three real Apache Kafka brokers on this machine, each a controller too, that can be killed and stopped one by one. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fetchJars, javaArgs, properties, runJavaTool } from '../compat/java.ts'
import { freePorts } from '../compat/real-kafka.ts'

const CLUSTER_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const BROKERS = [1, 2, 3] as const
const START_TIMEOUT_MS = 90_000

export type BrokerId = (typeof BROKERS)[number]

export interface RealCluster {
  readonly brokers: readonly BrokerId[]
  /** `host:port`, in the order of `brokers`. */
  readonly addresses: readonly string[]
  kill(id: BrokerId, signal: 'SIGKILL' | 'SIGSTOP'): void
  /** Starts a killed broker again, lets a stopped one go on. */
  revive(id: BrokerId): void
  /** Ends all of them and deletes their files. */
  stop(): Promise<void>
}

/** Times that let another leader take over within seconds; Kafka's defaults take some ten. */
const quick = {
  'broker.session.timeout.ms': 2000,
  'broker.heartbeat.interval.ms': 250,
  'controller.quorum.fetch.timeout.ms': 1000,
  'controller.quorum.election.timeout.ms': 500,
}

export async function startCluster(): Promise<RealCluster> {
  fetchJars()
  const ports = await freePorts(2 * BROKERS.length)
  const directory = mkdtempSync(join(tmpdir(), 'real-cluster-'))
  const fileOf = (id: number) => join(directory, `${id}.properties`)
  const client = (id: number) => `127.0.0.1:${ports[id - 1]}`
  const controller = (id: number) => `127.0.0.1:${ports[id + 2]}`
  const voters = BROKERS.map(id => `${id}@${controller(id)}`).join(',')
  const nodes = new Map<number, ChildProcess>()
  const start = (id: number) =>
    nodes.set(id, spawn('java', javaArgs('400m', 'kafka.Kafka', [fileOf(id)]), { stdio: 'ignore' }))
  const stop = async () => {
    for (const node of nodes.values()) {
      node.kill('SIGKILL')
      if (node.exitCode === null && node.signalCode === null) {
        await new Promise(resolve => node.once('exit', resolve))
      }
    }
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    for (const id of BROKERS) {
      writeFileSync(fileOf(id), properties(settings(id, client(id), controller(id), voters, directory)))
      await runJavaTool('kafka.tools.StorageTool', ['format', '-t', CLUSTER_ID, '-c', fileOf(id)])
      start(id)
    }
    const addresses = BROKERS.map(client)
    await until(async () => {
      const said = await runJavaTool('org.apache.kafka.tools.BrokerApiVersionsCommand', [
        ...['--bootstrap-server', addresses.join(',')],
      ])
      return BROKERS.every(id => said.includes(`id: ${id} `))
    }, 'all brokers answer')
    return {
      brokers: BROKERS,
      addresses,
      kill: (id, signal) => void nodes.get(id)?.kill(signal),
      revive: id => {
        const node = nodes.get(id)
        if (node?.signalCode === 'SIGKILL') start(id)
        else node?.kill('SIGCONT')
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function settings(id: number, client: string, controller: string, voters: string, directory: string) {
  return {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': voters,
    listeners: `PLAINTEXT://${client},CONTROLLER://${controller}`,
    'advertised.listeners': `PLAINTEXT://${client}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(directory, `logs-${id}`),
    'offsets.topic.replication.factor': 3,
    'offsets.topic.num.partitions': 3,
    'group.initial.rebalance.delay.ms': 0,
    'log.cleaner.dedupe.buffer.size': 2_097_152,
    'auto.create.topics.enable': false,
    ...quick,
  }
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + START_TIMEOUT_MS
  while (!(await condition().catch(() => false))) {
    if (Date.now() > end) throw new Error(`not within ${START_TIMEOUT_MS / 1000} s: ${what}`)
    await sleep(500)
  }
}
