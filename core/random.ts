import type { Random } from './api.ts'

/** MurmurHash3's 32-bit finalizer (Austin Appleby, public domain): every input bit changes half of the output's. */
export function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
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
  const k0 = hashText(key)
  const k1 = hashText(key, 0x1b873593)
  // whole numbers of 32 bits throughout: half the time, and the same draws
  let a = k0 | 0
  let b = k1 | 0
  let n = 0
  const next = (): number => {
    n = (n + 0x9e3779b9) | 0
    return mix(a ^ mix((b + n) | 0))
  }
  const float = () => (next() * 0x200000 + (next() >>> 11)) / 0x20000000000000
  return {
    seek(index) {
      const high = Math.floor(index / 0x100000000)
      a = mix((index >>> 0) ^ k0) ^ Math.imul(high, 0x9e3779b9)
      b = (mix((index >>> 0) + k1) + Math.imul(high, 0x85ebca6b)) | 0
      n = 0
    },
    float,
    int: bound =>
      bound <= 0x100000000 ? Math.floor((next() / 0x100000000) * bound) : Math.floor(float() * bound),
  }
}
