/**
 * The most frequent keys of the sample: a counter for each key, as long as they are at most 768; when there are more, all counters
 * go down by the same number and those at 0 are free again (Misra & Gries 1982, several at once as Anderson et al. 2017).
 */
import type { KeyBytes } from '../options/key-bytes.ts'

const CAPACITY = 768
const SLOTS = 2048
/** Bytes that are kept of a key. */
const KEPT = 64
/** Counters that are looked at to find by how much all of them go down: their median. */
const LOOKED_AT = 63
const NONE = -1

/** Cloneable. */
export interface FrequentPart {
  /** By how much all counters went down: a count is too small by no more, and by nothing for a key that was always there. */
  readonly taken: number
  readonly hashes: Uint32Array
  readonly counts: Float64Array
  /** Bytes of the keys, `KEPT` for each. */
  readonly bytes: Uint8Array
  readonly lengths: Uint32Array
}

export class FrequentKeys {
  readonly #capacity: number
  #size = 0
  #taken = 0
  /** Place of a key in the columns. */
  readonly #slots = new Int16Array(SLOTS).fill(NONE)
  readonly #hashes = new Uint32Array(CAPACITY)
  readonly #counts = new Float64Array(CAPACITY)
  readonly #bytes = new Uint8Array(CAPACITY * KEPT)
  readonly #lengths = new Uint32Array(CAPACITY)

  /** @param capacity of keys, at most 768. */
  constructor(capacity = CAPACITY) {
    this.#capacity = capacity
  }

  add(hash: number, key: KeyBytes): void {
    const slot = this.#slotOf(hash)
    const place = this.#slots[slot] as number
    if (place !== NONE) this.#counts[place] = (this.#counts[place] as number) + 1
    else if (this.#size < this.#capacity) this.#insert(slot, hash, key)
    else {
      this.#purge()
      this.#insert(this.#slotOf(hash), hash, key)
    }
  }

  part(): FrequentPart {
    const size = this.#size
    return {
      taken: this.#taken,
      hashes: this.#hashes.slice(0, size),
      counts: this.#counts.slice(0, size),
      bytes: this.#bytes.slice(0, size * KEPT),
      lengths: this.#lengths.slice(0, size),
    }
  }

  #insert(slot: number, hash: number, { bytes, start, length }: KeyBytes): void {
    const place = this.#size++
    this.#slots[slot] = place
    this.#hashes[place] = hash
    this.#counts[place] = 1
    this.#lengths[place] = length
    const kept = Math.min(length, KEPT)
    for (let i = 0; i < kept; i++) this.#bytes[place * KEPT + i] = bytes[start + i] as number
  }
  #slotOf(hash: number): number {
    let slot = hash & (SLOTS - 1)
    for (;;) {
      const place = this.#slots[slot] as number
      if (place === NONE || this.#hashes[place] === hash) return slot
      slot = (slot + 1) & (SLOTS - 1)
    }
  }

  /** At least half of the counters that were looked at are free afterwards. */
  #purge(): void {
    const some = new Float64Array(Math.min(LOOKED_AT, this.#size))
    for (let i = 0; i < some.length; i++)
      some[i] = this.#counts[Math.floor((i * this.#size) / some.length)] as number
    const less = some.sort()[some.length >> 1] as number
    this.#taken += less
    let kept = 0
    for (let place = 0; place < this.#size; place++) {
      const count = (this.#counts[place] as number) - less
      if (count <= 0) continue
      this.#hashes[kept] = this.#hashes[place] as number
      this.#counts[kept] = count
      this.#lengths[kept] = this.#lengths[place] as number
      this.#bytes.copyWithin(kept * KEPT, place * KEPT, (place + 1) * KEPT)
      kept++
    }
    this.#size = kept
    this.#slots.fill(NONE)
    for (let place = 0; place < kept; place++)
      this.#slots[this.#slotOf(this.#hashes[place] as number)] = place
  }
}

/** Counts add up, and so does what they may be too small by. */
export function mergeFrequent(x: FrequentPart, y: FrequentPart): FrequentPart {
  const places = new Map<number, number>()
  const counts: number[] = []
  const from: [FrequentPart, number][] = []
  for (const part of [x, y])
    for (const [i, hash] of part.hashes.entries()) {
      const place = places.get(hash)
      if (place !== undefined) counts[place] = (counts[place] as number) + (part.counts[i] as number)
      else {
        places.set(hash, from.length)
        counts.push(part.counts[i] as number)
        from.push([part, i])
      }
    }
  const bytes = new Uint8Array(from.length * KEPT)
  for (const [place, [part, i]] of from.entries())
    bytes.set(part.bytes.subarray(i * KEPT, (i + 1) * KEPT), place * KEPT)
  return {
    taken: x.taken + y.taken,
    hashes: Uint32Array.from(from, ([part, i]) => part.hashes[i] as number),
    counts: Float64Array.from(counts),
    bytes,
    lengths: Uint32Array.from(from, ([part, i]) => part.lengths[i] as number),
  }
}

interface FrequentKey {
  readonly key: string
  /** Records in the sample, at most `taken` too many. */
  readonly records: number
}

/** The most frequent ones: those of which at least half of the records told are certain. What came once tells nothing. */
export function mostFrequent(part: FrequentPart, most: number): FrequentKey[] {
  const { taken, counts, bytes, lengths } = part
  return (
    [...counts.keys()]
      .filter(i => (counts[i] as number) > Math.max(1, taken))
      .map(i => ({
        key: textOf(bytes.subarray(i * KEPT, (i + 1) * KEPT), lengths[i] as number),
        records: (counts[i] as number) + taken,
      }))
      // of equal ones always the same, whichever thread has seen them first
      .sort((x, y) => y.records - x.records || (x.key < y.key ? -1 : 1))
      .slice(0, most)
  )
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A key as text, or its bytes as 0x…; what is longer than is kept ends in '…'. */
function textOf(kept: Uint8Array, length: number): string {
  const bytes = kept.subarray(0, length)
  const more = length > KEPT ? '…' : ''
  // a character that was cut in two is no sign of other bytes than text
  for (const cut of more === '' ? [0] : [0, 1, 2, 3]) {
    try {
      return utf8.decode(bytes.subarray(0, bytes.length - cut)) + more
    } catch {}
  }
  return `0x${Buffer.from(bytes).toString('hex')}${more}`
}
