/** TLS and SASL as kafkajs takes them. */
import { createRequire } from 'node:module'
import type { ConnectionOptions } from 'node:tls'
import type { Authenticator, Mechanism, SASLOptions } from 'kafkajs'
import { ConnectError, type SaslConfig, type Security } from '../../../core/plugin.ts'
import { readSecret } from '../../protocol/security/secret.ts'
import { tlsOptions } from '../../protocol/security/tls.ts'

export interface SecuritySettings {
  readonly ssl?: ConnectionOptions
  readonly sasl?: Mechanism
  /** Called before each connection. @throws what the broker refused us with a short while ago. */
  readonly check?: (address: string) => void
}

/** A broker that refused who we are is let alone for so long: accounts are locked after a few tries. */
const DENIED_MS = 30_000

type Provider = Mechanism['authenticationProvider']
type Denials = Map<string, { readonly why: unknown; readonly until: number }>

const require = createRequire(import.meta.url)
const providers = {
  plain: 'plain',
  'scram-sha-256': 'scram256',
  'scram-sha-512': 'scram512',
  oauthbearer: 'oauthBearer',
}

/**
 * Reads the files of TLS, and looks whether there is a secret. Secrets are read again for each authentication.
 * @throws ConnectError for a file or a variable that is not there.
 */
export async function readSecurity(
  { tls, sasl }: Security,
  brokers: readonly string[],
): Promise<SecuritySettings> {
  try {
    if (sasl) await optionsOf(sasl)
    return { ...(tls && { ssl: await tlsOptions(tls) }), ...(sasl && watched(sasl)) }
  } catch (error) {
    throw new ConnectError(brokers.join(', '), (error as Error).message, 'Put it there.', error)
  }
}

/** kafkajs's own mechanism, with a secret of its time. It would try a wrong one again and again, on new connections. */
function watched(sasl: SaslConfig): SecuritySettings {
  const { mechanism } = sasl
  const made = require(`kafkajs/src/broker/saslAuthenticator/${providers[mechanism]}`) as (
    options: SASLOptions,
  ) => Provider
  const denials: Denials = new Map()
  const check = (address: string) => {
    const denial = denials.get(address)
    if (denial !== undefined && performance.now() < denial.until) throw denial.why
  }
  const authenticationProvider: Provider = (args): Authenticator => ({
    async authenticate() {
      try {
        await made(await optionsOf(sasl))(args).authenticate()
      } catch (why) {
        if ((why as Error).name === 'KafkaJSSASLAuthenticationError')
          denials.set(`${args.host}:${args.port}`, { why, until: performance.now() + DENIED_MS })
        throw why
      }
    },
  })
  return { sasl: { mechanism, authenticationProvider }, check }
}

async function optionsOf({ mechanism, username = '', password, token }: SaslConfig): Promise<SASLOptions> {
  const secret = mechanism === 'oauthbearer' ? token : password
  if (secret === undefined) throw new Error(`sasl.mechanism ${mechanism} has no secret to go with it`)
  const text = await readSecret(secret)
  if (mechanism !== 'oauthbearer') return { mechanism, username, password: text }
  return { mechanism, oauthBearerProvider: async () => ({ value: text.trim() }) }
}
