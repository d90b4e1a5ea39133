import {
  type BatchHeader,
  batchAt,
  batchCrc,
  compressionMask,
  controlBit,
  logAppendTimeBit,
  readBatchHeader,
  transactionalBit,
  writeOffset,
} from '../../protocol/batch.ts'
import { errorCodes } from '../../protocol/errors.ts'
import { MalformedError } from '../../protocol/failure.ts'
import type { Leadership } from '../leadership.ts'
import type { LogMemory } from './memory.ts'
import { PartitionLog } from './partition-log.ts'
import { type ProducerCount, ProducerStates } from './producer-state.ts'

/** What a topic's configuration says about a batch on its way in. */
export interface AppendRules {
  readonly maxMessageBytes: number
  readonly logAppendTime: boolean
  /** Replicas that must be there for acks=all. */
  readonly minInsyncReplicas: number
  /** How far ahead of now a timestamp may be, in ms; not judged with `logAppendTime`. */
  readonly timestampAfterMaxMs: number
}

export interface Appended {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly baseOffset: number
  readonly logAppendTimeMs: number
}

const ZSTD = 4
const NO_TIMESTAMP = -1

function refused(errorCode: number, errorMessage: string | null = null): Appended {
  return { errorCode, errorMessage, baseOffset: -1, logAppendTimeMs: -1 }
}

/** One partition: its log, and the checks that stand before it. */
export class Partition {
  readonly index: number
  readonly log: PartitionLog
  readonly leadership: Leadership
  readonly #producers: ProducerStates

  constructor(index: number, leadership: Leadership, memory: LogMemory, producers: ProducerCount) {
    this.index = index
    this.leadership = leadership
    this.log = new PartitionLog(memory)
    this.#producers = new ProducerStates(producers)
  }

  /** The topic is gone: whoever waits for records hears of it. */
  delete(): void {
    this.log.delete()
    this.#producers.clear()
  }

  /** Checks and appends the records of a Produce request: exactly one batch. */
  append(records: Buffer, rules: AppendRules, produceVersion: number): Appended {
    let header: BatchHeader
    try {
      header = readBatchHeader(records)
    } catch (error) {
      if (error instanceof MalformedError) return refused(errorCodes.CORRUPT_MESSAGE, error.message)
      throw error
    }
    if (header.magic !== 2) return refused(errorCodes.CORRUPT_MESSAGE, `magic ${header.magic} is not 2`)
    if (header.sizeInBytes !== records.length) {
      return refused(errorCodes.INVALID_RECORD, 'a Produce request has exactly one batch per partition')
    }
    if (batchCrc(records, 0, records.length) !== header.crc) {
      return refused(errorCodes.CORRUPT_MESSAGE, 'the checksum is wrong')
    }
    const fault = faultOf(header, rules, produceVersion)
    if (fault !== undefined) return fault
    if (records.length > rules.maxMessageBytes) return refused(errorCodes.MESSAGE_TOO_LARGE)
    const verdict = this.#producers.check(header)
    if (verdict.kind === 'error') return refused(verdict.code)
    if (verdict.kind === 'duplicate') {
      const { baseOffset, timestamp } = verdict
      return { errorCode: 0, errorMessage: null, baseOffset, logAppendTimeMs: timestamp }
    }
    return this.#store(records, header, rules)
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
    this.log.notify(records.length)
    return { errorCode: 0, errorMessage: null, baseOffset, logAppendTimeMs }
  }
}

function faultOf(header: BatchHeader, rules: AppendRules, produceVersion: number): Appended | undefined {
  if (header.recordsCount < 1 || header.lastOffsetDelta !== header.recordsCount - 1) {
    const message = `${header.recordsCount} records, last offset delta ${header.lastOffsetDelta}`
    return refused(errorCodes.INVALID_RECORD, message)
  }
  if (header.attributes & controlBit)
    return refused(errorCodes.INVALID_RECORD, 'a client writes no control batches')
  if (header.attributes & transactionalBit) return refused(errorCodes.INVALID_TXN_STATE)
  if (header.producerId >= 0n && (header.baseSequence < 0 || header.producerEpoch < 0)) {
    return refused(errorCodes.INVALID_RECORD, 'a producer id needs an epoch and a sequence')
  }
  const { maxTimestamp } = header
  const latest = Math.min(Date.now() + rules.timestampAfterMaxMs, Number.MAX_SAFE_INTEGER)
  if (!rules.logAppendTime && (maxTimestamp < NO_TIMESTAMP || maxTimestamp > latest)) {
    return refused(errorCodes.INVALID_TIMESTAMP, `the largest timestamp is ${maxTimestamp}`)
  }
  const codec = header.attributes & compressionMask
  if (codec > ZSTD || (codec === ZSTD && produceVersion < 7)) {
    return refused(errorCodes.UNSUPPORTED_COMPRESSION_TYPE)
  }
  return undefined
}
