import { setTimeout as sleep } from 'node:timers/promises'
import { errorCodes } from '../../protocol/errors.ts'
import { MAX_FRAME_BYTES } from '../../protocol/frames.ts'
import { apiVersions } from '../../protocol/messages/api-versions.ts'
import { saslAuthenticate, saslHandshake } from '../../protocol/messages/sasl.ts'
import type { Encodable } from '../../protocol/schema.ts'
import { type Frame, refusalOf } from '../dispatch.ts'
import { RefusedError } from '../refused.ts'
import { type Exchange, RejectedError } from './exchange.ts'
import type { Sasl } from './sasl.ts'

type HandshakeAnswer = Encodable<typeof saslHandshake.response>
type AuthenticateAnswer = Encodable<typeof saslAuthenticate.response>

/** What an unauthenticated client may send in one frame: Kafka's `sasl.server.max.receive.size` by default. */
const MAX_UNAUTHENTICATED_BYTES = 512 * 1024
/** A failure is told, and the connection closed, after Kafka's `connection.failed.authentication.delay.ms`. */
const FAILURE_DELAY_MS = 100
/** Kafka begins no second re-authentication sooner. */
const MIN_REAUTH_INTERVAL_MS = 1000

/**
 * What the next frame may be: `start` ApiVersions or SaslHandshake, `handshake` SaslHandshake alone, `tokens`
 * SaslAuthenticate, `bare tokens` bytes of the mechanism without any header (after version 0 of SaslHandshake), `other
 * mechanism` nothing any more, `open` everything.
 */
type Phase = 'start' | 'handshake' | 'tokens' | 'bare tokens' | 'other mechanism' | 'open'

/** Who a connection's client is: asked before its first request is served, and again when its session ends (KIP-368). */
export class Authentication {
  readonly #sasl: Sasl
  readonly #closed: AbortSignal
  #phase: Phase = 'start'
  #mechanism = ''
  #exchange: Exchange | undefined
  /** Who it has authenticated as, and with what: it has to stay the same. */
  #session: { readonly user: string; readonly mechanism: string } | undefined
  #expires = Number.POSITIVE_INFINITY
  #reauthenticated = Number.NEGATIVE_INFINITY
  #failure: string | undefined

  /** @param closed is aborted when the connection closes. */
  constructor(sasl: Sasl, closed: AbortSignal) {
    this.#sasl = sasl
    this.#closed = closed
  }

  /** Why the connection has to close after what was answered last; undefined: it goes on. */
  get failure(): string | undefined {
    return this.#failure
  }

  /** Longest frame to take now. */
  get maxFrameBytes(): number {
    return this.#phase === 'open' ? MAX_FRAME_BYTES : MAX_UNAUTHENTICATED_BYTES
  }

