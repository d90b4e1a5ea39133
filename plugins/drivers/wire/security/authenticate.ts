/** Saying who we are, right after a connection is made and again before its session ends (KIP-368). */
import type { SaslConfig } from '../../../../core/plugin.ts'
import type { Answered } from '../../../protocol/call.ts'
import { errorCodes, errorName } from '../../../protocol/errors.ts'
import { saslAuthenticate, saslHandshake } from '../../../protocol/messages/sasl.ts'
import type { Api, Encodable, Fields } from '../../../protocol/schema.ts'
import { explainDenial, explainHandshake } from '../../../protocol/security/refusals.ts'
import { readSecret } from '../../../protocol/security/secret.ts'
import { type Address, LinkError } from '../failure.ts'
import { type Exchange, ExchangeError } from './exchange.ts'
import { oauthbearer } from './oauthbearer.ts'
import { plain } from './plain.ts'
import { Scram } from './scram.ts'

/** Asks the broker, before everything that waits to be sent. */
export type Ask = <Q extends Fields, P extends Fields>(
  api: Api<Q, P>,
  request: Encodable<Q>,
) => Promise<Answered<P>>

/** Part of a session after which it is renewed: a little earlier or later, so that not all do it at once. */
const renewAt = () => 0.8 + 0.1 * Math.random()
/** Brokers take no second renewal within a second. */
const LEAST_RENEWAL_MS = 1100
/** Longer than a timer can be is not needed: a session may be renewed at any time. */
const MOST_RENEWAL_MS = 2 ** 31 - 1

/** Reads the secret and has the exchange ready. @throws LinkError */
export async function beginExchange(address: Address, sasl: SaslConfig): Promise<Exchange> {
  const { mechanism, username = '', password, token } = sasl
  const secret = mechanism === 'oauthbearer' ? token : password
  if (secret === undefined)
    throw denied(address, {
      reason: `sasl.mechanism ${mechanism} has no secret to go with it`,
      remedy: 'Set sasl.password or sasl.token.',
    })
  const text = await readSecret(secret).catch((error: Error) => {
    throw denied(address, { reason: error.message, remedy: 'Put it there.' }, error)
  })
  switch (mechanism) {
    case 'plain':
      return plain(username, text)
    case 'scram-sha-256':
      return new Scram('sha256', username, text)
    case 'scram-sha-512':
      return new Scram('sha512', username, text)
    case 'oauthbearer':
      return oauthbearer(text.trim())
  }
}

/**
 * Authenticates.
 * @param again a session is renewed.
 * @returns ms after which it has to be done again; undefined: never.
 * @throws LinkError
 */
export async function authenticate(
  address: Address,
  exchange: Exchange,
  ask: Ask,
  again = false,
): Promise<number | undefined> {
  const { mechanism } = exchange
  const { errorCode, mechanisms, version } = await ask(saslHandshake, { mechanism })
  // not about who we are: another connection will do
  if (again && errorCode === errorCodes.ILLEGAL_SASL_STATE)
    throw new LinkError(address, 'closed', 'it did not let the session be renewed (ILLEGAL_SASL_STATE)')
  if (errorCode !== 0) throw denied(address, explainHandshake(mechanism, errorCode, mechanisms))
  if (version < 1)
    throw new LinkError(address, 'unsupported', 'SaslHandshake 1 is needed, the broker has version 0 alone')
  let challenge: Buffer | undefined
  let lifetime = 0n
  for (;;) {
    const token = await exchange.next(challenge).catch(error => {
      if (!(error instanceof ExchangeError)) throw error
      throw denied(
        address,
        { reason: `${mechanism} failed: ${error.message}`, remedy: 'Check which broker it is.' },
        error,
      )
    })
    if (token === undefined) return lifetime > 0n ? renewalMs(Number(lifetime)) : undefined
    const answer = await ask(saslAuthenticate, { authBytes: token })
    if (answer.errorCode !== 0) {
      const said = answer.errorMessage ? `: ${answer.errorMessage}` : ''
      throw denied(address, explainDenial(mechanism, exchange.user, errorName(answer.errorCode) + said))
    }
    challenge = answer.authBytes
    lifetime = answer.sessionLifetimeMs
  }
}

/** Why a session ends that could not be renewed. */
export function notRenewed(address: Address, error: Error): LinkError {
  if (error instanceof LinkError) return error
  return new LinkError(address, 'protocol', `it could not be authenticated again (${error.message})`, error)
}

function renewalMs(lifetimeMs: number): number {
  return Math.min(MOST_RENEWAL_MS, Math.max(LEAST_RENEWAL_MS, lifetimeMs * renewAt()))
}

function denied(
  address: Address,
  { reason, remedy }: { readonly reason: string; readonly remedy: string },
  cause?: unknown,
): LinkError {
  return new LinkError(address, 'authentication', reason, cause, remedy)
}
