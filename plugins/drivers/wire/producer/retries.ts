/** What becomes of a batch whose attempt failed: another attempt, two halves, or its outcome. */
import type { ProducerOptions } from '../../../../core/plugin.ts'
import { errorName } from '../../../protocol/errors.ts'
import { backoffMs } from '../cluster.ts'
import type { LinkError } from '../failure.ts'
import type { Accumulator } from './accumulator.ts'
import type { Batch } from './batch.ts'
import { isOutOfOrder, isRefused, isRetried, isStale, isTooLarge } from './outcome.ts'
import type { PartitionQueue } from './queue.ts'
import { split } from './split.ts'

const faults: Readonly<Record<LinkError['fault'], string>> = {
  closed: 'ConnectionClosed',
  timeout: 'RequestTimeout',
  protocol: 'ProtocolError',
  unreachable: 'ConnectionError',
  unsupported: 'UnsupportedVersion',
  tls: 'TlsError',
  authentication: 'SASL_AUTHENTICATION_FAILED',
}

export function faultName(why: LinkError): string {
  return faults[why.fault]
}

export class Retries {
  readonly #accumulator: Accumulator
  readonly #acks: number
  readonly #now: () => number

  constructor(accumulator: Accumulator, { settings }: ProducerOptions, now: () => number) {
    this.#accumulator = accumulator
    this.#acks = settings.acks
    this.#now = now
  }

  /**
   * The broker answered with an error. Answers 'again' when the batch, or its halves, wait for another attempt; 'stale' when
   * somebody else leads by now, besides; 'over' when it has to end.
   */
  refused(
    queue: PartitionQueue,
    batch: Batch,
    code: number,
    message: string | null,
  ): 'again' | 'stale' | 'over' {
    batch.error = errorName(code)
    batch.message = message ?? `partition ${batch.partition}: the broker answered ${batch.error}`
    if (batch.sequence >= 0 && isOutOfOrder(code)) {
      batch.uncertain = true
      batch.outOfOrder = !queue.hasBefore(batch)
      // a new epoch may be tried at once, a second one in a row not
      if (batch.outOfOrder && !queue.known) this.#wait(queue, batch)
      else queue.putBack(batch)
      return 'again'
    }
    if (isTooLarge(code) && batch.count > 1 && !batch.maybeWritten) {
      this.#split(queue, batch)
      return 'again'
    }
    if (!isRefused(code, this.#acks)) doubt(batch)
    if (!isRetried(code)) return 'over'
    this.#wait(queue, batch)
    return isStale(code) ? 'stale' : 'again'
  }

  /** Nobody knows whether the attempt was written. It goes again, which without idempotence may write it twice. */
  lost(queue: PartitionQueue, batch: Batch, why: LinkError): void {
    batch.error = faultName(why)
    batch.message = why.message
    doubt(batch)
    this.#wait(queue, batch)
  }

  /** The partition waits with it, since what comes later is not to overtake it. */
  #wait(queue: PartitionQueue, batch: Batch): void {
    queue.notBefore = this.#now() + 1000 * backoffMs(batch.attempts)
    queue.putBack(batch)
  }

  #split(queue: PartitionQueue, batch: Batch): void {
    queue.putBack(...split(batch, this.#accumulator))
    batch.ended = true
  }
}

function doubt(batch: Batch): void {
  batch.uncertain = true
  batch.maybeWritten = true
}
