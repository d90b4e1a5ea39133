/** A look at the bootstrap addresses before kafkajs tries them, which would take long and say little. */
import { connect, type Socket } from 'node:net'
import { ConnectError } from '../../../core/plugin.ts'
import { decode, encode } from '../../protocol/codec.ts'
import { MalformedError } from '../../protocol/failure.ts'
import { apiVersions } from '../../protocol/messages/api-versions.ts'
import { ByteReader } from '../../protocol/reader.ts'
import { releaseOf } from '../../protocol/release.ts'
import { ByteWriter } from '../../protocol/writer.ts'
import { root } from './outcome.ts'

/** ms to connect, and again to answer. */
const TIMEOUT = 5000
const VERSION = 3
const CORRELATION = 1
const UNSUPPORTED_VERSION = 35
/** An answer to ApiVersions has some hundred bytes; 'HTTP' read as a length would be a gigabyte. */
const LONGEST = 1 << 20

interface Refusal {
  readonly reason: string
  readonly remedy: string
}

export interface Found {
  readonly address: string
  /** e.g. 'Apache Kafka 4.1' */
  readonly software: string
}

/**
 * Asks all brokers at once for their API versions, and resolves to the first one that answers.
 * @throws ConnectError within 10 s when none of them answers as a Kafka broker does.
 */
export async function findBroker(brokers: readonly string[], timeoutMs = TIMEOUT): Promise<Found> {
  const enough = new AbortController()
  const asked = brokers.map(async address => ({
    address,
    software: await ask(address, timeoutMs, enough.signal),
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

function ask(address: string, timeoutMs: number, enough: AbortSignal): Promise<string> {
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon)
  const port = Number(address.slice(colon + 1))
  return new Promise((resolve, reject) => {
    if (colon < 1 || !Number.isInteger(port) || port < 1 || port > 65535)
      throw new ConnectError(address, 'it is not host:port', 'Write for example broker-1:9092.')
    if (host.includes(':'))
      throw new ConnectError(address, 'kafkajs takes no IPv6 address', 'Use a host name that resolves to it.')
    let socket: Socket | undefined
    let connected = false
    let received = Buffer.alloc(0)
    const end = (done: () => void) => {
      clearTimeout(timer)
      socket?.destroy()
      done()
    }
    const refuse = ({ reason, remedy }: Refusal, cause?: unknown) =>
      end(() => reject(new ConnectError(address, reason, remedy, cause)))
    const timer = setTimeout(() => refuse(connected ? silent(timeoutMs) : unreachable(timeoutMs)), timeoutMs)
    socket = connect({ host, port }, () => {
      connected = true
      timer.refresh()
      for (const piece of request()) socket?.write(piece)
    })
    enough.addEventListener('abort', () => end(() => undefined), { once: true })
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      try {
        const software = answer(received)
        if (software !== undefined) end(() => resolve(software))
      } catch (error) {
        if (error instanceof MalformedError) refuse(foreign(received), error)
        else end(() => reject(error))
      }
    })
    socket.on('end', () => refuse(received.length > 0 ? foreign(received) : hungUp()))
    socket.on('error', (error: NodeJS.ErrnoException) => refuse(broken(host, error, connected), error))
  })
}

function request(): Buffer[] {
  const body = new ByteWriter()
  body.int16(apiVersions.key)
  body.int16(VERSION)
  body.int32(CORRELATION)
  body.string('kafka-loadtest', false)
  body.uvarint(0)
  const software = { clientSoftwareName: 'kafka-loadtest', clientSoftwareVersion: '1' }
  encode(apiVersions.request, VERSION, true, body, software)
  const frame = new ByteWriter()
  frame.bytes(body.finish(), false)
  return frame.finish()
}

/** What the broker is; undefined: not all of the answer is here yet. */
function answer(received: Buffer): string | undefined {
  if (received.length < 4) return undefined
  const size = received.readInt32BE(0)
  if (size < 6 || size > LONGEST) throw new MalformedError(`a frame of ${size} bytes`)
  if (received.length < 4 + size) return undefined
  const reader = new ByteReader(received, 4, 4 + size)
  const correlation = reader.int32()
  if (correlation !== CORRELATION) throw new MalformedError(`answer to request ${correlation}`)
  if (received.readInt16BE(reader.position) === UNSUPPORTED_VERSION) return 'Kafka protocol'
  const { supportedFeatures } = decode(apiVersions.response, VERSION, true, reader)
  const metadata = supportedFeatures.find(feature => feature.name === 'metadata.version')
  return metadata === undefined ? 'Kafka protocol' : `Apache Kafka ${releaseOf(metadata.maxVersion)}`
}

const CHECK_PORT = 'Check the port: it has to be a plain-text client listener of a Kafka broker.'

function unreachable(ms: number): Refusal {
  return { reason: `no connection within ${ms / 1000} s`, remedy: 'Check address, port and firewall.' }
}
function silent(ms: number): Refusal {
  return { reason: `it takes connections but said nothing for ${ms / 1000} s`, remedy: CHECK_PORT }
}
function hungUp(): Refusal {
  return { reason: 'it hung up without an answer', remedy: CHECK_PORT }
}
function foreign(received: Buffer): Refusal {
  if (received[0] === 0x15 && received[1] === 0x03) return { reason: 'it speaks TLS', remedy: CHECK_PORT }
  const text = received
    .toString('latin1', 0, 40)
    .replace(/[^ -~]+/g, ' ')
    .trim()
  return { reason: `what listens there is no Kafka broker: it answered "${text}"`, remedy: CHECK_PORT }
}

function broken(host: string, error: NodeJS.ErrnoException, connected: boolean): Refusal {
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
 * What kafkajs throws while it connects, as one sentence. An address that is not among the bootstrap ones was advertised
 * by a broker.
 */
export function connectError(error: unknown, brokers: readonly string[]): unknown {
  const { name, broker, code, message } = root(error)
  const failed = name === 'KafkaJSConnectionError' || name === 'KafkaJSConnectionClosedError'
  if (!failed && name !== 'KafkaJSRequestTimeoutError') return error
  const address = broker ?? brokers.join(', ')
  const remedy = brokers.includes(address)
    ? 'Check that the broker is up.'
    : 'A broker told its clients to connect there: check advertised.listeners, and that the name resolves here.'
  return new ConnectError(address, String(code ?? message), remedy, error)
}
