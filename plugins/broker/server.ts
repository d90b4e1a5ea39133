import { Cluster } from './cluster.ts'
import { Connections } from './connections.ts'
import { clusterState } from './control/cluster-state.ts'
import type { ControlServer } from './control/server.ts'
import type { Operations } from './faults/commands.ts'
import { Faults } from './faults/faults.ts'
import type { FaultRule } from './faults/rule.ts'
import { Listener } from './listener.ts'
import { HOST, type Node } from './nodes.ts'
import { Sasl, type SaslOptions } from './security/sasl.ts'
import type { TlsOptions } from './security/tls.ts'
import { MAX_PARTITIONS } from './topics.ts'

const MAX_BROKERS = 100

/** Options of the embedded broker. */
export interface BrokerOptions {
  /** Port to listen on, on 127.0.0.1; default 0, a free one. Further brokers take the ports after it. */
  readonly port?: number
  /** Brokers of the cluster, 1 to 100, all in this process; default 1. */
  readonly brokers?: number
  /** Bytes of records kept in all partitions together; the oldest go first. Default 256 MiB, at least 64 KiB. */
  readonly retentionBytes?: number
  /** How often `retention.ms` is looked after, in ms, 10 to 3,600,000; default 30,000. */
  readonly retentionCheckMs?: number
  /** Partitions of topics that are created without a number; default 1. */
  readonly partitions?: number
  /** How often members of groups by KIP-848 are to be heard of, in ms, 10 to 3,600,000; default 5000. */
  readonly groupHeartbeatMs?: number
  /** After which a member is given up that was not heard of, in ms, likewise; default 45,000. */
  readonly groupSessionMs?: number
  /** Port of the control port on 127.0.0.1, 0 for any free one; default: none is opened. */
  readonly control?: number
  /** Rules of faults that are in force from the start. */
  readonly faults?: readonly FaultRule[]
  /** Clients of all brokers speak TLS; default: plaintext. */
  readonly tls?: TlsOptions
  /** Clients of all brokers have to authenticate; default: nobody is asked. */
  readonly sasl?: SaslOptions
}

/** A running cluster of one or more brokers. */
export interface RunningBroker {
  /** Port of the first broker. */
  readonly port: number
  /** `host:port` of the first broker, to bootstrap from. */
  readonly address: string
  /** `host:port` of every broker, by its id: the first has id 1. */
  readonly addresses: readonly string[]
  /** `http://127.0.0.1:port` of the control port; undefined without one. */
  readonly control: string | undefined
  /**
   * Takes a broker away: it listens no more, its connections are closed, other replicas lead what it led.
   * One that is down stays down, also when it was about to come back.
   * @throws RangeError for an id that no broker has; likewise below.
   */
  stopBroker(id: number): Promise<void>
  /** Brings it back, on its old port; it leads nothing but what nobody led. A stop in between wins. */
  startBroker(id: number): Promise<void>
  /**
   * Makes a broker the leader of a partition; it must be up and have it.
   * @throws RangeError when it is not, or for a topic or partition that is not there.
   */
  moveLeader(topic: string, partition: number, id: number): void
  /** Makes a broker the coordinator of a group or transactional id. */
  moveCoordinator(key: string, id: number): void
  /**
   * Lets a broker stand still as after SIGSTOP: it accepts connections, reads nothing, answers nothing.
   * @throws RangeError for one that is down.
   */
  freezeBroker(id: number): void
  /** Lets it go on, with what has come in the meantime. */
  unfreezeBroker(id: number): void
  /** Faults to inject, by rules; also what was injected, with what the methods above did. */
  readonly faults: Faults
  /** Closes all connections and forgets all records. */
  close(): Promise<void>
}

function check(name: string, value: number, min: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value
  throw new RangeError(`${name} is ${value}, not an integer from ${min} to ${max}`)
}

/**
 * Starts a Kafka-protocol broker in this process, or several as one cluster: records in memory, replicas that are always in
 * sync. It is a test double; what it measures is the client.
 * @param log takes a line for each connection that is closed for what it sent; default standard error.
 * @throws RangeError for options out of range; ConfigError for rules of faults that are wrong; the server's own error
 * (EADDRINUSE, EACCES …) when it cannot listen.
 */
