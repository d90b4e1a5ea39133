/** A look at the bootstrap addresses before kafkajs tries them, which would take long and say little. */
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { ConnectError, type Security } from '../../../core/plugin.ts'
import { type Answered, answered, CLIENT_ID, framed } from '../../protocol/call.ts'
import { errorName } from '../../protocol/errors.ts'
import { MalformedError } from '../../protocol/failure.ts'
import { apiVersions } from '../../protocol/messages/api-versions.ts'
import { saslHandshake } from '../../protocol/messages/sasl.ts'
import { releaseOf } from '../../protocol/release.ts'
import type { Api, Fields, ResponseOf } from '../../protocol/schema.ts'
import {
  type Explained,
  explainAccess,
  explainDenial,
  explainHandshake,
} from '../../protocol/security/refusals.ts'
import { explainTls, serverName, speaksTls, tlsOptions } from '../../protocol/security/tls.ts'
import { codeOf, isDenied, root } from './outcome.ts'

/** ms to connect, and again for each answer. */
const TIMEOUT = 5000
/** Of ApiVersions; of SaslHandshake, which shows no secret. */
const VERSION = 3
const HANDSHAKE_VERSION = 1
/** An answer has some hundred bytes; 'HTTP' read as a length would be a gigabyte. */
const LONGEST = 1 << 20

export interface Found {
  readonly address: string
  /** e.g. 'Apache Kafka 4.1' */
  readonly software: string
}

/**
 * Asks all brokers at once for their API versions, and whether they take our SASL mechanism; resolves to the first one that
 * answers well.
 * @throws ConnectError within 15 s when none of them answers as a Kafka broker does.
 */
export async function findBroker(
  brokers: readonly string[],
  security: Security = {},
  timeoutMs = TIMEOUT,
): Promise<Found> {
  const enough = new AbortController()
  const asked = brokers.map(async address => ({
    address,
    software: await ask(address, security, timeoutMs, enough.signal),
  }))
  try {
    return await Promise.any(asked)
  } catch (error) {
    const all = (error as AggregateError).errors as ConnectError[]
    if (all.length === 1) throw all[0]
    const reasons = all.map(each => `${each.address}: ${each.reason}`)
    throw new ConnectError(
      brokers.join(', ') || 'a broker',
      reasons.join('; ') || 'no address is given',
      all[0]?.remedy ?? 'Name at least one broker.',
    )
  } finally {
    enough.abort()
  }
}

async function ask(
  address: string,
  { tls, sasl }: Security,
  timeoutMs: number,
  enough: AbortSignal,
): Promise<string> {
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon)
  const port = Number(address.slice(colon + 1))
  if (colon < 1 || !Number.isInteger(port) || port < 1 || port > 65535)
    throw new ConnectError(address, 'it is not host:port', 'Write for example broker-1:9092.')
  if (host.includes(':'))
    throw new ConnectError(address, 'kafkajs takes no IPv6 address', 'Use a host name that resolves to it.')
  const options = tls && (await tlsOptions(tls))
  return new Promise((resolve, reject) => {
    let socket: Socket | undefined
    let reached = false
    let connected = false
    let greeted: ResponseOf<typeof apiVersions> | undefined
    let received = Buffer.alloc(0)
    const end = (done: () => void) => {
      clearTimeout(timer)
      socket?.destroy()
      done()
    }
    const refuse = ({ reason, remedy }: Explained, cause?: unknown) =>
      end(() => reject(new ConnectError(address, reason, remedy, cause)))
    const timer = setTimeout(() => refuse(connected ? silent(timeoutMs) : unreachable(timeoutMs)), timeoutMs)
    const say = (pieces: readonly Buffer[]) => {
      timer.refresh()
      for (const piece of pieces) socket?.write(piece)
    }
    const greet = () => {
      connected = true
      const software = { clientSoftwareName: CLIENT_ID, clientSoftwareVersion: '1' }
      say(framed(apiVersions, VERSION, 1, software))
    }
    socket = options
      ? connectTls({ ...options, ...serverName(host, options), host, port }, greet)
      : connect({ host, port }, greet)
    socket.once('connect', () => {
      reached = true
    })
    enough.addEventListener('abort', () => end(() => undefined), { once: true })
    const hear = () => {
      if (greeted === undefined) {
        greeted = answer(apiVersions, VERSION, 1, received)
        if (greeted === undefined) return
        if (sasl === undefined) return end(() => resolve(softwareOf(greeted)))
        received = Buffer.alloc(0)
        say(framed(saslHandshake, HANDSHAKE_VERSION, 2, { mechanism: sasl.mechanism.toUpperCase() }))
        return
      }
      const handshake = answer(saslHandshake, HANDSHAKE_VERSION, 2, received)
      if (handshake === undefined || sasl === undefined) return
      const { errorCode, mechanisms } = handshake
      if (errorCode === 0) end(() => resolve(softwareOf(greeted)))
      else refuse(explainHandshake(sasl.mechanism.toUpperCase(), errorCode, mechanisms))
    }
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      try {
        hear()
      } catch (error) {
        if (error instanceof MalformedError) refuse(foreign(received), error)
        else end(() => reject(error))
      }
    })
    socket.on('end', () => {
      if (received.length > 0 || greeted !== undefined) return refuse(foreign(received))
      // the error that follows says more
      if (tls && !connected) return
      if (tls) return refuse(tls.cert === undefined ? hungUp() : NOT_TRUSTED)
      void speaksTls(host, port).then(speaks => refuse(speaks ? SPEAKS_TLS : hungUp()))
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const why = tls && reached ? explainTls(error, tls.cert !== undefined) : undefined
      refuse(why ?? broken(host, error, connected), error)
    })
  })
}

