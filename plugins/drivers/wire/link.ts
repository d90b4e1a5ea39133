/** One connection to one broker: requests go out as they are framed here, answers come back by their number. */
import type { Socket } from 'node:net'
import type { SaslConfig, Security } from '../../../core/plugin.ts'
import { type Answered, answered, CLIENT_ID, framed } from '../../protocol/call.ts'
import { apiVersions } from '../../protocol/messages/api-versions.ts'
import type { Api, Encodable, Fields, Versioned } from '../../protocol/schema.ts'
import { type Address, foreign, hangUp, LinkError, speaksTls } from './failure.ts'
import { Intake, type Place } from './intake.ts'
import type { Ask } from './security/authenticate.ts'
import { connected } from './socket.ts'
import { Versions } from './versions.ts'

/** Version of ApiVersions to begin with: every broker answers it, in one way or another. */
const FIRST_ASK = 3

/**
 * Gets the answer's frame from after its correlation id on, good until it returns; undefined when the connection ended
 * first, with the reason.
 */
export type Answer = (frame: Buffer | undefined, why: LinkError | undefined) => void

type Frame = Buffer | readonly Buffer[]
type Written = (error?: Error | null) => void

interface Waiting {
  readonly id: number
  readonly answer: Answer
  /** ms of performance.now() after which the connection is given up. */
  readonly until: number
}

export interface LinkOptions {
  /** Of each answer, in ms. */
  readonly timeoutMs: number
  /** Of connecting, and of the first answer, in ms; `timeoutMs` by default. */
  readonly connectMs?: number
  readonly security?: Security
}

export class Link {
  readonly address: Address
  readonly #socket: Socket
  readonly #timeoutMs: number
  readonly #security: Security
  readonly #frames: Intake
  /** A broker answers in the order it was asked, so the first waits the longest. */
  readonly #waiting: Waiting[] = []
  readonly #onEnd = new Set<(why: LinkError) => void>()
  readonly #onDrain = new Set<() => void>()
  readonly #watch: NodeJS.Timeout
  /** undefined: it has not answered yet. */
  #versions: Versions | undefined
  #nextId = 0
  /** What is to be sent once the connection has authenticated; undefined: nothing has to wait. */
  #held: (() => void)[] | undefined
  #renewal: NodeJS.Timeout | undefined
  /** It answered something that has to be allowed. */
  #served = false
  #ended: LinkError | undefined

