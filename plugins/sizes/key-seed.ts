/** A number that goes with a key, to draw from: the same for a key as text, and as its bytes. */
import type { Key } from '../../core/plugin.ts'
import type { KeyBytes } from '../options/key-bytes.ts'
import { murmur2 } from '../protocol/murmur2.ts'

const M = 0x5bd1e995
const ASCII = 0x80
/** Small numbers are handed on without being made anew. */
const SMALL = 0x3fff_ffff

/** MurmurHash2; a number is its own. @param scratch for texts that are not plain ASCII */
export function keySeed(key: Key, scratch: KeyBytes): number {
  if (typeof key === 'number' && key >= 0) return key
  if (typeof key === 'string') {
    const hash = hashAscii(key)
    if (hash !== undefined) return hash & SMALL
  }
  scratch.read(key)
  return murmur2(scratch.bytes, scratch.start, scratch.length) & SMALL
}

/** `murmur2` of the bytes of a text, which are not written for it: that would take twice as long. undefined: not ASCII. */
function hashAscii(text: string): number | undefined {
  const { length } = text
  const whole = length & ~3
  let any = 0
  let h = 0x9747b28c ^ length
  for (let i = 0; i < whole; i += 4) {
    const a = text.charCodeAt(i)
    const b = text.charCodeAt(i + 1)
    const c = text.charCodeAt(i + 2)
    const d = text.charCodeAt(i + 3)
    any |= a | b | c | d
    let k = a | (b << 8) | (c << 16) | (d << 24)
    k = Math.imul(k, M)
    k ^= k >>> 24
    h = Math.imul(h, M) ^ Math.imul(k, M)
  }
  const rest = length & 3
  if (rest > 0) {
    for (let i = 0; i < rest; i++) {
      const code = text.charCodeAt(whole + i)
      any |= code
      h ^= code << (8 * i)
    }
    h = Math.imul(h, M)
  }
  h ^= h >>> 13
  h = Math.imul(h, M)
  return any < ASCII ? h ^ (h >>> 15) : undefined
}
