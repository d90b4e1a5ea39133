import type { Socket } from 'node:net'
import type { Broker } from './broker.ts'
import { dispatch, type Frame } from './dispatch.ts'
import { FrameReader } from './frames.ts'

/** Bytes of requests kept while an earlier one is answered; above it the socket is not read. */
const MAX_WAITING_BYTES = 1024 * 1024

/**
 * One client's connection. Requests are answered one after the other, in order, as a real broker does: while a fetch
 * waits for records, the next request waits for it. A client that does not read its answers gets no more made.
 */
export class Connection {
  readonly #socket: Socket
  readonly #frames = new FrameReader()
  readonly #closed = new AbortController()
  readonly #context
  #busy = false

  constructor(socket: Socket, broker: Broker, log: (line: string) => void) {
    this.#socket = socket
    const wildcard = broker.host === '0.0.0.0' || broker.host === '::'
    this.#context = {
      broker,
      clientHost: socket.remoteAddress ?? '',
      host: wildcard ? (socket.localAddress ?? broker.host) : broker.host,
      port: broker.port,
      closed: this.#closed.signal,
    }
    const peer = `${socket.remoteAddress}:${socket.remotePort}`
    this.#refuse = error => {
      const reason = error instanceof Error ? error.message : String(error)
      log(`broker: connection from ${peer} closed: ${reason}`)
      socket.destroy()
    }
    socket.setNoDelay(true)
    socket.on('data', chunk => {
      this.#frames.push(chunk)
      this.#advance()
    })
    socket.on('drain', () => this.#advance())
    // A reset by the client is no event for a broker; 'close' follows.
    socket.on('error', () => {})
    socket.on('close', () => this.#closed.abort())
  }

  readonly #refuse: (error: unknown) => void

  /** Answers what has arrived until an answer has to wait. */
  #advance(): void {
    const socket = this.#socket
    socket.cork()
    try {
      while (!this.#busy && !socket.destroyed && !socket.writableNeedDrain) {
        const frame = this.#frames.next()
        if (frame === undefined) break
        const response = dispatch(frame, this.#context)
        if (response instanceof Promise) this.#await(response)
        else this.#write(response)
      }
    } catch (error) {
      this.#refuse(error)
    }
    socket.uncork()
    this.#throttle()
  }

  #await(response: Promise<Frame>): void {
    this.#busy = true
    response.then(
      frame => {
        this.#busy = false
        this.#socket.cork()
        this.#write(frame)
        this.#advance()
        this.#socket.uncork()
      },
      error => this.#refuse(error),
    )
  }

  #write(frame: Frame): void {
    if (frame === undefined || this.#socket.destroyed) return
    for (const piece of frame) this.#socket.write(piece)
  }

  #throttle(): void {
    const blocked = this.#busy || this.#socket.writableNeedDrain
    const full = blocked && this.#frames.buffered > MAX_WAITING_BYTES
    if (full !== this.#socket.isPaused()) {
      if (full) this.#socket.pause()
      else this.#socket.resume()
    }
  }
}