  private constructor(socket: Socket, frames: Intake, address: Address, options: LinkOptions) {
    this.address = address
    this.#socket = socket
    this.#frames = frames
    this.#timeoutMs = options.timeoutMs
    this.#security = options.security ?? {}
    socket.setNoDelay(true)
    frames.onBytes = () => this.#read()
    socket.on('drain', () => {
      for (const each of this.#onDrain) each()
    })
    socket.on('error', error => void this.#broken(error))
    socket.on('close', () => {
      // an error has said more
      if (socket.errored !== null) return
      const stage = this.#versions === undefined ? 'silent' : this.#served ? 'served' : 'greeted'
      this.#end(hangUp(address, this.#security, stage))
    })
    this.#watch = setInterval(() => this.#expire(), Math.max(10, Math.min(1000, options.timeoutMs / 4)))
    this.#watch.unref()
  }

  /**
   * Connects and asks for the versions that the broker has.
   * @throws LinkError within twice `connectMs`.
   */
  static async open(address: Address, options: LinkOptions): Promise<Link> {
    const { connectMs = options.timeoutMs, security: { tls, sasl } = {} } = options
    const frames = new Intake()
    const socket = await connected(address, connectMs, frames, tls)
    const link = new Link(socket, frames, address, options)
    const silent = new LinkError(
      address,
      'timeout',
      `it takes connections but said nothing for ${connectMs / 1000} s`,
    )
    const timer = setTimeout(() => link.#end(silent), connectMs)
    try {
      await link.#negotiate()
      timer.refresh()
      if (sasl !== undefined) await link.#authenticate(sasl)
      // what came right behind the last answer
      if (link.#ended !== undefined) throw link.#ended
      return link
    } catch (error) {
      link.close()
      const silent =
        tls === undefined && link.#versions === undefined && (error as LinkError).fault === 'closed'
      if (
        silent &&
        (await (await import('../../protocol/security/tls.ts')).speaksTls(address.host, address.port))
      )
        throw speaksTls(address)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  get open(): boolean {
    return this.#ended === undefined
  }

  /** What the broker is, e.g. 'Apache Kafka 4.1', as far as it tells. */
  get software(): string {
    return this.#versions?.software ?? ''
  }

  /** The level at which the cluster has a feature, such as 'transaction.version'; 0: it has not. */
  feature(name: string): number {
    return this.#versions?.feature(name) ?? 0
  }

  /** Whether nothing is to be sent now, since the socket has more to write than it should: wait for `onDrain`. */
  get full(): boolean {
    return this.#held !== undefined || this.#socket.writableNeedDrain
  }

  /** Requests without an answer. */
  get inFlight(): number {
    return this.#waiting.length
  }

  /** Called once when the connection has ended, after all that waited have heard of it; at once when it has already. */
  onEnd(fn: (why: LinkError) => void): void {
    if (this.#ended === undefined) this.#onEnd.add(fn)
    else fn(this.#ended)
  }

  onDrain(fn: () => void): void {
    this.#onDrain.add(fn)
  }

  /** Where answers are read to, by default memory that is used again once they were taken. */
  placeAnswers(place: Place): void {
    this.#frames.place = place
  }

  /**
   * The highest version that both sides have, at most `most`.
   * @throws LinkError when there is none.
   */
  version(api: Versioned, most = api.max): number {
    return (this.#versions as Versions).of(api, most)
  }

  /** The number for the next request; it goes into bytes 8 to 11 of the frame. */
  nextId(): number {
    this.#nextId = (this.#nextId + 1) & 0x7fff_ffff
    return this.#nextId
  }

  /**
   * Writes a request that is framed already.
   * @param answer undefined for a request that has none (acks=0).
   * @param written called when the operating system has taken the bytes, or, with an error, will not take all of them:
   * their memory is free then, once the answer is here too.
   */
  send(frame: Frame, id: number, answer?: Answer, written?: Written): void {
    if (this.#held === undefined) this.#send(frame, id, answer, written)
    else this.#held.push(() => this.#send(frame, id, answer, written))
  }

  #send(frame: Frame, id: number, answer?: Answer, written?: Written): void {
    if (this.#ended !== undefined) {
      written?.(this.#ended)
      answer?.(undefined, this.#ended)
      return
    }
    if (answer) this.#waiting.push({ id, answer, until: performance.now() + this.#timeoutMs })
    if (Buffer.isBuffer(frame)) {
      this.#socket.write(frame, written)
      return
    }
    this.#socket.cork()
    for (const [index, piece] of frame.entries()) {
      this.#socket.write(piece, index === frame.length - 1 ? written : undefined)
    }
    this.#socket.uncork()
  }

  /**
   * Sends a request by its table and resolves to the answer.
   * @throws LinkError when the connection ends first or the broker has no version of it; MalformedError.
   */
  call<Q extends Fields, P extends Fields>(
    api: Api<Q, P>,
    request: Encodable<Q>,
    most = api.max,
  ): Promise<Answered<P>> {
    return this.#call(api, this.version(api, most), request)
  }

  /** @param first before what waits for an authentication. */
  #call<Q extends Fields, P extends Fields>(
    api: Api<Q, P>,
    version: number,
    request: Encodable<Q>,
    first = false,
  ): Promise<Answered<P>> {
    const id = this.nextId()
    const pieces = framed(api, version, id, request)
    return new Promise((resolve, reject) => {
      const answer: Answer = (frame, why) => {
        if (frame === undefined) {
          reject(why)
          return
        }
        try {
          resolve(answered(api, version, frame))
        } catch (error) {
          reject(error as Error)
        }
      }
      if (first) this.#send(pieces, id, answer)
      else this.send(pieces, id, answer)
    })
  }

  async #negotiate(): Promise<void> {
    const software = { clientSoftwareName: CLIENT_ID, clientSoftwareVersion: '1' }
    const answer = await this.#call(apiVersions, FIRST_ASK, software)
    this.#versions = new Versions(this.address, answer)
  }

  /**
   * Says who we are. What is sent meanwhile waits, in order, until the broker has agreed: it takes nothing else in between.
   * @throws LinkError
   */
  async #authenticate(sasl: SaslConfig, again = false): Promise<void> {
    const { authenticate, beginExchange, notRenewed } = await import('./security/authenticate.ts')
    const exchange = await beginExchange(this.address, sasl)
    if (this.#ended !== undefined) throw this.#ended
    this.#held = []
    const ask: Ask = (api, request) => this.#call(api, this.version(api), request, true)
    const renewMs = await authenticate(this.address, exchange, ask, again)
    if (this.#ended !== undefined) throw this.#ended
    const held = this.#held
    this.#held = undefined
    for (const send of held) send()
    for (const each of this.#onDrain) each()
    if (renewMs === undefined) return
    this.#renewal = setTimeout(() => {
      this.#authenticate(sasl, true).catch(error => this.#end(notRenewed(this.address, error)))
    }, renewMs)
    this.#renewal.unref()
  }

  /** A broker tells only after its own handshake that it does not like our certificate. */
  async #broken(error: NodeJS.ErrnoException): Promise<void> {
    const { tls } = this.#security
    const reason = `it broke the connection (${error.code ?? error.message})`
    const why =
      tls !== undefined && error.code?.startsWith('ERR_SSL_')
        ? (await import('./security/tls.ts')).tlsFailure(this.address, error, tls)
        : new LinkError(this.address, 'closed', reason, error)
    this.#end(why)
  }

  #read(): void {
    try {
      for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
        const next = this.#waiting.shift()
        const id = frame.length < 4 ? undefined : frame.readInt32BE(0)
        if (next === undefined || id !== next.id) {
          const expected = next === undefined ? 'nothing was asked' : `the answer to ${next.id} is expected`
          if (next) this.#waiting.unshift(next)
          throw new Error(`a frame for request ${id}, where ${expected}`)
        }
        this.#served = this.#versions !== undefined
        next.answer(frame.subarray(4), undefined)
      }
    } catch (error) {
      const reason = this.#versions === undefined ? foreign(this.#frames.staged) : (error as Error).message
      this.#end(new LinkError(this.address, 'protocol', reason, error))
    }
  }

  #expire(): void {
    const first = this.#waiting[0]
    if (first === undefined || first.until > performance.now()) return
    const reason = `no answer within ${this.#timeoutMs / 1000} s`
    this.#end(new LinkError(this.address, 'timeout', reason))
  }

  #end(why: LinkError): void {
    if (this.#ended !== undefined) return
    this.#ended = why
    clearInterval(this.#watch)
    clearTimeout(this.#renewal)
    this.#socket.destroy()
    const held = this.#held ?? []
    this.#held = undefined
    for (const { answer } of this.#waiting.splice(0)) answer(undefined, why)
    for (const send of held) send()
    for (const each of this.#onEnd) each(why)
  }

  close(): void {
    this.#end(new LinkError(this.address, 'closed', 'it was closed on this side'))
  }
}
