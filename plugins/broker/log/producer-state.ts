import type { BatchHeader } from '../../protocol/batch.ts'
import { errorCodes } from '../../protocol/errors.ts'

/** How many batches of a producer are remembered to tell a repeated one: as many as it may have in flight. */
const REMEMBERED = 5
/** Producers remembered per partition; the one that wrote the longest ago is forgotten first. */
const MAX_PRODUCERS = 5000

interface WrittenBatch {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly baseOffset: number
  readonly timestamp: number
}

interface ProducerEntry {
  epoch: number
  batches: WrittenBatch[]
}

/** What the sequence check says: append it, repeat an earlier answer, or an error code. */
export type SequenceVerdict =
  | { readonly kind: 'append' }
  | { readonly kind: 'duplicate'; readonly baseOffset: number; readonly timestamp: number }
  | { readonly kind: 'error'; readonly code: number }

const APPEND: SequenceVerdict = { kind: 'append' }

/** Sequence numbers run from 0 to 2³¹ − 1 and start again at 0. */
function plus(sequence: number, count: number): number {
  return (sequence + count) % 0x8000_0000
}

/** What one partition knows of its idempotent producers. */
export class ProducerStates {
  readonly #producers = new Map<bigint, ProducerEntry>()

  check(header: BatchHeader): SequenceVerdict {
    if (header.producerId < 0n) return APPEND
    const entry = this.#producers.get(header.producerId)
    // A producer not known (any more) may begin anywhere: its state may have gone with retention.
    if (entry === undefined) return APPEND
    if (header.producerEpoch < entry.epoch) return { kind: 'error', code: errorCodes.INVALID_PRODUCER_EPOCH }
    const first = header.baseSequence
    if (header.producerEpoch > entry.epoch) {
      return first === 0 ? APPEND : { kind: 'error', code: errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER }
    }
    const last = plus(first, header.lastOffsetDelta)
    for (const batch of entry.batches) {
      if (batch.firstSequence === first && batch.lastSequence === last) {
        return { kind: 'duplicate', baseOffset: batch.baseOffset, timestamp: batch.timestamp }
      }
    }
    const expected = plus(entry.batches.at(-1)!.lastSequence, 1)
    return first === expected ? APPEND : { kind: 'error', code: errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER }
  }

  /** Remembers a batch that was appended; `timestamp` is its LogAppendTime in ms, −1 for none. */
  appended(header: BatchHeader, baseOffset: number, timestamp: number): void {
    if (header.producerId < 0n) return
    let entry = this.#producers.get(header.producerId)
    this.#producers.delete(header.producerId)
    if (entry === undefined || entry.epoch !== header.producerEpoch) {
      entry = { epoch: header.producerEpoch, batches: [] }
    }
    if (entry.batches.length === REMEMBERED) entry.batches.shift()
    const firstSequence = header.baseSequence
    const lastSequence = plus(firstSequence, header.lastOffsetDelta)
    entry.batches.push({ firstSequence, lastSequence, baseOffset, timestamp })
    this.#producers.set(header.producerId, entry)
    if (this.#producers.size > MAX_PRODUCERS) {
      for (const oldest of this.#producers.keys()) {
        this.#producers.delete(oldest)
        break
      }
    }
  }
}
