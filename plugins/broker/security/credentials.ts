import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { LEAST_ITERATIONS, type ScramHash, scramKeysSync } from '../../protocol/security/scram.ts'

/** What a server keeps of a password for SCRAM (RFC 5802, section 3). */
export interface ScramSecret {
  readonly salt: Buffer
  readonly iterations: number
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

/** Who may come in. Passwords are taken byte for byte, without SASLprep, as Kafka and its clients take them. */
export class Credentials {
  readonly #users: ReadonlyMap<string, string>
  /** Made at first use: a hash takes a few milliseconds. */
  readonly #secrets = new Map<string, ScramSecret>()

  constructor(users: ReadonlyMap<string, string>) {
    this.#users = users
  }

  /** Takes the same time whatever part of the password is right. */
  verify(user: string, password: string): boolean {
    const right = this.#users.get(user)
    const equal = timingSafeEqual(digest(password), digest(right ?? ''))
    return equal && right !== undefined
  }

  /** A user's secret for SCRAM, with a salt of its own; undefined for a user that is not there. */
  scram(user: string, hash: ScramHash): ScramSecret | undefined {
    const password = this.#users.get(user)
    if (password === undefined) return undefined
    const key = `${hash} ${user}`
    let secret = this.#secrets.get(key)
    if (secret === undefined) {
      secret = secretOf(password, hash)
      this.#secrets.set(key, secret)
    }
    return secret
  }
}

function secretOf(password: string, hash: ScramHash): ScramSecret {
  const salt = randomBytes(24)
  const { storedKey, serverKey } = scramKeysSync(hash, password, salt, LEAST_ITERATIONS)
  return { salt, iterations: LEAST_ITERATIONS, storedKey, serverKey }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
