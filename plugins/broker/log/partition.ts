import {
  type BatchHeader,
  batchAt,
  batchCrc,
  logAppendTimeBit,
  transactionalBit,
  writeOffset,
} from '../../protocol/batch.ts'
import { errorCodes } from '../../protocol/errors.ts'
import { encodeMarker, type MarkerInput } from '../../protocol/records.ts'
import { EpochHistory } from '../epochs.ts'
import type { Leadership } from '../leadership.ts'
import { type ArrivalRules, inspect, type Refusal } from './arrival.ts'
import type { LogMemory } from './memory.ts'
import { PartitionLog } from './partition-log.ts'
import { type ActiveProducer, ProducerStates, type RememberedProducers } from './producer-state.ts'
import type { StorageFault } from './storage-fault.ts'

/** What a topic's configuration says about its batches. */
export interface AppendRules extends ArrivalRules {
  /** Replicas that must be there for acks=all. */
  readonly minInsyncReplicas: number
  /** Bytes of a partition that are kept, −1 for no bound; and for how long, in ms, likewise. */
  readonly retentionBytes: number
  readonly retentionMs: number
}

export interface Appended extends Refusal {
  readonly baseOffset: number
  readonly logAppendTimeMs: number
}

/** The first version of Produce that adds a partition to its transaction by writing to it. */
export const ADDS_PARTITIONS = 12

/** Whether a producer may begin its transaction in a partition: an error code. */
export type Admission = (producerId: bigint, producerEpoch: number) => number

function refused(errorCode: number, errorMessage: string | null = null): Appended {
  return { errorCode, errorMessage, baseOffset: -1, logAppendTimeMs: -1 }
}

/** One partition: its log, and the checks that stand before it. */
export class Partition {
  readonly index: number
  readonly log: PartitionLog
  readonly leadership: Leadership
  readonly epochs = new EpochHistory()
  readonly #producers: ProducerStates

  constructor(index: number, leadership: Leadership, memory: LogMemory, producers: RememberedProducers) {
    this.index = index
    this.leadership = leadership
    this.log = new PartitionLog(memory)
    this.#producers = new ProducerStates(producers)
    this.#led()
    leadership.onChange = () => {
      this.#led()
      this.log.notify(0)
    }
  }

  #led(): void {
    if (this.leadership.leader >= 0) this.epochs.begin(this.leadership.epoch, this.log.logEndOffset)
  }

  /** The topic is gone: whoever waits for records hears of it. */
  delete(): void {
    this.log.delete()
    this.#producers.clear()
  }

  /**
   * Checks and appends the records of a Produce request: exactly one batch.
   * @param admit is asked for an error code when a batch wants to begin a transaction here.
   */
  append(
    records: Buffer,
    rules: AppendRules,
    produceVersion: number,
    admit: Admission,
    injected?: StorageFault,
  ): Appended {
    const arrival = inspect(records, rules, produceVersion)
    if ('errorCode' in arrival) return { ...arrival, baseOffset: -1, logAppendTimeMs: -1 }
    const { batch, header } = arrival
    const begins = this.#mayBegin(header)
    const barred = begins ? admit(header.producerId, header.producerEpoch) : errorCodes.NONE
    if (barred !== 0) {
      const told = barred === errorCodes.INVALID_TXN_STATE
      return refused(barred, told ? 'Partition was not added to the transaction' : null)
    }
    const verdict = this.#producers.check(header, begins && produceVersion >= ADDS_PARTITIONS)
    if (verdict.kind === 'error') return { ...refused(verdict.code), byLog: true }
    if (verdict.kind === 'duplicate') {
      const { baseOffset, timestamp } = verdict
      return { errorCode: 0, errorMessage: null, baseOffset, logAppendTimeMs: timestamp }
    }
    const transactional = (header.attributes & transactionalBit) !== 0
    if (!transactional && this.log.transactions.openOffset(header.producerId) !== undefined) {
      const message = 'the producer has a transaction that this is no part of'
      return { ...refused(errorCodes.INVALID_TXN_STATE, message), byLog: true }
    }
    if (injected?.kind === 'lose') return this.#lose(header, injected)
    const stored = this.#store(batch, header, rules)
    if (injected?.kind === 'duplicate') {
      injected.told(stored.baseOffset, header.recordsCount)
      this.#store(batch, header, rules)
    }
    return stored
  }

  /** Whether the batch belongs to a transaction that has nothing here yet, in this epoch of its producer. */
  #mayBegin({ attributes, producerId, producerEpoch }: BatchHeader): boolean {
    if (!(attributes & transactionalBit)) return false
    if (this.log.transactions.openOffset(producerId) === undefined) return true
    return this.#producers.epochOf(producerId) !== producerEpoch
  }

  /** Writes the marker that ends a producer's transaction here: an error code. */
  endTransaction(marker: MarkerInput): number {
    const { producerId, producerEpoch, coordinatorEpoch, timestamp, commit } = marker
    const refusal = this.#producers.checkMarker(producerId, producerEpoch, coordinatorEpoch)
    if (refusal !== 0) return refusal
    const batch = encodeMarker(marker)
    const { baseOffset } = this.log.append(batch, 1, this.leadership.epoch, timestamp)
    this.#producers.marked(producerId, producerEpoch, coordinatorEpoch, timestamp)
    this.log.transactions.end(producerId, baseOffset, commit)
    this.log.notify(batch.length)
    return errorCodes.NONE
  }

  /** The producers that the partition knows, each with the offset its open transaction begins at; −1 for none. */
  activeProducers(): (ActiveProducer & { readonly currentTxnStartOffset: number })[] {
    return [...this.#producers.active()].map(producer => {
      const currentTxnStartOffset = this.log.transactions.openOffset(producer.producerId) ?? -1
      return { ...producer, currentTxnStartOffset }
    })
  }

  /**
   * As after an unclean election: what was acknowledged is not there, and the next batch gets its offsets. The sequence is
   * remembered, so that the producer does not find out.
   */
  #lose(header: BatchHeader, fault: StorageFault): Appended {
    const baseOffset = this.log.logEndOffset
    this.#producers.appended(header, baseOffset, -1)
    fault.told(baseOffset, header.recordsCount)
    return { errorCode: 0, errorMessage: null, baseOffset, logAppendTimeMs: -1 }
  }

  #store(records: Buffer, header: BatchHeader, rules: AppendRules): Appended {
    const logAppendTimeMs = rules.logAppendTime ? Date.now() : -1
    const maxTimestamp = rules.logAppendTime ? logAppendTimeMs : header.maxTimestamp
    const { baseOffset, chunk, start } = this.log.append(
      records,
      header.recordsCount,
      this.leadership.epoch,
      maxTimestamp,
    )
    if (rules.logAppendTime) {
      chunk.buffer.writeInt16BE(header.attributes | logAppendTimeBit, start + batchAt.attributes)
      writeOffset(chunk.buffer, start + batchAt.maxTimestamp, maxTimestamp)
      chunk.buffer.writeUInt32BE(batchCrc(chunk.buffer, start, records.length), start + batchAt.crc)
    }
    this.#producers.appended(header, baseOffset, logAppendTimeMs)
    if (header.attributes & transactionalBit) this.log.transactions.written(header.producerId, baseOffset)
    if (rules.retentionBytes >= 0) this.log.retainBytes(rules.retentionBytes)
    this.log.notify(records.length)
    return { errorCode: 0, errorMessage: null, baseOffset, logAppendTimeMs }
  }
}
