import { createServer, type Socket } from 'node:net'
import { Broker } from './broker.ts'
import { Connection } from './connection.ts'

/** Options of the embedded broker. */
export interface BrokerOptions {
  /** Address to listen on and to tell clients; default 127.0.0.1. */
  readonly host?: string
  /** Port to listen on; default 0, a free one. */
  readonly port?: number
  /** Bytes of records kept in all partitions together; the oldest go first. Default 256 MiB, at least 64 KiB. */
  readonly retentionBytes?: number
  /** Partitions of topics that are created without a number; default 1. */
  readonly partitions?: number
  /** Whether a topic that a client asks for is made; default true. */
  readonly autoCreateTopics?: boolean
}

/** A running broker. */
export interface RunningBroker {
  readonly host: string
  readonly port: number
  /** `host:port`, to bootstrap from. */
  readonly address: string
  /** Closes all connections and forgets all records. */
  close(): Promise<void>
}

function check(name: string, value: number, min: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value
  throw new RangeError(`broker: ${name} is ${value}, not an integer from ${min} to ${max}`)
}

/**
 * Starts a Kafka-protocol broker in this process: one node, records in memory, no replication, no transactions, no
 * security. It is a test double; what it measures is the client.
 * @throws RangeError for options out of range; the server's own error (EADDRINUSE, EACCES …) when it cannot listen.
 */
export async function startBroker(options: BrokerOptions = {}): Promise<RunningBroker> {
  const host = options.host ?? '127.0.0.1'
  const broker = new Broker({
    host,
    retentionBytes: check('retentionBytes', options.retentionBytes ?? 256 * 1024 * 1024, 65536, 2 ** 40),
    partitions: check('partitions', options.partitions ?? 1, 1, 100_000),
    autoCreateTopics: options.autoCreateTopics ?? true,
  })
  const sockets = new Set<Socket>()
  const log = (line: string) => process.stderr.write(`${line}\n`)
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    new Connection(socket, broker, log)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(check('port', options.port ?? 0, 0, 65535), host, resolve)
  })
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  broker.port = port
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  const close = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
      broker.close()
    })
  return { host, port, address, close }
}
