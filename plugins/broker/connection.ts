import type { Socket } from 'node:net'
import { MalformedError } from '../protocol/failure.ts'
import { FrameReader } from '../protocol/frames.ts'
import type { Cluster } from './cluster.ts'
import { dispatch, type Frame } from './dispatch.ts'
import { Faulted } from './faults/faulted.ts'
import type { Faults } from './faults/faults.ts'
import type { Node } from './nodes.ts'
import { RefusedError } from './refused.ts'
import { Authentication } from './security/authentication.ts'
import type { Sasl } from './security/sasl.ts'

/** Bytes of requests kept while an earlier one is answered; above it the socket is not read. */
const MAX_WAITING_BYTES = 1024 * 1024
/** How long a client whose connection is closed has to read the answers it was given before, in ms. */
const LINGER_MS = 1000

let made = 0

/** The broker that a connection was made to. */
export interface Place {
  readonly cluster: Cluster
  readonly node: Node
  readonly faults?: Faults
  /** Where clients have to authenticate. */
  readonly sasl?: Sasl | undefined
  /** Takes a line for each connection closed for what it sent. */
  readonly log: (line: string) => void
}

/**
 * One client's connection. Requests are answered one after the other, in order, as a real broker does: while a fetch
 * waits for records, the next request waits for it. A client that does not read its answers gets no more made.
 */
export class Connection {
  readonly #socket: Socket
  readonly #log: (line: string) => void
  readonly #peer: string
  readonly #onHeld: () => void
  readonly #frames = new FrameReader()
  readonly #closed = new AbortController()
  readonly #authentication: Authentication | undefined
  readonly #context
  #busy = false
  /** What the request that is being answered takes, in bytes. */
  #requested = 0
  /** Set while the broker stands still. */
  #thawed: Promise<void> | undefined

  /** @param onHeld is called when what the connection holds may have grown. */
  constructor(socket: Socket, at: Place, onHeld: () => void) {
    this.#socket = socket
    this.#log = at.log
    this.#peer = `${socket.remoteAddress}:${socket.remotePort}`
    this.#onHeld = onHeld
    const { cluster, node, faults, sasl } = at
    this.#authentication = sasl && new Authentication(sasl, this.#closed.signal)
    this.#context = {
      ...{ cluster, node, faults, connection: ++made },
      clientHost: socket.remoteAddress ?? '',
      authentication: this.#authentication,
      closed: this.#closed.signal,
      hold: (bytes: number) => {
        this.#requested += bytes
      },
    }
    socket.setNoDelay(true)
    socket.on('data', chunk => {
      // What comes after the last answer is read and dropped: left unread, it would cut that answer off.
      if (!socket.writable) return
      this.#frames.push(chunk)
      this.#advance()
    })
    socket.on('drain', () => this.#advance())
    // A reset by the client is no event for a broker; 'close' follows.
    socket.on('error', () => {})
    socket.on('close', () => this.#closed.abort())
  }

  /** The broker it was made to. */
  get node(): Node {
    return this.#context.node
  }

  /** Bytes that have come and are not answered, what a waiting request takes, and answers that the client has not read. */
  get held(): number {
    return this.#frames.buffered + this.#requested + this.#socket.writableLength
  }

  close(): void {
    this.#socket.destroy()
  }

  /** Closes the connection at once, for the memory that it holds, and says why. */
  drop(reason: string): void {
    // With nothing left to send, TLS can say that it ends: without that, clients report an attack.
    if (this.#socket.writableLength === 0) this.#socket.destroySoon()
    else this.close()
    this.#tellClosed(reason)
  }

  /** Closes the connection for what the client sent, after the answers to what it sent before. */
  #refuse(error: unknown): void {
    const timer = setTimeout(() => this.close(), LINGER_MS).unref()
    this.#socket.once('close', () => clearTimeout(timer))
    this.#socket.destroySoon()
    this.#tellClosed(reasonOf(error))
  }

  #tellClosed(reason: string): void {
    this.#log(`broker: connection from ${this.#peer} closed: ${reason}`)
  }

  /** Reads nothing and answers nothing until `thawed`. */
  freeze(thawed: Promise<void>): void {
    this.#thawed = thawed
    this.#throttle()
    void thawed.then(() => {
      this.#thawed = undefined
      this.#advance()
    })
  }

  /** Answers what has arrived until an answer has to wait. */
  #advance(): void {
    const socket = this.#socket
    socket.cork()
    try {
      while (!this.#busy && this.#thawed === undefined && socket.writable && !socket.writableNeedDrain) {
        const frame = this.#frames.next(this.#authentication?.maxFrameBytes)
        if (frame === undefined) break
        const response = this.#authentication?.gate(frame) ?? dispatch(frame, this.#context)
        if (response instanceof Promise) this.#await(response)
        else this.#write(response)
      }
    } catch (error) {
      this.#refuse(error)
    }
    socket.uncork()
    this.#throttle()
    this.#onHeld()
  }

  #await(response: Promise<Frame> | Promise<Frame | Faulted>): void {
    this.#busy = true
    response.then(
      frame => {
        if (this.#thawed !== undefined) return this.#await(this.#thawed.then(() => frame))
        if (frame instanceof Faulted) return this.#follow(frame)
        this.#busy = false
        this.#requested = 0
        this.#socket.cork()
        this.#write(frame)
        this.#advance()
        this.#socket.uncork()
      },
      error => this.#refuse(error),
    )
  }

  /** Answers, then waits or closes when all is sent. */
  #follow({ frame, next }: Faulted): void {
    this.#write(frame)
    if (next === undefined) this.#socket.destroySoon()
    else this.#await(next)
  }

  #write(frame: Frame): void {
    if (frame !== undefined && this.#socket.writable) for (const piece of frame) this.#socket.write(piece)
    const failure = this.#authentication?.failure
    if (failure === undefined) return
    this.#socket.destroySoon()
    this.#tellClosed(failure)
  }

  #throttle(): void {
    const blocked = this.#busy || this.#socket.writableNeedDrain
    const full = this.#thawed !== undefined || (blocked && this.#frames.buffered > MAX_WAITING_BYTES)
    if (full !== this.#socket.isPaused()) {
      if (full) this.#socket.pause()
      else this.#socket.resume()
    }
  }
}

/** What the client did, in a sentence; anything else is our own fault, and where it is helps. */
function reasonOf(error: unknown): string {
  if (error instanceof MalformedError || error instanceof RefusedError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
