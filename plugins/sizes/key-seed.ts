/** A number that goes with a key, to draw from: the same for a key as text, and as its bytes. */
import type { Key } from '../../core/plugin.ts'
import type { KeyBytes } from '../options/key-bytes.ts'

const [BASIS, PRIME] = [0x811c9dc5, 0x01000193]
const ASCII = 0x80

/** FNV-1a; a number is its own. @param scratch for texts that are not plain ASCII */
export function keySeed(key: Key, scratch: KeyBytes): number {
  if (typeof key === 'number' && key >= 0) return key
  let hash = BASIS
  if (typeof key === 'string') {
    let i = 0
    // not by way of the bytes: to write them takes as long as to hash them
    for (; i < key.length; i++) {
      const code = key.charCodeAt(i)
      if (code >= ASCII) break
      hash = Math.imul(hash ^ code, PRIME)
    }
    if (i === key.length) return hash & 0x3fff_ffff
  }
  scratch.read(key)
  const { bytes, start, length } = scratch
  hash = BASIS
  for (let i = start; i < start + length; i++) hash = Math.imul(hash ^ (bytes[i] as number), PRIME)
  return hash & 0x3fff_ffff
}
