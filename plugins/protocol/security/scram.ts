/** The arithmetic of SCRAM (RFC 5802, section 3), for both sides. Passwords are taken byte for byte, without SASLprep, as Kafka does. */
import { createHash, createHmac, pbkdf2, pbkdf2Sync } from 'node:crypto'
import { promisify } from 'node:util'

/** Hash functions of SCRAM, by the names that node:crypto has for them. */
export type ScramHash = 'sha256' | 'sha512'

/** The least number of iterations that Kafka has and takes. */
export const LEAST_ITERATIONS = 4096
const HASH_BYTES = { sha256: 32, sha512: 64 }

export interface ScramKeys {
  readonly clientKey: Buffer
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

/** Takes a millisecond for each 2,000 iterations. */
export function scramKeysSync(
  hash: ScramHash,
  password: string,
  salt: Buffer,
  iterations: number,
): ScramKeys {
  return keysOf(hash, pbkdf2Sync(password, salt, iterations, HASH_BYTES[hash], hash))
}

/** The same in another thread. */
export async function scramKeys(
  hash: ScramHash,
  password: string,
  salt: Buffer,
  iterations: number,
): Promise<ScramKeys> {
  return keysOf(hash, await promisify(pbkdf2)(password, salt, iterations, HASH_BYTES[hash], hash))
}

function keysOf(hash: ScramHash, salted: Buffer): ScramKeys {
  const clientKey = signature(hash, salted, 'Client Key')
  return { clientKey, storedKey: digest(hash, clientKey), serverKey: signature(hash, salted, 'Server Key') }
}

export function signature(hash: ScramHash, key: Buffer, text: string): Buffer {
  return createHmac(hash, key).update(text).digest()
}

export function digest(hash: ScramHash, bytes: Buffer): Buffer {
  return createHash(hash).update(bytes).digest()
}

/** Both of the same length. */
export function xor(a: Buffer, b: Buffer): Buffer {
  return a.map((byte, at) => byte ^ (b[at] as number)) as Buffer
}

/** A name as it stands in a message, and back. */
export function escapeName(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C')
}
export function unescapeName(escaped: string): string {
  return escaped.replaceAll('=2C', ',').replaceAll('=3D', '=')
}
