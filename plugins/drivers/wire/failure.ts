/** Why a connection could not be had, or ended, and what a broker answers instead of what it was asked for. */
import { ConnectError } from '../../../core/plugin.ts'
import { type ErrorName, errorName } from '../../protocol/errors.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** `unreachable`: before anything was sent. `closed`, `timeout`, `protocol`: what was sent may have arrived. */
export type LinkFault = 'unreachable' | 'closed' | 'timeout' | 'protocol' | 'unsupported'

export class LinkError extends Error {
  override readonly name = 'LinkError'
  readonly fault: LinkFault
  readonly address: Address
  readonly reason: string

  constructor(address: Address, fault: LinkFault, reason: string, cause?: unknown) {
    // port 0: of a broker whose address is not known
    super(`${address.host}${address.port === 0 ? '' : `:${address.port}`}: ${reason}`, { cause })
    this.address = address
    this.fault = fault
    this.reason = reason
  }
}

/** A broker answered with an error code. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError'
  readonly code: number
  /** The protocol's name of the code. */
  readonly error: ErrorName | `ERROR_${number}`

  /** @param what was asked for, e.g. 'the coordinator of group g'. */
  constructor(code: number, what: string, detail: string | null = null) {
    const error = errorName(code) as BrokerError['error']
    super(`${what}: ${error}${detail === null ? '' : ` (${detail})`}`)
    this.code = code
    this.error = error
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

/** What a port said that does not speak Kafka's protocol. */
export function foreign(received: Buffer): string {
  if (received[0] === 0x15 && received[1] === 0x03) return 'it speaks TLS'
  const text = received
    .toString('latin1', 0, 40)
    .replace(/[^ -~]+/g, ' ')
    .trim()
  return `what listens there is no Kafka broker: it answered "${text}"`
}

const CHECK_PORT = 'Check the port: it has to be a plain-text client listener of a Kafka broker.'

function remedyOf({ fault, cause }: LinkError): string {
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
export function connectError(error: unknown, bootstrap: readonly string[]): unknown {
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
  const remedy = bootstrap.includes(address)
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
