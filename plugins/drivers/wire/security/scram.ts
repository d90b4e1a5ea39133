/** SCRAM-SHA-256 and SCRAM-SHA-512 (RFC 5802, RFC 7677) without channel binding: the password never comes over the wire. */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import {
  escapeName,
  LEAST_ITERATIONS,
  type ScramHash,
  scramKeys,
  signature,
  xor,
} from '../../../protocol/security/scram.ts'
import { type Exchange, ExchangeError } from './exchange.ts'

/** More would keep us busy for seconds: no broker asks for that. */
const MOST_ITERATIONS = 1_000_000
/** No channel binding, no other name to act for: 'n,,' in base64 is what the last message repeats of it. */
const HEADER = 'n,,'
const FIRST =
  /^r=(?<nonce>[\x21-\x2b\x2d-\x7e]+),s=(?<salt>[A-Za-z0-9+/]+={0,2}),i=(?<iterations>\d{1,10})(?:,.*)?$/
const FINAL = /^(?:e=(?<error>[^,]+)|v=(?<verifier>[A-Za-z0-9+/]+={0,2}))(?:,.*)?$/

export class Scram implements Exchange {
  readonly mechanism: string
  readonly user: string
  readonly #hash: ScramHash
  readonly #password: string
  readonly #nonce: string
  /** What the broker proves by: known once we have answered it. */
  #expected: Buffer | undefined

  /** @param nonce printable and without a comma; for tests. */
  constructor(
    hash: ScramHash,
    user: string,
    password: string,
    nonce = randomBytes(24).toString('base64url'),
  ) {
    this.mechanism = hash === 'sha256' ? 'SCRAM-SHA-256' : 'SCRAM-SHA-512'
    this.user = user
    this.#hash = hash
    this.#password = password
    this.#nonce = nonce
  }

  async next(challenge: Buffer | undefined): Promise<Buffer | undefined> {
    if (challenge === undefined) return Buffer.from(HEADER + this.#bare, 'utf8')
    if (this.#expected === undefined) return Buffer.from(await this.#answer(challenge.toString()), 'utf8')
    this.#verify(challenge.toString(), this.#expected)
    return undefined
  }

  get #bare(): string {
    return `n=${escapeName(this.user)},r=${this.#nonce}`
  }

  async #answer(first: string): Promise<string> {
    const { nonce = '', salt = '', iterations = '' } = FIRST.exec(first)?.groups ?? {}
    if (nonce === '') throw new ExchangeError('its first message is not one of SCRAM')
    if (!nonce.startsWith(this.#nonce) || nonce === this.#nonce)
      throw new ExchangeError('it answers somebody else: its nonce does not begin with ours')
    const count = Number(iterations)
    if (count < LEAST_ITERATIONS || count > MOST_ITERATIONS)
      throw new ExchangeError(
        `it asks for ${count} iterations, from ${LEAST_ITERATIONS} to ${MOST_ITERATIONS} are safe`,
      )
    const keys = await scramKeys(this.#hash, this.#password, Buffer.from(salt, 'base64'), count)
    const unproven = `c=${Buffer.from(HEADER).toString('base64')},r=${nonce}`
    const signed = `${this.#bare},${first},${unproven}`
    this.#expected = signature(this.#hash, keys.serverKey, signed)
    const proof = xor(keys.clientKey, signature(this.#hash, keys.storedKey, signed))
    return `${unproven},p=${proof.toString('base64')}`
  }

  #verify(final: string, expected: Buffer): void {
    const { error, verifier } = FINAL.exec(final)?.groups ?? {}
    if (error !== undefined) throw new ExchangeError(`it refuses: ${error.slice(0, 100)}`)
    const proof = Buffer.from(verifier ?? '', 'base64')
    if (proof.length !== expected.length || !timingSafeEqual(proof, expected))
      throw new ExchangeError('it does not know the password itself: it is not the broker it says it is')
  }
}
