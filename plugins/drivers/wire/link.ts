/** One connection to one broker: requests go out as they are framed here, answers come back by their number. */
import { connect as connectTcp, type Socket } from 'node:net'
import { decode, encode } from '../../protocol/codec.ts'
import { apiVersions } from '../../protocol/messages/api-versions.ts'
import { ByteReader } from '../../protocol/reader.ts'
import { releaseOf } from '../../protocol/release.ts'
import type { Api, Decoded, Encodable, Fields } from '../../protocol/schema.ts'
import { ByteWriter } from '../../protocol/writer.ts'
import { type Address, foreign, LinkError, refusal } from './failure.ts'
import { Intake, type Place } from './intake.ts'

export const CLIENT_ID = 'kafka-loadtest'
/** Version of ApiVersions to begin with: every broker answers it, in one way or another. */
const FIRST_ASK = 3
const UNSUPPORTED_VERSION = 35

/**
 * Gets the answer's frame from after its correlation id on, good until it returns; undefined when the connection ended
 * first, with the reason.
 */
export type Answer = (frame: Buffer | undefined, why: LinkError | undefined) => void

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
}

export class Link {
  readonly address: Address
  readonly #socket: Socket
  readonly #timeoutMs: number
  readonly #frames: Intake
  /** A broker answers in the order it was asked, so the first waits the longest. */
  readonly #waiting: Waiting[] = []
  readonly #onEnd = new Set<(why: LinkError) => void>()
  readonly #onDrain = new Set<() => void>()
  readonly #watch: NodeJS.Timeout
  #versions: ReadonlyMap<number, { readonly min: number; readonly max: number }> = new Map()
  #software = 'Kafka protocol'
  #nextId = 0
  #ended: LinkError | undefined

  private constructor(socket: Socket, frames: Intake, address: Address, options: LinkOptions) {
    this.address = address
    this.#socket = socket
    this.#frames = frames
    this.#timeoutMs = options.timeoutMs
    socket.setNoDelay(true)
    frames.onBytes = () => this.#read()
    socket.on('drain', () => {
      for (const each of this.#onDrain) each()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const reason = `it broke the connection (${error.code ?? error.message})`
      this.#end(new LinkError(address, 'closed', reason, error))
    })
    socket.on('close', () => {
      const reason = this.#versions.size > 0 ? 'it closed the connection' : 'it hung up without an answer'
      this.#end(new LinkError(address, 'closed', reason))
    })
    this.#watch = setInterval(() => this.#expire(), Math.max(10, Math.min(1000, options.timeoutMs / 4)))
    this.#watch.unref()
  }

  /**
   * Connects and asks for the versions that the broker has.
   * @throws LinkError within twice `connectMs`.
   */
  static async open(address: Address, options: LinkOptions): Promise<Link> {
    const { connectMs = options.timeoutMs } = options
    const frames = new Intake()
    const socket = await connected(address, connectMs, frames)
    const link = new Link(socket, frames, address, options)
    const silent = new LinkError(
      address,
      'timeout',
      `it takes connections but said nothing for ${connectMs / 1000} s`,
    )
    const timer = setTimeout(() => link.#end(silent), connectMs)
    try {
      await link.#negotiate()
      return link
    } catch (error) {
      link.close()
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
    return this.#software
  }

  /** Whether the socket has more to write than it should: wait for `onDrain`. */
  get full(): boolean {
    return this.#socket.writableNeedDrain
  }

  /** Requests without an answer. */
  get inFlight(): number {
    return this.#waiting.length
  }

  /** Called once when the connection has ended, after all that waited have heard of it. */
  onEnd(fn: (why: LinkError) => void): void {
    this.#onEnd.add(fn)
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
  version(api: Api, most = api.max): number {
    const theirs = this.#versions.get(api.key)
    const version = Math.min(theirs?.max ?? -1, api.max, most)
    if (theirs !== undefined && version >= Math.max(theirs.min, api.min)) return version
    const has = theirs === undefined ? 'has no such API' : `has versions ${theirs.min} to ${theirs.max}`
    const reason = `${api.name} ${api.min} to ${Math.min(api.max, most)} is needed, the broker ${has}`
    throw new LinkError(this.address, 'unsupported', reason)
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
  send(
    frame: Buffer | readonly Buffer[],
    id: number,
    answer?: Answer,
    written?: (error?: Error | null) => void,
  ): void {
    if (this.#ended !== undefined) {
      written?.()
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
  ): Promise<Decoded<P> & { readonly version: number }> {
    return this.#call(api, this.version(api as unknown as Api, most), request)
  }

  #call<Q extends Fields, P extends Fields>(api: Api<Q, P>, version: number, request: Encodable<Q>) {
    const flexible = version >= api.flexible
    const id = this.nextId()
    const writer = new ByteWriter()
    writer.int32(0)
    writer.int16(api.key)
    writer.int16(version)
    writer.int32(id)
    writer.string(CLIENT_ID, false)
    if (flexible) writer.uvarint(0)
    encode(api.request, version, flexible, writer, request)
    const { length } = writer
    const pieces = writer.finish()
    pieces[0]!.writeInt32BE(length - 4, 0)
    return new Promise<Decoded<P> & { readonly version: number }>((resolve, reject) => {
      this.send(pieces, id, (frame, why) => {
        if (frame === undefined) {
          reject(why)
          return
        }
        try {
          // what is decoded may hold views of the frame, which is gone after this call
          const reader = new ByteReader(Buffer.from(frame))
          if (flexible && api.key !== apiVersions.key) reader.taggedFields()
          const asked =
            api.key === apiVersions.key && frame.readInt16BE(0) === UNSUPPORTED_VERSION ? 0 : version
          const body = decode(api.response, asked, asked >= api.flexible, reader)
          resolve(Object.assign(body, { version: asked }))
        } catch (error) {
          reject(error as Error)
        }
      })
    })
  }

  async #negotiate(): Promise<void> {
    const software = { clientSoftwareName: CLIENT_ID, clientSoftwareVersion: '1' }
    const answer = await this.#call(apiVersions, FIRST_ASK, software)
    const keys = answer.apiKeys.map(
      ({ apiKey, minVersion: min, maxVersion: max }) => [apiKey, { min, max }] as const,
    )
    this.#versions = new Map(keys)
    const level = answer.supportedFeatures.find(feature => feature.name === 'metadata.version')?.maxVersion
    if (level !== undefined) this.#software = `Apache Kafka ${releaseOf(level)}`
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
        next.answer(frame.subarray(4), undefined)
      }
    } catch (error) {
      const reason = this.#versions.size === 0 ? foreign(this.#frames.staged) : (error as Error).message
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
    this.#socket.destroy()
    for (const { answer } of this.#waiting.splice(0)) answer(undefined, why)
    for (const each of this.#onEnd) each(why)
  }

  close(): void {
    this.#end(new LinkError(this.address, 'closed', 'it was closed on this side'))
  }
}

function connected({ host, port }: Address, timeoutMs: number, { onread }: Intake): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port, onread })
    const refuse = (error: Error) => {
      clearTimeout(timer)
      socket.destroy()
      reject(refusal({ host, port }, error))
    }
    const timer = setTimeout(() => refuse(new Error(`no connection within ${timeoutMs / 1000} s`)), timeoutMs)
    socket.once('error', refuse)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.off('error', refuse)
      resolve(socket)
    })
  })
}
