import { type AddressInfo, createServer, type Server } from 'node:net'
import type { Place } from './connection.ts'
import type { Connections } from './connections.ts'
import { HOST, type Node } from './nodes.ts'

/** One broker's ear: opened, closed when the broker goes away, opened again on the same port when it comes back. */
export class Listener {
  readonly #node: Node
  readonly #place: Place
  readonly #connections: Connections
  #server: Server | undefined

  constructor(node: Node, place: Place, connections: Connections) {
    this.#node = node
    this.#place = place
    this.#connections = connections
  }

  /** @throws the server's own error (EADDRINUSE, EACCES …) when it cannot listen. */
  async open(port: number): Promise<void> {
    if (this.#server !== undefined) return
    const server = createServer(socket => this.#connections.accept(socket, this.#place))
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
    await closed
  }
}
