import { Credentials } from './credentials.ts'
import type { Exchange } from './exchange.ts'
import { PlainExchange } from './plain.ts'
import { ScramExchange } from './scram.ts'

const exchanges = {
  PLAIN: credentials => new PlainExchange(credentials),
  'SCRAM-SHA-256': credentials => new ScramExchange('sha256', credentials),
  'SCRAM-SHA-512': credentials => new ScramExchange('sha512', credentials),
} satisfies Record<string, (credentials: Credentials) => Exchange>

/** Name of a SASL mechanism that the broker has. */
export type SaslMechanism = keyof typeof exchanges

/** Clients have to say who they are before they are served. */
export interface SaslOptions {
  /** What clients may choose from; default all that the broker has. */
  readonly mechanisms?: readonly SaslMechanism[]
  /** Password by user name; at least one. */
  readonly users: Readonly<Record<string, string>>
  /**
   * ms after which a client has to authenticate again, or its next request closes the connection; default 0, never. As
   * Kafka's `connections.max.reauth.ms`.
   */
  readonly maxReauthMs?: number
}

const MAX_REAUTH_MS = 2 ** 31 - 1

/** What all connections need to authenticate their clients. */
export class Sasl {
  readonly mechanisms: readonly SaslMechanism[]
  readonly maxReauthMs: number
  readonly #credentials: Credentials

  /** @throws RangeError for options that make no sense. No message has a password in it. */
  constructor(options: SaslOptions) {
    const known = Object.keys(exchanges) as SaslMechanism[]
    const mechanisms = options.mechanisms ?? known
    const strange = mechanisms.find(name => !known.includes(name))
    if (strange !== undefined || mechanisms.length === 0) {
      throw new RangeError(
        `sasl.mechanisms has ${strange === undefined ? 'no mechanism' : `"${strange}"`}: expected some of ${known.join(', ')}`,
      )
    }
    const users = Object.entries(options.users)
    if (users.length === 0) throw new RangeError('sasl.users has no user: expected a password by user name')
    for (const [user, password] of users) {
      if (user === '' || typeof password !== 'string' || password === '') {
        throw new RangeError(
          `sasl.users has "${user}": expected a name and a password, neither of them empty`,
        )
      }
    }
    this.maxReauthMs = options.maxReauthMs ?? 0
    if (!Number.isSafeInteger(this.maxReauthMs) || this.maxReauthMs < 0 || this.maxReauthMs > MAX_REAUTH_MS) {
      throw new RangeError(
        `sasl.maxReauthMs is ${this.maxReauthMs}, not an integer from 0 to ${MAX_REAUTH_MS}`,
      )
    }
    this.mechanisms = [...new Set(mechanisms)]
    this.#credentials = new Credentials(new Map(users))
  }

  /** Begins an exchange; undefined for a mechanism that clients may not choose. */
  begin(mechanism: string): Exchange | undefined {
    const found = this.mechanisms.find(each => each === mechanism)
    return found && exchanges[found](this.#credentials)
  }
}