  /**
   * Sees a frame before it is read.
   * @returns its answer; undefined for a request that is to be dispatched.
   * @throws RefusedError when the connection has to close without an answer and at once.
   */
  gate(frame: Buffer): Frame | Promise<Frame> {
    if (this.#phase === 'bare tokens') return this.#bareToken(frame)
    if (frame.length < 4) throw new RefusedError(errorCodes.INVALID_REQUEST, 'it sends no request')
    const key = frame.readInt16BE(0)
    switch (this.#phase) {
      case 'open':
        this.#admit(key)
        return undefined
      case 'other mechanism':
        return this.#fail(
          `SASL mechanism '${this.#mechanism}' requested by client is not supported for re-authentication of mechanism '${this.#session?.mechanism}'`,
          undefined,
        )
      case 'tokens':
        if (key === saslAuthenticate.key) return undefined
        return this.#fail(
          `it sends API ${key} where SaslAuthenticate is expected`,
          refusalOf(frame, errorCodes.ILLEGAL_SASL_STATE),
        )
      default:
        if (key === saslHandshake.key) return undefined
        if (key === apiVersions.key && this.#phase === 'start') {
          // a version that is not here is answered with those that are, and may be followed by one of them
          if (frame.readInt16BE(2) <= apiVersions.max) this.#phase = 'handshake'
          return undefined
        }
        return this.#fail(`it sends API ${key} before it has authenticated with SASL`, undefined)
    }
  }

  /** Answers a SaslHandshake that has passed the gate. */
  handshake(mechanism: string, version: number): HandshakeAnswer | Promise<HandshakeAnswer> {
    if (this.#phase === 'open') return { errorCode: errorCodes.ILLEGAL_SASL_STATE }
    const { mechanisms } = this.#sasl
    this.#exchange = this.#sasl.begin(mechanism)
    if (this.#exchange === undefined) {
      const errorCode = errorCodes.UNSUPPORTED_SASL_MECHANISM
      return this.#fail(`SASL mechanism ${JSON.stringify(mechanism.slice(0, 100))} is not enabled`, {
        errorCode,
        mechanisms,
      })
    }
    this.#mechanism = mechanism
    const same = this.#session === undefined || this.#session.mechanism === mechanism
    this.#phase = !same ? 'other mechanism' : version === 0 ? 'bare tokens' : 'tokens'
    return { mechanisms }
  }

  /** Answers a SaslAuthenticate that has passed the gate. */
  authenticate(token: Buffer): AuthenticateAnswer | Promise<AuthenticateAnswer> {
    if (this.#phase === 'open') {
      const errorMessage = 'SaslAuthenticate request received after successful authentication'
      return { errorCode: errorCodes.ILLEGAL_SASL_STATE, errorMessage }
    }
    const result = this.#step(token)
    if (result instanceof RejectedError) {
      const errorMessage =
        result.told ??
        `Authentication failed during ${this.#what} due to invalid credentials with SASL mechanism ${this.#mechanism}`
      return this.#fail(`${this.#what} failed: ${result.message}`, {
        errorCode: errorCodes.SASL_AUTHENTICATION_FAILED,
        errorMessage,
      })
    }
    const open = this.#exchange === undefined
    return { authBytes: result, sessionLifetimeMs: open ? this.#sasl.maxReauthMs : 0 }
  }

  get #what(): string {
    return this.#session === undefined ? 'authentication' : 're-authentication'
  }

  #bareToken(token: Buffer): Frame | Promise<Frame> {
    const result = this.#step(token)
    if (result instanceof RejectedError)
      return this.#fail(`${this.#what} failed: ${result.message}`, undefined)
    const length = Buffer.alloc(4)
    length.writeInt32BE(result.length)
    return [length, result]
  }

  #step(token: Buffer): Buffer | RejectedError {
    const exchange = this.#exchange!
    try {
      const answer = exchange.next(token)
      if (exchange.user !== undefined) this.#open(exchange.user)
      return answer
    } catch (error) {
      if (error instanceof RejectedError) return error
      throw error
    }
  }

  #open(user: string): void {
    if (this.#session !== undefined && this.#session.user !== user) {
      const told = `Cannot change principals during re-authentication from User.${this.#session.user}: User.${user}`
      throw new RejectedError(told, told)
    }
    this.#session = { user, mechanism: this.#mechanism }
    this.#exchange = undefined
    this.#phase = 'open'
    const { maxReauthMs } = this.#sasl
    if (maxReauthMs > 0) this.#expires = performance.now() + maxReauthMs
  }

  /** Begins a re-authentication, or lets a request pass while the session lasts. */
  #admit(key: number): void {
    const now = performance.now()
    if (
      key === saslHandshake.key &&
      this.#sasl.maxReauthMs > 0 &&
      now - this.#reauthenticated >= MIN_REAUTH_INTERVAL_MS
    ) {
      this.#reauthenticated = now
      this.#phase = 'handshake'
    } else if (now > this.#expires) {
      throw new RefusedError(
        errorCodes.SASL_AUTHENTICATION_FAILED,
        `its session of ${this.#sasl.maxReauthMs} ms has ended and it has not authenticated again`,
      )
    }
  }

  async #fail<T>(reason: string, answer: T): Promise<T> {
    await sleep(FAILURE_DELAY_MS, undefined, { signal: this.#closed }).catch(() => {})
    this.#failure = reason
    return answer
  }
}