export async function startBroker(
  options: BrokerOptions = {},
  log: (line: string) => void = line => process.stderr.write(`${line}\n`),
): Promise<RunningBroker> {
  const brokers = check('brokers', options.brokers ?? 1, 1, MAX_BROKERS)
  const cluster = new Cluster({
    retentionBytes: check('retentionBytes', options.retentionBytes ?? 256 * 1024 * 1024, 65536, 2 ** 40),
    partitions: check('partitions', options.partitions ?? 1, 1, MAX_PARTITIONS),
    brokers,
    retentionCheckMs: check('retentionCheckMs', options.retentionCheckMs ?? 30_000, 10, 3_600_000),
    epochTimes: {
      heartbeatMs: check('groupHeartbeatMs', options.groupHeartbeatMs ?? 5000, 10, 3_600_000),
      sessionMs: check('groupSessionMs', options.groupSessionMs ?? 45_000, 10, 3_600_000),
    },
  })
  const port = check('port', options.port ?? 0, 0, 65536 - brokers)
  const connections = new Connections()
  const nodeOf = (id: number): Node => cluster.nodes.all[check('broker', id, 1, brokers) - 1]!
  const operations: Operations = {
    isUp: id => nodeOf(id).up,
    isFrozen: id => connections.isFrozen(nodeOf(id)),
    stopBroker(id) {
      const node = nodeOf(id)
      cluster.setUp(node, false)
      // Also when it was down: it may be about to come back.
      const closed = listeners[id - 1]!.close()
      connections.thaw(node)
      return closed
    },
    async startBroker(id) {
      const node = nodeOf(id)
      return (await listeners[id - 1]!.open(node.port)) && cluster.setUp(node, true)
    },
    freezeBroker: id => connections.freeze(nodeOf(id)),
    unfreezeBroker: id => connections.thaw(nodeOf(id)),
    moveLeader(topic, partition, id) {
      const { leadership } = cluster.partition(topic, partition)
      if (leadership.move(nodeOf(id).id)) return
      throw new RangeError(`broker ${id} is down or has no replica of partition ${partition} of "${topic}"`)
    },
    moveCoordinator(key, id) {
      cluster.moveCoordinator(key, nodeOf(id).id)
    },
  }
  const sasl = options.sasl && new Sasl(options.sasl)
  const { tls } = options
  const servers = tls && (await import('./security/tls.ts')).tlsServers(tls, log)
  const controlPort = options.control === undefined ? undefined : check('control', options.control, 0, 65_535)
  const faults = new Faults(cluster, operations, log)
  faults.addAll(options.faults ?? [])
  const { commands } = faults
  const state = () => clusterState(cluster, operations.isFrozen)
  let control: ControlServer | undefined
  const listeners = cluster.nodes.all.map(
    node => new Listener(node, { cluster, node, faults, sasl, log }, connections, servers),
  )
  try {
    for (const [index, listener] of listeners.entries()) await listener.open(port === 0 ? 0 : port + index)
    if (controlPort !== undefined) {
      // Loaded when it is needed: HTTP is a good part of the time to start.
      const { openControl } = await import('./control/server.ts')
      control = await openControl(controlPort, { faults, brokers, state })
    }
  } catch (error) {
    faults.close()
    for (const listener of listeners) await listener.close()
    throw error
  }
  const addresses = cluster.nodes.all.map(node => `${HOST}:${node.port}`)
  return {
    port: cluster.nodes.all[0]!.port,
    address: addresses[0]!,
    addresses,
    control: control?.address,
    faults,
    stopBroker: async id => commands.kill(id),
    startBroker: id => commands.start(id),
    freezeBroker: id => void commands.freeze(id),
    unfreezeBroker: id => commands.unfreeze(id),
    moveLeader: (topic, partition, id) => commands.moveLeader(topic, partition, id),
    moveCoordinator: (key, id) => commands.moveCoordinator(key, id),
    async close() {
      faults.close()
      cluster.close()
      await control?.close()
      await Promise.all(listeners.map(listener => listener.close()))
    },
  }
}
