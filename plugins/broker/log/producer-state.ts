import type { BatchHeader } from '../../protocol/batch.ts'
import { errorCodes } from '../../protocol/errors.ts'

/** How many batches of a producer are remembered to tell a repeated one: as many as it may have in flight. */
const REMEMBERED = 5
/** Producers remembered, counted once for each partition they write to. */
const MAX_PRODUCERS = 50_000
/** A producer that was silent for so long is forgotten, in ms: Kafka's `producer.id.expiration.ms`. */
const EXPIRES_MS = 86_400_000

interface WrittenBatch {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly baseOffset: number
  readonly timestamp: number
}

interface ProducerEntry {
  readonly producerId: bigint
  /** The partition's states that it is in. */
  readonly states: ProducerStates
  epoch: number
  batches: WrittenBatch[]
  coordinatorEpoch: number
  /** Largest timestamp of its last batch, or when its last marker was written, in ms. */
  lastTimestamp: number
  /** When it last wrote, in ms of this machine. */
  seenAt: number
}

/** A producer as DescribeProducers shows it. */
export interface ActiveProducer {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestamp: number
  readonly coordinatorEpoch: number
}

/** What the sequence check says: append it, repeat an earlier answer, or an error code. */
export type SequenceVerdict =
  | { readonly kind: 'append' }
  | { readonly kind: 'duplicate'; readonly baseOffset: number; readonly timestamp: number }
  | { readonly kind: 'error'; readonly code: number }

/** A producer without an epoch has no sequence to keep. */
const NO_EPOCH = -1

const APPEND: SequenceVerdict = { kind: 'append' }
const OUT_OF_ORDER: SequenceVerdict = { kind: 'error', code: errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER }

/** Sequence numbers run from 0 to 2³¹ − 1 and start again at 0. */
function plus(sequence: number, count: number): number {
  return (sequence + count) % 0x8000_0000
}

/**
 * The producers that all partitions of a broker remember together. When they are too many, whoever wrote the longest ago is
 * forgotten, wherever that was.
 */
export class RememberedProducers {
  readonly #max: number
  /** In the order of their last write, as sets keep it. */
  readonly #entries = new Set<ProducerEntry>()

  /** @param max counts a producer once for each partition it writes to. */
  constructor(max = MAX_PRODUCERS) {
    this.#max = max
  }

  /** Makes an entry the youngest of all. */
  renew(entry: ProducerEntry): void {
    this.#entries.delete(entry)
    this.#entries.add(entry)
    const oldest = this.#entries.values().next()
    if (this.#entries.size > this.#max && !oldest.done) oldest.value.states.forget(oldest.value)
  }

  remove(entry: ProducerEntry): void {
    this.#entries.delete(entry)
  }
}

/** What one partition knows of its idempotent producers. */
export class ProducerStates {
  readonly #producers = new Map<bigint, ProducerEntry>()
  readonly #remembered: RememberedProducers

  constructor(remembered: RememberedProducers) {
    this.#remembered = remembered
  }

  /** The epoch that the producer last wrote with; undefined for one that is not known. */
  epochOf(producerId: bigint): number | undefined {
    return this.#producers.get(producerId)?.epoch
  }

  /** @param knownOnly whether only a producer that is known may go on from somewhere; any other begins at 0. */
  check(header: BatchHeader, knownOnly: boolean): SequenceVerdict {
    if (header.producerId < 0n) return APPEND
    const entry = this.#find(header.producerId)
    // Else a producer not known (any more) may begin anywhere: its state may have gone with retention.
    if (entry === undefined) return knownOnly && header.baseSequence !== 0 ? OUT_OF_ORDER : APPEND
    if (header.producerEpoch < entry.epoch) return { kind: 'error', code: errorCodes.INVALID_PRODUCER_EPOCH }
    const first = header.baseSequence
    const last = plus(first, header.lastOffsetDelta)
    const sameEpoch = header.producerEpoch === entry.epoch
    for (const batch of sameEpoch ? entry.batches : []) {
      if (batch.firstSequence === first && batch.lastSequence === last) {
        return { kind: 'duplicate', baseOffset: batch.baseOffset, timestamp: batch.timestamp }
      }
    }
    if (entry.epoch === NO_EPOCH) return APPEND
    const latest = sameEpoch ? entry.batches.at(-1) : undefined
    const expected = latest === undefined ? 0 : plus(latest.lastSequence, 1)
    return first === expected ? APPEND : OUT_OF_ORDER
  }

  /** Remembers a batch that was appended; `timestamp` is its LogAppendTime in ms, −1 for none. */
  appended(header: BatchHeader, baseOffset: number, timestamp: number): void {
    if (header.producerId < 0n) return
    const entry = this.#renew(header.producerId, header.producerEpoch)
    entry.lastTimestamp = timestamp < 0 ? header.maxTimestamp : timestamp
    if (entry.batches.length === REMEMBERED) entry.batches.shift()
    const firstSequence = header.baseSequence
    const lastSequence = plus(firstSequence, header.lastOffsetDelta)
    entry.batches.push({ firstSequence, lastSequence, baseOffset, timestamp: entry.lastTimestamp })
  }

  /** Whether the end of a transaction may be written for this producer: an error code. */
  checkMarker(producerId: bigint, producerEpoch: number, coordinatorEpoch: number): number {
    const entry = this.#find(producerId)
    if (entry === undefined) return errorCodes.NONE
    if (producerEpoch < entry.epoch) return errorCodes.INVALID_PRODUCER_EPOCH
    if (coordinatorEpoch < entry.coordinatorEpoch) return errorCodes.TRANSACTION_COORDINATOR_FENCED
    return errorCodes.NONE
  }

  /** Remembers the end of a transaction: whoever comes with an older epoch is fenced from now on. */
  marked(producerId: bigint, producerEpoch: number, coordinatorEpoch: number, timestamp: number): void {
    const entry = this.#renew(producerId, producerEpoch)
    entry.coordinatorEpoch = coordinatorEpoch
    entry.lastTimestamp = timestamp
  }

  *active(): Generator<ActiveProducer> {
    for (const [producerId, { epoch, batches, lastTimestamp, coordinatorEpoch }] of this.#producers) {
      const lastSequence = batches.at(-1)?.lastSequence ?? -1
      yield { producerId, producerEpoch: epoch, lastSequence, lastTimestamp, coordinatorEpoch }
    }
  }

  #find(producerId: bigint): ProducerEntry | undefined {
    const entry = this.#producers.get(producerId)
    if (entry === undefined || Date.now() - entry.seenAt <= EXPIRES_MS) return entry
    this.forget(entry)
    return undefined
  }

  /** The producer's entry in this epoch, made the youngest of all. */
  #renew(producerId: bigint, epoch: number): ProducerEntry {
    let entry = this.#producers.get(producerId)
    if (entry === undefined) {
      entry = {
        producerId,
        states: this,
        epoch,
        batches: [],
        coordinatorEpoch: -1,
        lastTimestamp: -1,
        seenAt: 0,
      }
      this.#producers.set(producerId, entry)
    }
    if (entry.epoch !== epoch) {
      entry.epoch = epoch
      entry.batches = []
    }
    entry.seenAt = Date.now()
    this.#remembered.renew(entry)
    return entry
  }

  forget(entry: ProducerEntry): void {
    this.#producers.delete(entry.producerId)
    this.#remembered.remove(entry)
  }

  /** The partition is gone. */
  clear(): void {
    for (const entry of this.#producers.values()) this.#remembered.remove(entry)
    this.#producers.clear()
  }
}
