import type { Random } from './api.ts'

/** MurmurHash3's 32-bit finalizer (Austin Appleby, public domain): every input bit changes half of the output's. */
export function mix(h: number): number {
  return scramble(h) >>> 0
}
/** The same as a signed number, which is never made anew when it is handed on. */
function scramble(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** FNV-1a, 32 bits. */
export function hashText(text: string, basis = 0x811c9dc5): number {
  let h = basis
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return mix(h)
}

/**
 * Counter-based: the n-th draw after seek(k) is a hash of (seed, stream, purpose, k, n), so the draws of a record do
 * not depend on which thread makes it, or when.
 */
export function createRandom(seed: number, stream: string, purpose: string): Random {
  const key = `${seed}\n${stream}\n${purpose}`
  const k0 = hashText(key) | 0
  const k1 = hashText(key, 0x1b873593) | 0
  // whole numbers of 32 bits, signed, throughout: half the time, and the same draws
  let a = k0
  let b = k1
  let n = 0
  const next = (): number => {
    n = (n + 0x9e3779b9) | 0
    return scramble(a ^ scramble(b + n))
  }
  const float = () => ((next() >>> 0) * 0x200000 + (next() >>> 11)) / 0x20000000000000
  return {
    seek(index) {
      // a fraction: what multiplies it takes the whole part
      const high = index > 0xffffffff ? index / 0x100000000 : 0
      a = scramble((index | 0) ^ k0) ^ Math.imul(high, 0x9e3779b9)
      b = (scramble((index | 0) + k1) + Math.imul(high, 0x85ebca6b)) | 0
      n = 0
    },
    float,
    int(bound) {
      if (bound > 0x100000000) return Math.floor(float() * bound)
      const draw = (next() >>> 0) * (bound / 0x100000000)
      return bound <= 0x80000000 ? draw | 0 : Math.floor(draw)
    },
  }
}
