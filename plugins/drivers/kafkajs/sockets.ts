/** The sockets of one kafkajs client: seen from outside, so that they can be waited for and ended. */
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ISocketFactory } from 'kafkajs'
import { serverName } from '../../protocol/security/tls.ts'

export class Sockets {
  readonly #open = new Set<Socket>()
  #ended = false

  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (this.#ended) throw new Error('the client is closed')
    // kafkajs leaves Nagle's algorithm on: a request behind an unanswered one could wait 40 ms for its first byte
    const options = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }
    const socket = ssl
      ? connectTls({ ...ssl, ...serverName(host, ssl), ...options }, onConnect)
      : connect(options, onConnect)
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
    return socket
  }

  /** Resolves when everything written so far was handed to the operating system, or its connection is gone. */
  async drained(): Promise<void> {
    const waiting: Promise<void>[] = []
    for (const socket of this.#open)
      if (socket.writableLength > 0)
        waiting.push(new Promise(resolve => void socket.write('', () => resolve())))
    await Promise.all(waiting)
  }

  /** Drops all connections and allows no more. kafkajs hears of an error, not of a close, so it gets one. */
  end(): void {
    this.#ended = true
    for (const socket of this.#open) socket.destroy(new Error('the client is closed'))
  }
}
