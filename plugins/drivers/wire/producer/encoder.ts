/** One draft's record: lengths first, then key, value and headers straight into the batch. Makes nothing on the way. */
import {
  type Draft,
  type ProducerPort,
  STAMP_BYTES,
  STAMP_HEADER,
  type Target,
} from '../../../../core/plugin.ts'
import { murmur2 } from '../../../protocol/murmur2.ts'
import type { Batch } from './batch.ts'
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.ts'

/** Below it a loop copies faster than a call does. */
const COPY_BY_LOOP = 48
const ASCII = 0x80
/** The length of what is not there, -1, as a varint. */
const NULL = 1
/** Of a safe integer. */
const MOST_DIGITS = 16

/** The stamp's header up to the stamp itself. */
const STAMP_START = (() => {
  const name = Buffer.from(STAMP_HEADER)
  const bytes = Buffer.alloc(varintSize(name.length) + name.length + varintSize(STAMP_BYTES))
  const at = writeVarint(bytes, 0, name.length)
  name.copy(bytes, at)
  writeVarint(bytes, at + name.length, STAMP_BYTES)
  return bytes
})()

/** The draft last measured; one for each producer. It is the place of value and stamp too, as `ProducerPort` gets it. */
export class Encoder implements Target {
  /** Where string and number keys are written before their partition is known. */
  #scratch: Uint8Array = new Uint8Array(256)
  #key = this.#scratch
  #keyStart = 0
  #keyLength = -1
  #headers = 0
  /** Bytes of the record without its own length and the two deltas. */
  #fixed = 0
  #timestampDelta = 0
  /** Bytes of the record after its own length. */
  #body = 0
  /** CreateTime of the record, ms since the epoch: a number of that size that is handed to a function is made anew. */
  time = Number.NaN
  /** Bytes of the record where it was placed. */
  size = 0
  bytes: Buffer = Buffer.alloc(0)
  view: DataView = new DataView(this.bytes.buffer)
  start = 0
  length = 0

