import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { cycled } from '../options/cycled.ts'
import { Permutation } from './permutation.ts'

/**
 * Keys that look random and never come twice: the record's number, shuffled over 0 … cardinality − 1. After as many records
 * every key was there once.
 */
export const hash = definePlugin({
  name: 'keys.hash',
  slot: 'keys',
  schema: lazySchema(async () => (await import('./hash.schema.ts')).schema),
  stream(stream, { cardinality, format }) {
    const permutation = new Permutation(cardinality, stream.random('key'))
    const number = (index: number) => permutation.at(cycled(index, cardinality))
    if (format === 'digits') stream.hooks.keyFor.tap((_key, draft) => number(draft.index))
    else {
      const bytes = new Uint8Array((cardinality - 1).toString(16).length)
      stream.hooks.keyFor.tap((_key, draft) => {
        writeHex(bytes, number(draft.index))
        return bytes
      })
    }
  },
})

const HEX = Uint8Array.from('0123456789abcdef', digit => digit.charCodeAt(0))

/** All of `bytes`, with leading zeros: the digits beyond 32 bits, then the others. */
function writeHex(bytes: Uint8Array, value: number): void {
  const beyond = Math.max(0, bytes.length - 8)
  const high = Math.floor(value / 0x100000000)
  const low = value | 0
  for (let i = 0; i < beyond; i++) bytes[i] = HEX[(high >>> (4 * (beyond - 1 - i))) & 15] as number
  const last = bytes.length - 1
  for (let i = beyond; i <= last; i++) bytes[i] = HEX[(low >>> (4 * (last - i))) & 15] as number
}
