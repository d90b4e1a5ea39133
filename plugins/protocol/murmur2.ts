/**
 * The hash of the Java client's partitioner (MurmurHash2, 32 bit, seed 0x9747b28c), as a signed integer.
 * @param length bytes of `key` to hash, from `start`.
 */
export function murmur2(key: Uint8Array, start = 0, length = key.length - start): number {
  const m = 0x5bd1e995
  const whole = start + (length & ~3)
  let h = 0x9747b28c ^ length
  for (let i = start; i < whole; i += 4) {
    let k = key[i]! | (key[i + 1]! << 8) | (key[i + 2]! << 16) | (key[i + 3]! << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    h = Math.imul(h, m) ^ Math.imul(k, m)
  }
  const rest = length & 3
  if (rest > 0) {
    if (rest === 3) h ^= key[whole + 2]! << 16
    if (rest >= 2) h ^= key[whole + 1]! << 8
    h = Math.imul(h ^ key[whole]!, m)
  }
  h ^= h >>> 13
  h = Math.imul(h, m)
  return h ^ (h >>> 15)
}

/** The partition the Java client gives a keyed record. */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}