  /** To be called before all others. Answers about what the record takes. */
  measure(draft: Draft): number {
    const { key, headers } = draft
    // a draft's numbers may be fractions to the machine, and all that is counted from one: whole numbers take half the time
    const size = draft.size | 0
    this.length = size
    this.#keyStart = 0
    if (key === null) this.#keyLength = -1
    else if (typeof key === 'string') this.#writeText(key)
    else if (typeof key === 'number') this.#writeNumber(key)
    else {
      this.#key = key
      this.#keyLength = key.length
    }
    let fixed = 1 + varintSize(this.#keyLength) + varintSize(size)
    if (this.#keyLength > 0) fixed += this.#keyLength
    if (size > 0) fixed += size
    let { count } = headers
    if (count > 0) fixed += headersSize(draft)
    if (draft.stampHeader) {
      fixed += STAMP_START.length + STAMP_BYTES
      count++
    }
    this.#headers = count
    this.#fixed = fixed + varintSize(count)
    return this.#fixed
  }

  get keyed(): boolean {
    return this.#keyLength >= 0
  }
  /** The Java client's hash of the key, without its sign. */
  keyHash(): number {
    return murmur2(this.#key, this.#keyStart, this.#keyLength) & 0x7fffffff
  }

  /** The record is to be the next one of a batch; answers the bytes it takes there. */
  place(batch: Batch): number {
    const delta = this.time - batch.baseTimestamp
    this.#timestampDelta = delta
    const body = this.#fixed + varlongSize(delta) + varintSize(batch.count)
    this.#body = body
    this.size = varintSize(body) + body
    return this.size
  }

  /**
   * Writes the record, which was placed in the batch, where the batch ends, and answers where it ends then: `Batch.add` makes
   * it part of the batch. Throws what `fill` throws.
   */
  write(batch: Batch, draft: Draft, port: ProducerPort, sequence: number): number {
    const { length: size } = this
    const bytes = batch.memory
    if (this.bytes !== bytes) {
      this.bytes = bytes
      this.view = batch.view
    }
    let at = writeVarint(bytes, batch.position, this.#body)
    bytes[at++] = 0
    at = writeVarlong(bytes, at, this.#timestampDelta)
    at = writeVarint(bytes, at, batch.count)
    if (this.#keyLength < 0) bytes[at++] = NULL
    else at = this.#writeKey(bytes, writeVarint(bytes, at, this.#keyLength))
    at = writeVarint(bytes, at, size)
    if (size >= 0) {
      this.start = at
      port.fill(draft, this, sequence)
      at += size
    }
    if (this.#headers > 0) return this.#writeHeaders(bytes, at, draft, port, sequence)
    bytes[at] = 0
    return at + 1
  }

  /** Apart, so that the rest of a record's way stays short enough to be compiled as one. */
  #writeHeaders(bytes: Buffer, start: number, draft: Draft, port: ProducerPort, sequence: number): number {
    let at = writeVarint(bytes, start, this.#headers)
    at = writeHeaders(bytes, at, draft)
    if (!draft.stampHeader) return at
    bytes.set(STAMP_START, at)
    at += STAMP_START.length
    this.start = at
    this.length = STAMP_BYTES
    port.stamp(draft, this, sequence)
    return at + STAMP_BYTES
  }

  #writeKey(bytes: Buffer, at: number): number {
    const key = this.#key
    const start = this.#keyStart
    const length = this.#keyLength
    if (length <= COPY_BY_LOOP) for (let i = 0; i < length; i++) bytes[at + i] = key[start + i] as number
    else bytes.set(key.subarray(start, start + length), at)
    return at + length
  }

  #scratchFor(length: number): Uint8Array {
    if (this.#scratch.length < length) this.#scratch = new Uint8Array(2 * length)
    this.#key = this.#scratch
    return this.#scratch
  }

  #writeText(key: string): void {
    const { length } = key
    const bytes = this.#scratchFor(3 * length)
    if (length <= COPY_BY_LOOP) {
      let i = 0
      for (; i < length; i++) {
        const code = key.charCodeAt(i)
        if (code >= ASCII) break
        bytes[i] = code
      }
      if (i === length) {
        this.#keyLength = length
        return
      }
    }
    this.#keyLength = Buffer.from(bytes.buffer).write(key, 0)
  }

  /** What is not a natural number is written as JavaScript writes it. */
  #writeNumber(key: number): void {
    if (!Number.isSafeInteger(key) || key < 0) {
      this.#writeText(String(key))
      return
    }
    // backwards from the scratch's end; what fits 31 bits is divided without fractions, in a third of the time
    const bytes = this.#scratchFor(MOST_DIGITS)
    let at = bytes.length
    let rest = key
    for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 10)) bytes[--at] = 48 + (rest % 10)
    let small = rest | 0
    do {
      const next = (small / 10) | 0
      bytes[--at] = 48 + (small - 10 * next)
      small = next
    } while (small > 0)
    this.#keyStart = at
    this.#keyLength = bytes.length - at
  }
}

function headersSize({ headers }: Draft): number {
  let size = 0
  for (let i = 0; i < headers.count; i++) {
    const name = Buffer.byteLength(headers.name(i))
    const value = headers.value(i)
    const length = value === null ? 0 : Buffer.byteLength(value)
    size += varintSize(name) + name + varintSize(length) + length
  }
  return size
}

function writeHeaders(bytes: Buffer, start: number, { headers }: Draft): number {
  let at = start
  for (let i = 0; i < headers.count; i++) {
    at = writeText(bytes, at, headers.name(i))
    const value = headers.value(i)
    if (typeof value === 'string') at = writeText(bytes, at, value)
    else if (value === null) bytes[at++] = NULL
    else {
      at = writeVarint(bytes, at, value.length)
      bytes.set(value, at)
      at += value.length
    }
  }
  return at
}

function writeText(bytes: Buffer, start: number, text: string): number {
  const at = writeVarint(bytes, start, Buffer.byteLength(text))
  return at + bytes.write(text, at)
}
