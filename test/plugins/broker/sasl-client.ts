/** A SASL client by hand, on top of the bare client. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { saslAuthenticate, saslHandshake } from '../../../plugins/protocol/messages/sasl.ts'
import type { TestClient } from './client.ts'

export type Mechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'

export function plainToken(user: string, password: string, asked = ''): Buffer {
  return Buffer.from(`${asked}\0${user}\0${password}`)
}

/** The two messages of a SCRAM client, and the check of what the server proves. */
export class Scram {
  readonly bare: string
  readonly #hash: string
  readonly #password: string
  #server = ''

  /** @param name as it goes over the wire, escaped. */
  constructor(mechanism: Mechanism, name: string, password: string, nonce = randomBytes(9).toString('hex')) {
    this.#hash = mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512'
    this.#password = password
    this.bare = `n=${name},r=${nonce}`
  }

  first(header = 'n,,'): Buffer {
    return Buffer.from(header + this.bare)
  }

  final(challenge: Buffer, change: (unproven: string) => string = same => same): Buffer {
    const text = challenge.toString()
    const [, nonce = '', salt = '', iterations = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(text) ?? []
    const bytes = this.#hash === 'sha256' ? 32 : 64
    const salted = pbkdf2Sync(
      this.#password,
      Buffer.from(salt, 'base64'),
      Number(iterations),
      bytes,
      this.#hash,
    )
    const hmac = (key: Buffer, data: string) => createHmac(this.#hash, key).update(data).digest()
    const unproven = change(`c=biws,r=${nonce}`)
    const signed = `${this.bare},${text},${unproven}`
    const clientKey = hmac(salted, 'Client Key')
    const signature = hmac(createHash(this.#hash).update(clientKey).digest(), signed)
    this.#server = `v=${hmac(hmac(salted, 'Server Key'), signed).toString('base64')}`
    const proof = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!))
    return Buffer.from(`${unproven},p=${proof.toString('base64')}`)
  }

  proves(answer: Buffer): boolean {
    return answer.toString() === this.#server
  }
}

/** Handshake and authentication as clients do them today; the last answer. */
export async function authenticate(
  client: TestClient,
  mechanism: Mechanism,
  user: string,
  password: string,
  version = 2,
) {
  const { errorCode } = await client.call(saslHandshake, 1, { mechanism })
  if (errorCode !== 0) throw new Error(`the handshake is refused: ${errorCode}`)
  const send = (authBytes: Buffer) => client.call(saslAuthenticate, version, { authBytes })
  if (mechanism === 'PLAIN') return send(plainToken(user, password))
  const scram = new Scram(mechanism, user.replaceAll('=', '=3D').replaceAll(',', '=2C'), password)
  const first = await send(scram.first())
  if (first.errorCode !== 0) return first
  const last = await send(scram.final(first.authBytes))
  if (last.errorCode === 0 && !scram.proves(last.authBytes))
    throw new Error('the broker does not prove itself')
  return last
}