/** undefined: not all of it is here yet. */
function answer<Q extends Fields, P extends Fields>(
  api: Api<Q, P>,
  version: number,
  correlation: number,
  received: Buffer,
): Answered<P> | undefined {
  if (received.length < 4) return undefined
  const size = received.readInt32BE(0)
  if (size < 6 || size > LONGEST) throw new MalformedError(`a frame of ${size} bytes`)
  if (received.length < 4 + size) return undefined
  const id = received.readInt32BE(4)
  if (id !== correlation) throw new MalformedError(`answer to request ${id}`)
  return answered(api, version, received.subarray(8, 4 + size))
}

function softwareOf(greeted: ResponseOf<typeof apiVersions> | undefined): string {
  const metadata = greeted?.supportedFeatures.find(feature => feature.name === 'metadata.version')
  return metadata === undefined ? 'Kafka protocol' : `Apache Kafka ${releaseOf(metadata.maxVersion)}`
}

const CHECK_PORT =
  'Check the port: it has to be a client listener of a Kafka broker, for plain text unless tls is set.'
const SPEAKS_TLS: Explained = {
  reason: 'it speaks TLS',
  remedy: 'Set tls, or name the port of a plain-text listener.',
}
const NOT_TRUSTED: Explained = {
  reason: 'it hung up without an answer, as brokers do that do not trust our certificate',
  remedy: 'Set tls.cert and tls.key to a certificate that the broker trusts.',
}

function unreachable(ms: number): Explained {
  return { reason: `no connection within ${ms / 1000} s`, remedy: 'Check address, port and firewall.' }
}
function silent(ms: number): Explained {
  return { reason: `it takes connections but said nothing for ${ms / 1000} s`, remedy: CHECK_PORT }
}
function hungUp(): Explained {
  return { reason: 'it hung up without an answer', remedy: CHECK_PORT }
}
function foreign(received: Buffer): Explained {
  if (received[0] === 0x15 && received[1] === 0x03) return SPEAKS_TLS
  const text = received
    .toString('latin1', 0, 40)
    .replace(/[^ -~]+/g, ' ')
    .trim()
  return { reason: `what listens there is no Kafka broker: it answered "${text}"`, remedy: CHECK_PORT }
}

function broken(host: string, error: NodeJS.ErrnoException, connected: boolean): Explained {
  const { code = error.message } = error
  if (code === 'ECONNREFUSED')
    return {
      reason: 'connection refused: nothing listens there',
      remedy: 'Start the broker, or correct the address.',
    }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EAI_NODATA')
    return {
      reason: `the host name ${host} cannot be resolved (${code})`,
      remedy: 'Check how it is written, and DNS.',
    }
  if (connected) return { reason: `it broke the connection (${code})`, remedy: CHECK_PORT }
  return { reason: `no connection (${code})`, remedy: 'Check address, port and firewall.' }
}

/**
 * What kafkajs throws while it connects, or as ACLs do not allow an operation, as one sentence. An address that is not among the bootstrap ones was advertised
 * by a broker.
 */
export function connectError(
  error: unknown,
  brokers: readonly string[],
  security: Security = {},
  operation?: string,
): unknown {
  const { sasl } = security
  const refused = codeOf(error)
  if (refused !== undefined) {
    const access = explainAccess(refused, errorName(refused), security, operation)
    return access ? new ConnectError(brokers.join(', '), access.reason, access.remedy, error) : error
  }
  const { name, broker, code, message } = root(error)
  if (name === 'KafkaJSGroupCoordinatorNotFound')
    return new ConnectError(
      brokers.join(', '),
      'kafkajs does not find the coordinator of the group, and does not tell why',
      'Brokers do not tell it to whom ACLs do not allow to read the group: have the operation Read allowed.',
      error,
    )
  const address = broker ?? brokers.join(', ')
  if (sasl !== undefined && isDenied(error)) {
    // kafkajs puts a sentence of its own before what the broker said
    const said = `SASL_AUTHENTICATION_FAILED: ${message?.replace(/^.*SASL .* authentication failed: /, '')}`
    const { reason, remedy } = explainDenial(sasl.mechanism.toUpperCase(), sasl.username, said)
    return new ConnectError(address, reason, remedy, error)
  }
  const failed = name === 'KafkaJSConnectionError' || name === 'KafkaJSConnectionClosedError'
  if (!failed && name !== 'KafkaJSRequestTimeoutError') return error
  if (name === 'KafkaJSConnectionClosedError' && sasl === undefined && brokers.includes(address))
    return new ConnectError(
      address,
      'it closed the connection',
      'Check that the broker is up; one that wants SASL does this to whom sets no sasl: then set it.',
      error,
    )
  const remedy = brokers.includes(address)
    ? 'Check that the broker is up.'
    : 'A broker told its clients to connect there: check advertised.listeners, and that the name resolves here.'
  return new ConnectError(address, String(code ?? message), remedy, error)
}
