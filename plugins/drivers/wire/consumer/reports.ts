/** What happens while reading, as events; what goes wrong is bounded, since it is tried again and again. */
import type { RunEvent } from '../../../../core/plugin.ts'
import { MalformedError } from '../../../protocol/failure.ts'
import { BrokerError, LinkError, type LinkFault } from '../failure.ts'
import { Events } from '../producer/events.ts'
import { ChecksumError } from './batch.ts'
import { UnreadableError } from './codecs.ts'

const faults: Readonly<Record<LinkFault, string>> = {
  unreachable: 'ConnectionError',
  closed: 'ConnectionClosed',
  timeout: 'RequestTimeout',
  protocol: 'Protocol',
  unsupported: 'UnsupportedVersion',
  tls: 'TlsError',
  authentication: 'SASL_AUTHENTICATION_FAILED',
}

export class Reports {
  readonly #emit: (event: RunEvent) => void
  readonly #now: () => number
  readonly #events: Events

  constructor(emit: (event: RunEvent) => void, now: () => number) {
    this.#emit = emit
    this.#now = now
    this.#events = new Events(emit, now)
  }

  error(code: string, message: string): void {
    this.#events.error(code, message, 0)
  }

  /** What was thrown, by the name that its kind has. */
  failure(error: Error): void {
    this.error(codeOf(error), error.message)
  }

  throttled(broker: number, ms: number): void {
    this.#events.throttle(broker, ms * 1000)
  }

  rebalance(group: string, step: 'start' | 'end', lost: number): void {
    this.#emit({ kind: 'rebalance', at: this.#now(), group, step, lost })
  }
}

/** The name of what was thrown: the protocol's in capitals, a client's own in words. */
export function codeOf(error: Error): string {
  if (error instanceof LinkError) return faults[error.fault]
  if (error instanceof BrokerError) return error.error
  if (error instanceof MalformedError) return 'Protocol'
  if (error instanceof ChecksumError) return 'CORRUPT_MESSAGE'
  if (error instanceof UnreadableError) return 'UNSUPPORTED_COMPRESSION_TYPE'
  return error.name
}
