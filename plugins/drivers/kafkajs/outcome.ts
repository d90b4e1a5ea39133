/** What kafkajs's answer, or its error, says of a batch. */
import { errorName } from '../../protocol/errors.ts'

export interface Outcome {
  readonly state: 'acked' | 'failed' | 'unknown'
  /** Of the protocol in capitals; of the client in words. '' for acked. */
  readonly error: string
}

/** Codes that say that nothing was appended. */
const REFUSED = new Set([2, 10, 17, 18, 19, 29, 31, 32, 44, 47, 76, 87, 90])
/** With acks=all an earlier leader may have appended; with acks=1 its own answer would have come first. */
const REFUSED_BY_LEADER = new Set([3, 6])
const DUPLICATE_SEQUENCE = 46
/** kafkajs's table ends at 88; of later codes only the message has the number. */
const NO_CODE = -99

interface KafkajsError {
  readonly name?: string
  readonly message?: string
  readonly stack?: string
  /** Of the protocol; of the operating system for connections. */
  readonly code?: unknown
  /** host:port */
  readonly broker?: string
  readonly cause?: unknown
}

/**
 * The outcome of a batch whose request was rejected. kafkajs throws the first error of an answer and drops the rest, so
 * only a request for one partition (`alone`) says what happened to it; and only the last of several attempts is told,
 * so an earlier one may have written (`attempts`). Everything else is unknown.
 */
export function rejected(
  error: unknown,
  request: { alone: boolean; attempts: number; acks: number },
): Outcome {
  const code = codeOf(error)
  if (code === undefined) return { state: 'unknown', error: clientError(error) }
  const name = errorName(code)
  if (!request.alone || !ofProduce(error)) return { state: 'unknown', error: name }
  if (code === DUPLICATE_SEQUENCE) return { state: 'acked', error: '' }
  const refused = REFUSED.has(code) || (request.acks === 1 && REFUSED_BY_LEADER.has(code))
  return { state: refused && request.attempts <= 1 ? 'failed' : 'unknown', error: name }
}

/**
 * Whether a code was in the answer to Produce. After a failure kafkajs asks for metadata, and throws what that fails with in place of
 * the failure: a refusal then, where there was none. Only the stack tells.
 */
function ofProduce(error: unknown): boolean {
  return /[\\/]requests[\\/]produce[\\/]/.test(root(error).stack ?? '')
}

/** The protocol's error code in what kafkajs threw; undefined: the broker did not say anything. */
export function codeOf(error: unknown): number | undefined {
  const { name, message, code } = root(error)
  const ofProtocol = name === 'KafkaJSProtocolError' || name === 'KafkaJSCreateTopicError'
  if (!ofProtocol || typeof code !== 'number') return undefined
  if (code !== NO_CODE) return code
  const written = /\d+$/.exec(message ?? '')
  return written === null ? undefined : Number(written[0])
}

const clientErrors: Readonly<Record<string, string>> = {
  KafkaJSRequestTimeoutError: 'RequestTimeout',
  KafkaJSConnectionClosedError: 'ConnectionClosed',
  KafkaJSConnectionError: 'ConnectionError',
}

/** Whether the broker does not take who we are, now or a short while ago. */
export function isDenied(error: unknown): boolean {
  const { name, message = '' } = root(error)
  return name === 'KafkaJSSASLAuthenticationError' || /SASL .* authentication failed: /.test(message)
}

function clientError(error: unknown): string {
  if (isDenied(error)) return 'SASL_AUTHENTICATION_FAILED'
  const { name = 'Error' } = root(error)
  return clientErrors[name] ?? name.replace(/^KafkaJS/, '')
}

/** kafkajs wraps what it gave up retrying. */
export function root(error: unknown): KafkajsError {
  const at = (error ?? {}) as KafkajsError
  return at.name === 'KafkaJSNumberOfRetriesExceeded' || at.name === 'KafkaJSNonRetriableError'
    ? at.cause
      ? root(at.cause)
      : at
    : at
}
