/** TLS and SASL as flags of `loadtest broker`. Passwords come from a file: a command line is seen by everyone on the machine. */
import { readFileSync } from 'node:fs'
import type { Command } from '../../../core/plugin.ts'
import { Sasl, type SaslMechanism, type SaslOptions } from './sasl.ts'
import { type TlsOptions, tlsServers } from './tls.ts'

export const securityFlags: NonNullable<Command['options']> = [
  { flags: '--tls-cert <file>', about: 'certificate of the brokers, PEM: clients speak TLS' },
  { flags: '--tls-key <file>', about: 'its private key, PEM' },
  { flags: '--tls-ca <file>', about: 'authority whose certificates clients have to show, PEM' },
  {
    flags: '--sasl <mechanisms>',
    about: 'clients have to authenticate by one of PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
  },
  {
    flags: '--sasl-users <file>',
    about: 'their passwords: a JSON object by user name, or lines user:password',
  },
  {
    flags: '--sasl-max-reauth <ms>',
    about: 'time after which they have to authenticate again (default never)',
  },
]

export interface Security {
  readonly tls?: TlsOptions
  readonly sasl?: SaslOptions
}

/** Kafka's name for what clients have to speak. */
export function securityProtocol({ tls, sasl }: Security): string {
  return `${sasl ? 'SASL_' : ''}${tls ? 'SSL' : 'PLAINTEXT'}`
}

/** @throws RangeError for flags that do not go together, files that cannot be read, values that make no sense. */
export function readSecurity(options: Readonly<Record<string, string | boolean | undefined>>): Security {
  const given = (name: string) => (options[name] === undefined ? undefined : String(options[name]))
  const tls = tlsOf(given('tlsCert'), given('tlsKey'), given('tlsCa'))
  const sasl = saslOf(given('sasl'), given('saslUsers'), given('saslMaxReauth'))
  return { ...(tls && { tls }), ...(sasl && { sasl }) }
}

/** The flags of options, as messages are to name them. */
const flagOf: Readonly<Record<string, string>> = {
  'tls.cert': '--tls-cert',
  'tls.key': '--tls-key',
  'tls.ca': '--tls-ca',
  'sasl.mechanisms': '--sasl',
  'sasl.users': '--sasl-users',
  'sasl.maxReauthMs': '--sasl-max-reauth',
}

/** @throws RangeError as `check` does, of flags instead of options. */
function inFlags(check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    // What is quoted (a file, a user) may look like an option.
    throw new RangeError(error.message.replace(/"[^"]*"|\b(?:tls|sasl)\.\w+/g, part => flagOf[part] ?? part))
  }
}

function tlsOf(cert?: string, key?: string, ca?: string): TlsOptions | undefined {
  if (cert === undefined && key === undefined && ca === undefined) return undefined
  if (cert === undefined || key === undefined) {
    throw new RangeError(
      `--tls-${cert === undefined ? 'cert' : 'key'} is missing: TLS takes --tls-cert and --tls-key`,
    )
  }
  const tls = { cert, key, ...(ca === undefined ? {} : { ca }) }
  inFlags(() => tlsServers(tls, () => {}))
  return tls
}

function saslOf(names?: string, file?: string, reauth?: string): SaslOptions | undefined {
  if (names === undefined && file === undefined && reauth === undefined) return undefined
  if (names === undefined || file === undefined) {
    throw new RangeError(
      `--sasl${names === undefined ? '' : '-users'} is missing: SASL takes --sasl MECHANISMS and --sasl-users FILE`,
    )
  }
  if (reauth !== undefined && !/^\d+$/.test(reauth)) {
    throw new RangeError(`--sasl-max-reauth is ${reauth}: expected a whole number of milliseconds`)
  }
  const mechanisms = names.split(',').map(name => name.trim().toUpperCase()) as SaslMechanism[]
  const sasl = { mechanisms, users: usersIn(file), maxReauthMs: Number(reauth ?? 0) }
  inFlags(() => new Sasl(sasl))
  return sasl
}

/** No message quotes the file: it is full of passwords. */
function usersIn(file: string): Record<string, string> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new RangeError(`--sasl-users: cannot read "${file}" (${code})`)
  }
  if (text.trimStart().startsWith('{')) {
    try {
      return JSON.parse(text) as Record<string, string>
    } catch {
      throw new RangeError(`--sasl-users: "${file}" begins as JSON and is none`)
    }
  }
  const entries: [string, string][] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line === '' || line.startsWith('#')) continue
    const colon = line.indexOf(':')
    if (colon < 1) throw new RangeError(`--sasl-users: line ${index + 1} of "${file}" is not user:password`)
    entries.push([line.slice(0, colon), line.slice(colon + 1)])
  }
  return Object.fromEntries(entries)
}
