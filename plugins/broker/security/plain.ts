import type { Credentials } from './credentials.ts'
import { type Exchange, RejectedError } from './exchange.ts'

/** SASL/PLAIN (RFC 4616): one token with the password in it. Its refusals are Kafka's, word for word. */
export class PlainExchange implements Exchange {
  readonly #credentials: Credentials
  user: string | undefined

  constructor(credentials: Credentials) {
    this.#credentials = credentials
  }

  next(token: Buffer): Buffer {
    const parts = token.toString().split('\0', 4)
    const [asked = '', user = '', password = ''] = parts
    if (parts.length !== 3) refuse(`Invalid SASL/PLAIN response: expected 3 tokens, got ${parts.length}`)
    if (user === '') refuse('Authentication failed: username not specified')
    if (password === '') refuse('Authentication failed: password not specified')
    if (!this.#credentials.verify(user, password)) {
      refuse('Authentication failed: Invalid username or password')
    }
    if (asked !== '' && asked !== user) {
      refuse('Authentication failed: Client requested an authorization id that is different from username')
    }
    this.user = user
    return Buffer.alloc(0)
  }
}

function refuse(message: string): never {
  throw new RejectedError(message, message)
}
