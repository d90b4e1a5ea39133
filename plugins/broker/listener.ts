import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Place } from './connection.ts'
import type { Connections } from './connections.ts'
import { HOST, type Node } from './nodes.ts'
import type { ServerFactory } from './security/tls.ts'

/** One broker's ear: opened, closed when the broker goes away, opened again on the same port when it comes back. */
export class Listener {
  readonly #node: Node
  readonly #place: Place
  readonly #connections: Connections
  readonly #create: ServerFactory
  /** All sockets, those too that are no connection yet: TLS shakes hands first. */
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined

  /** @param create default: servers that speak plaintext. */
  constructor(
    node: Node,
    place: Place,
    connections: Connections,
    create: ServerFactory = accept => createServer(accept),
  ) {
    this.#create = create
    this.#node = node
    this.#place = place
    this.#connections = connections
  }

  /** @throws the server's own error (EADDRINUSE, EACCES …) when it cannot listen. */
  async open(port: number): Promise<void> {
    if (this.#server !== undefined) return
    const server = this.#create(socket => this.#connections.accept(socket, this.#place))
    server.on('connection', socket => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, HOST, resolve)
    })
    this.#server = server
    this.#node.port = (server.address() as AddressInfo).port
  }

  /** Listens no more and closes the broker's connections. */
  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    const closed = new Promise<void>(resolve =>
      server === undefined ? resolve() : server.close(() => resolve()),
    )
    this.#connections.close(this.#node)
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}
