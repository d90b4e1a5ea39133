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
  /** Opened or about to be. */
  #opening: Promise<Server> | undefined
  #closed: Promise<void> = Promise.resolve()

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

  /**
   * Listens, after a close that is under way; whoever opens meanwhile waits for the same.
   * @returns whether it does: false when it was closed in between.
   * @throws the server's own error (EADDRINUSE, EACCES …) when it cannot listen.
   */
  async open(port: number): Promise<boolean> {
    this.#opening ??= this.#listen(port, this.#closed)
    const opening = this.#opening
    try {
      await opening
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined
      throw error
    }
    return this.#opening === opening
  }

  async #listen(port: number, closed: Promise<void>): Promise<Server> {
    await closed
    const server = this.#create(socket => this.#connections.accept(socket, this.#place))
    server.on('connection', socket => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, HOST, resolve)
    })
    this.#node.port = (server.address() as AddressInfo).port
    return server
  }

  /** Listens no more and closes the broker's connections, those too of an open that is under way. */
  close(): Promise<void> {
    const opening = this.#opening
    this.#opening = undefined
    this.#disconnect()
    const before = this.#closed
    this.#closed = Promise.all([opening?.catch(() => undefined), before]).then(([server]) =>
      this.#end(server),
    )
    return this.#closed
  }

  async #end(server: Server | undefined): Promise<void> {
    if (server === undefined) return
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    this.#disconnect()
    await closed
  }

  #disconnect(): void {
    this.#connections.close(this.#node)
    for (const socket of this.#sockets) socket.destroy()
  }
}
