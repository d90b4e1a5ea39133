/** Why a connection could not be had, or ended, and what a broker answers instead of what it was asked for. */
import { ConnectError, type Security } from '../../../core/plugin.ts'
import { type ErrorName, errorName } from '../../protocol/errors.ts'
import { explainAccess } from '../../protocol/security/refusals.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/**
 * `unreachable`: before anything was sent. `closed`, `timeout`, `protocol`, `tls`, `authentication`: what was sent may have
 * arrived.
 */
export type LinkFault =
  | 'unreachable'
  | 'closed'
  | 'timeout'
  | 'protocol'
  | 'unsupported'
  | 'tls'
  | 'authentication'

export class LinkError extends Error {
  override readonly name = 'LinkError'
  readonly fault: LinkFault
  readonly address: Address
  readonly reason: string
  /** What to do about it; undefined: what its kind says. */
  readonly remedy: string | undefined

  constructor(address: Address, fault: LinkFault, reason: string, cause?: unknown, remedy?: string) {
    // port 0: of a broker whose address is not known
    super(`${address.host}${address.port === 0 ? '' : `:${address.port}`}: ${reason}`, { cause })
    this.address = address
    this.fault = fault
    this.reason = reason
    this.remedy = remedy
  }
}

/** A broker answered with an error code. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError'
  readonly code: number
  /** The protocol's name of the code. */
  readonly error: ErrorName | `ERROR_${number}`
  /** The ACL operation that was missing, where it is not the usual one. */
  readonly operation: string | undefined

  /** @param what was asked for, e.g. 'the coordinator of group g'. */
  constructor(code: number, what: string, detail: string | null = null, operation?: string) {
    const error = errorName(code) as BrokerError['error']
    super(`${what}: ${error}${detail ? ` (${detail})` : ''}`)
    this.code = code
    this.error = error
    this.operation = operation
  }
}

/** None of several addresses could be used. */
export class NoBrokerError extends Error {
  override readonly name = 'NoBrokerError'
  readonly errors: readonly LinkError[]

  constructor(errors: readonly LinkError[]) {
    super(errors.map(each => each.message).join('; ') || 'no broker address is given')
    this.errors = errors
  }
}

/** What the operating system said of a connection that was not made. */
export function refusal(address: Address, error: NodeJS.ErrnoException): LinkError {
  return new LinkError(address, 'unreachable', reasonOf(address, error), error)
}

function reasonOf({ host }: Address, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ECONNREFUSED') return 'connection refused: nothing listens there'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EAI_NODATA')
    return `the host name ${host} cannot be resolved (${code})`
  return code === undefined ? message : `no connection (${code})`
}

const SPEAKS_TLS = 'it speaks TLS'
export function speaksTls(address: Address): LinkError {
  return new LinkError(address, 'tls', SPEAKS_TLS)
}

/** What a connection ended with that the other side closed, as far as it had come. */
export function hangUp(
  address: Address,
  { tls, sasl }: Security,
  stage: 'silent' | 'greeted' | 'served',
): LinkError {
  const told = (reason: string, remedy?: string) =>
    new LinkError(address, 'closed', reason, undefined, remedy)
  if (stage === 'silent')
    return tls?.cert === undefined
      ? told('it hung up without an answer')
      : told(
          'it hung up without an answer, as brokers do that do not trust our certificate',
          'Set tls.cert and tls.key to a certificate that the broker trusts.',
        )
  return stage === 'served' || sasl !== undefined
    ? told('it closed the connection')
    : told(
        'it closed the connection at the first request, as brokers do that want SASL',
        'Set sasl, or name the port of a listener without.',
      )
}

/** What a port said that does not speak Kafka's protocol. */
export function foreign(received: Buffer): string {
  if (received[0] === 0x15 && received[1] === 0x03) return SPEAKS_TLS
  const text = received
    .toString('latin1', 0, 40)
    .replace(/[^ -~]+/g, ' ')
    .trim()
  return `what listens there is no Kafka broker: it answered "${text}"`
}

const CHECK_PORT =
  'Check the port: it has to be a client listener of a Kafka broker, for plain text unless tls is set.'

function remedyOf({ fault, cause, reason, remedy }: LinkError): string {
  if (remedy !== undefined) return remedy
  if (reason === SPEAKS_TLS) return 'Set tls, or name the port of a plain-text listener.'
  if (fault === 'unsupported')
    return 'Use a broker of Apache Kafka 2.1 or later, or a proxy that passes these APIs on.'
  if (fault !== 'unreachable') return CHECK_PORT
  const { code = '' } = (cause ?? {}) as NodeJS.ErrnoException
  if (code === 'ECONNREFUSED') return 'Start the broker, or correct the address.'
  if (code === 'ENOTFOUND' || code.startsWith('EAI_')) return 'Check how it is written, and DNS.'
  return 'Check address, port and firewall.'
}

/**
 * What went wrong while connecting, as the sentence that a user reads; anything else as it is. An address that is not among the
 * bootstrap ones was advertised by a broker.
 */
export function connectError(error: unknown, bootstrap: readonly string[], security: Security = {}): unknown {
  if (error instanceof BrokerError) {
    const access = explainAccess(error.code, error.message, security, error.operation)
    return access ? new ConnectError(bootstrap.join(', '), access.reason, access.remedy, error) : error
  }
  const all = error instanceof NoBrokerError ? error.errors : error instanceof LinkError ? [error] : undefined
  if (all === undefined) return error
  const [first] = all
  if (first === undefined)
    return new ConnectError('a broker', 'no address is given', 'Name at least one broker.')
  if (all.length > 1)
    return new ConnectError(
      bootstrap.join(', '),
      all.map(each => each.message).join('; '),
      remedyOf(first),
      error,
    )
  const address = addressText(first.address)
  const remedy =
    first.remedy !== undefined || bootstrap.includes(address)
      ? remedyOf(first)
      : 'A broker told its clients to connect there: check advertised.listeners, and that the name resolves here.'
  return new ConnectError(address, first.reason, remedy, error)
}

export function addressText({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** @throws ConnectError when it is not host:port; an IPv6 address is written in brackets. */
export function parseAddress(text: string): Address {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port < 1 || port > 65535)
    throw new ConnectError(text, 'it is not host:port', 'Write for example broker-1:9092.')
  return { host: (match[1] ?? match[2]) as string, port }
}
