/** A draft's bytes: key, value and headers, one after the other in slabs that many records share. */
import {
  type Draft,
  type ProducerPort,
  STAMP_BYTES,
  STAMP_HEADER,
  type Target,
} from '../../../core/plugin.ts'
import { murmur2 } from '../../protocol/murmur2.ts'

/** Large enough that a slab is rare, small enough that a record which is still held keeps little else. */
const SLAB = 256 * 1024
/** As kafkajs takes them: those of one name together, where the first of them is. */
export type OutgoingHeaders = Record<string, Buffer | Buffer[]>
const NO_HEADERS: OutgoingHeaders = Object.freeze({})

/** The record last measured and written. One for each producer: what a record needs is not passed around, but here. */
export class RecordWriter implements Target {
  #slab = Buffer.alloc(0)
  #at = 0
  #keyLength = -1
  #keyStart = 0
  /** The place of value and stamp, as `ProducerPort` is given it. */
  bytes = this.#slab
  view: DataView = new DataView(this.#slab.buffer)
  start = 0
  length = 0
  /** Key, value and header bytes of the record. */
  size = 0

  /** Computes `size`, so that a record can be refused before anything is written. */
  measure(draft: Draft): number {
    const { key, headers } = draft
    this.#keyLength =
      key === null
        ? -1
        : typeof key === 'string'
          ? Buffer.byteLength(key)
          : typeof key === 'number'
            ? digits(key)
            : key.length
    let size = Math.max(0, this.#keyLength) + Math.max(0, draft.size)
    for (let i = 0; i < headers.count; i++)
      size += Buffer.byteLength(headers.name(i)) + Buffer.byteLength(headers.value(i) ?? '')
    if (draft.stampHeader) size += STAMP_HEADER.length + STAMP_BYTES
    this.size = size
    return size
  }

  /** Writes the key; to be called after `measure`, before all others. */
  writeKey({ key }: Draft): void {
    if (this.#at + this.size > this.#slab.length) {
      // never used again by us: kafkajs may hold a view of it as long as it likes
      this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB, this.size))
      this.bytes = this.#slab
      this.view = new DataView(this.#slab.buffer)
      this.#at = 0
    }
    this.#keyStart = this.#at
    if (key === null) return
    if (typeof key === 'string') this.#slab.write(key, this.#at)
    else if (typeof key === 'number') writeDigits(this.#slab, this.#at, key, this.#keyLength)
    else this.#slab.set(key, this.#at)
    this.#at += this.#keyLength
  }

  get keyed(): boolean {
    return this.#keyLength >= 0
  }
  /** The Java client's hash of the key. */
  keyHash(): number {
    return murmur2(this.#slab, this.#keyStart, this.#keyLength) & 0x7fffffff
  }
  key(): Buffer | null {
    return this.#keyLength < 0 ? null : this.#slab.subarray(this.#keyStart, this.#keyStart + this.#keyLength)
  }

  value(draft: Draft, port: ProducerPort, sequence: number): Buffer | null {
    if (draft.size < 0) return null
    this.start = this.#at
    this.length = draft.size
    this.#at += draft.size
    port.fill(draft, this, sequence)
    return this.#slab.subarray(this.start, this.#at)
  }

  headers(draft: Draft, port: ProducerPort, sequence: number): OutgoingHeaders {
    const { headers } = draft
    if (headers.count === 0 && !draft.stampHeader) return NO_HEADERS
    // no prototype: a header may be called anything
    const all: OutgoingHeaders = Object.create(null)
    for (let i = 0; i < headers.count; i++) {
      // kafkajs throws at null
      const value = headers.value(i) ?? ''
      const start = this.#at
      if (typeof value === 'string') this.#at += this.#slab.write(value, start)
      else {
        this.#slab.set(value, start)
        this.#at += value.length
      }
      const name = headers.name(i)
      const written = this.#slab.subarray(start, this.#at)
      const others = all[name]
      all[name] = others === undefined ? written : [others, written].flat()
    }
    if (draft.stampHeader) {
      this.start = this.#at
      this.length = STAMP_BYTES
      port.stamp(draft, this, sequence)
      all[STAMP_HEADER] = this.#slab.subarray(this.#at, this.#at + STAMP_BYTES)
      this.#at += STAMP_BYTES
    }
    return all
  }
}

/** Length of a number key; what is not a natural number is written as JavaScript writes it. */
function digits(n: number): number {
  if (!Number.isSafeInteger(n) || n < 0) return String(n).length
  let length = 1
  for (let rest = n; rest >= 10; rest = Math.floor(rest / 10)) length++
  return length
}

function writeDigits(bytes: Buffer, at: number, n: number, length: number): void {
  if (!Number.isSafeInteger(n) || n < 0) {
    bytes.write(String(n), at, length, 'latin1')
    return
  }
  let rest = n
  for (let i = at + length - 1; i >= at; i--) {
    const next = Math.floor(rest / 10)
    bytes[i] = 48 + (rest - 10 * next)
    rest = next
  }
}
