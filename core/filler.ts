/** The engine's own value: bytes that do not compress, the same in every run of a seed. */
import { mix } from './random.ts'
import type { Target } from './record.ts'

const LENGTH = 1 << 16
/** Bytes up to which eight at a time are quicker than a call that copies all: that takes 65 ns, however few they are. */
const BY_EIGHT = 256

/** Fills a place, but for its first `from` bytes. */
export function createFiller(seed: number): (target: Target, from: number, index: number) => void {
  // the bytes after LENGTH are there so that what is copied by eight never meets the end
  const words = new Uint32Array((LENGTH + BY_EIGHT) / 4)
  for (let i = 0; i < words.length; i++) words[i] = mix(mix(i + 1) ^ seed)
  const bytes = Buffer.from(words.buffer)
  const source = new DataView(words.buffer)
  return ({ bytes: target, view, start, length }, from, index) => {
    // another place for each record, so that a batch of them does not compress either
    let at = Math.imul(index, 1021) & (LENGTH - 1)
    let to = start + from
    const end = start + length
    if (end - to <= BY_EIGHT) {
      for (; to + 8 <= end; to += 8, at += 8) view.setBigUint64(to, source.getBigUint64(at, true), true)
      for (; to < end; to++, at++) target[to] = bytes[at] as number
      return
    }
    for (; to < end; at = 0) {
      const n = Math.min(end - to, LENGTH - at)
      bytes.copy(target, to, at, at + n)
      to += n
    }
  }
}
