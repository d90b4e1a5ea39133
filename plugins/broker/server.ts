import { type AddressInfo, createServer } from 'node:net'
import { Broker, HOST } from './broker.ts'
import { Connections } from './connections.ts'
import { MAX_PARTITIONS } from './topics.ts'

/** Options of the embedded broker. */
export interface BrokerOptions {
  /** Port to listen on, on 127.0.0.1; default 0, a free one. */
  readonly port?: number
  /** Bytes of records kept in all partitions together; the oldest go first. Default 256 MiB, at least 64 KiB. */
  readonly retentionBytes?: number
  /** Partitions of topics that are created without a number; default 1. */
  readonly partitions?: number
}

/** A running broker. */
export interface RunningBroker {
  readonly port: number
  /** `host:port`, to bootstrap from. */
  readonly address: string
  /** Closes all connections and forgets all records. */
  close(): Promise<void>
}

function check(name: string, value: number, min: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value
  throw new RangeError(`${name} is ${value}, not an integer from ${min} to ${max}`)
}

/**
 * Starts a Kafka-protocol broker in this process: one node, records in memory, no replication, no transactions, no
 * security. It is a test double; what it measures is the client.
 * @param log takes a line for each connection that is closed for what it sent; default standard error.
 * @throws RangeError for options out of range; the server's own error (EADDRINUSE, EACCES …) when it cannot listen.
 */
export async function startBroker(
  options: BrokerOptions = {},
  log: (line: string) => void = line => process.stderr.write(`${line}\n`),
): Promise<RunningBroker> {
  const broker = new Broker({
    retentionBytes: check('retentionBytes', options.retentionBytes ?? 256 * 1024 * 1024, 65536, 2 ** 40),
    partitions: check('partitions', options.partitions ?? 1, 1, MAX_PARTITIONS),
  })
  const connections = new Connections()
  const server = createServer(socket => connections.accept(socket, broker, log))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(check('port', options.port ?? 0, 0, 65535), HOST, resolve)
  })
  const { port } = server.address() as AddressInfo
  broker.port = port
  const close = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      connections.closeAll()
      broker.close()
    })
  return { port, address: `${HOST}:${port}`, close }
}
