import type { BatchHeader } from '../../protocol/batch.ts'
import { errorCodes } from '../../protocol/errors.ts'

/** How many batches of a producer are remembered to tell a repeated one: as many as it may have in flight. */
const REMEMBERED = 5
/** Producers remembered, counted once for each partition they write to. */
const MAX_PRODUCERS = 50_000

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

/** How many producers all partitions of a broker remember together. */
export class ProducerCount {
  value = 0
}

/**
 * What one partition knows of its idempotent producers. When all partitions together know too many, whoever wrote here the
 * longest ago is forgotten.
 */
export class ProducerStates {
  readonly #producers = new Map<bigint, ProducerEntry>()
  readonly #count: ProducerCount

  constructor(count: ProducerCount) {
    this.#count = count
  }

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
    this.#forget(header.producerId)
    if (entry === undefined || entry.epoch !== header.producerEpoch) {
      entry = { epoch: header.producerEpoch, batches: [] }
    }
    if (entry.batches.length === REMEMBERED) entry.batches.shift()
    const firstSequence = header.baseSequence
    const lastSequence = plus(firstSequence, header.lastOffsetDelta)
    entry.batches.push({ firstSequence, lastSequence, baseOffset, timestamp })
    const oldest = this.#producers.keys().next()
    if (this.#count.value >= MAX_PRODUCERS && !oldest.done) this.#forget(oldest.value)
    this.#producers.set(header.producerId, entry)
    this.#count.value++
  }

  #forget(producerId: bigint): void {
    if (this.#producers.delete(producerId)) this.#count.value--
  }

  /** The partition is gone. */
  clear(): void {
    this.#count.value -= this.#producers.size
    this.#producers.clear()
  }
}
