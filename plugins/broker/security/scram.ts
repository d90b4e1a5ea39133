import { randomBytes, timingSafeEqual } from 'node:crypto'
import { digest, type ScramHash, signature, unescapeName, xor } from '../../protocol/security/scram.ts'
import type { Credentials, ScramSecret } from './credentials.ts'
import { type Exchange, RejectedError } from './exchange.ts'

/** Characters of the values of RFC 5802, section 7, as narrow as Kafka takes them. */
const NAME = String.raw`(?:[\x01-\x2b\x2d-\x3c\x3e-\x7f]|=2C|=3D)+`
const VALUE = String.raw`[\x01-\x2b\x2d-\x7f]+`
const NONCE = String.raw`[\x21-\x2b\x2d-\x7e]+`
const BASE64 = '[A-Za-z0-9+/]*={0,2}'
const EXTENSIONS = `(?:,[A-Za-z]+=${VALUE})*`

const FIRST = new RegExp(
  `^(?<header>n,(?:a=(?<asked>${NAME}))?,)` +
    `(?<bare>(?:m=${VALUE},)?n=(?<name>${NAME}),r=(?<nonce>${NONCE})(?<extensions>${EXTENSIONS}))$`,
)
const FINAL = new RegExp(`^(?<unproven>c=${BASE64},r=(?<nonce>${NONCE})${EXTENSIONS}),p=(?<proof>${BASE64})$`)

/** Between the first message and the last. */
interface Challenge {
  readonly user: string
  readonly secret: ScramSecret
  /** Both nonces, the client's first. */
  readonly nonce: string
  /** Both first messages: what comes before the last one in what is signed. */
  readonly signed: string
}

/** SCRAM-SHA-256 and SCRAM-SHA-512 (RFC 5802, RFC 7677) without channel binding: the password never comes over the wire. */
export class ScramExchange implements Exchange {
  readonly #hash: ScramHash
  readonly #credentials: Credentials
  #challenge: Challenge | undefined
  user: string | undefined

  constructor(hash: ScramHash, credentials: Credentials) {
    this.#hash = hash
    this.#credentials = credentials
  }

  next(token: Buffer): Buffer {
    const message = token.toString()
    return Buffer.from(this.#challenge === undefined ? this.#first(message) : this.#final(message))
  }

  #first(message: string): string {
    const { bare, asked, name, nonce: theirs, extensions } = parts(FIRST, message, 'first')
    const user = unescapeName(name!)
    // A delegation token in place of a password: there are none here.
    const secret = /,tokenauth=true(,|$)/i.test(extensions!)
      ? undefined
      : this.#credentials.scram(user, this.#hash)
    if (secret === undefined) throw new RejectedError('no such user')
    if (asked !== undefined && unescapeName(asked) !== user) {
      const told =
        'Authentication failed: Client requested an authorization id that is different from username'
      throw new RejectedError(told, told)
    }
    const nonce = theirs + randomBytes(18).toString('base64url')
    const answer = `r=${nonce},s=${secret.salt.toString('base64')},i=${secret.iterations}`
    this.#challenge = { user, secret, nonce, signed: `${bare},${answer}` }
    return answer
  }

  #final(message: string): string {
    const { user, secret, nonce, signed: before } = this.#challenge!
    const { unproven, nonce: theirs, proof: encoded } = parts(FINAL, message, 'final')
    // Not the same as RFC 5802 wants: librdkafka puts its own nonce before once more, and Kafka takes that.
    if (!theirs!.endsWith(nonce)) throw new RejectedError('the nonce is not the one of this exchange')
    const text = `${before},${unproven}`
    const signed = signature(this.#hash, secret.storedKey, text)
    const proof = Buffer.from(encoded!, 'base64')
    if (proof.length !== signed.length) throw new RejectedError('the proof has not the hash’s length')
    const storedKey = digest(this.#hash, xor(proof, signed))
    if (!timingSafeEqual(storedKey, secret.storedKey)) throw new RejectedError('wrong password')
    this.user = user
    return `v=${signature(this.#hash, secret.serverKey, text).toString('base64')}`
  }
}

function parts(pattern: RegExp, message: string, which: string): Record<string, string | undefined> {
  const groups = pattern.exec(message)?.groups
  if (groups === undefined) throw new RejectedError(`not a SCRAM client’s ${which} message`)
  return groups
}
