/** The engine's own value: bytes that do not compress, the same in every run of a seed. */
import { mix } from './random.ts'

const LENGTH = 1 << 16

export function createFiller(
  seed: number,
): (target: Buffer, start: number, length: number, index: number) => void {
  const words = new Uint32Array(LENGTH / 4)
  for (let i = 0; i < words.length; i++) words[i] = mix(mix(i + 1) ^ seed)
  const bytes = Buffer.from(words.buffer)
  return (target, start, length, index) => {
    // another place for each record, so that a batch of them does not compress either
    let from = (index * 1021) % LENGTH
    for (let done = 0; done < length; ) {
      const n = Math.min(length - done, LENGTH - from)
      bytes.copy(target, start + done, from, from + n)
      done += n
      from = 0
    }
  }
}
