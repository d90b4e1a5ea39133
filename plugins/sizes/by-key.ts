import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { KeyBytes } from '../options/key-bytes.ts'
import { KeyClasses } from './key-classes.ts'
import { keyHash, nextHash, numberHash } from './key-seed.ts'
import { weightedChoice } from './weighted.ts'

/** What `KeyClasses` answers for a key without a class. */
const NONE = -1

/** Value sizes that go with the key: the same key has the same size, in every run with the same seed. */
export const byKey = definePlugin({
  name: 'sizes.byKey',
  slot: 'sizes',
  schema: lazySchema(async () => (await import('./by-key.schema.ts')).schema),
  stream(stream, { classes = [], sizes = [], default: other }) {
    const random = stream.random('size of a key')
    random.seek(0)
    const salt = random.int(0x1_0000_0000) | 0
    const scratch = new KeyBytes()
    const found = new KeyClasses(classes.map(c => c.pattern))
    const choose = sizes.length > 0 ? weightedChoice(sizes) : undefined
    /** The classes, then the sizes by weight. */
    const low = Int32Array.from([...classes, ...sizes], range => range.low)
    const span = Int32Array.from([...classes, ...sizes], range => range.high - range.low + 1)
    const draws = choose !== undefined || span.some(width => width > 1)
    const sizeOf = (place: number, hash: number): number | undefined => {
      if (place === NONE && choose === undefined) return other
      const i = place !== NONE || choose === undefined ? place : classes.length + choose(hash >>> 2)
      const width = span[i] as number
      return width === 1 ? low[i] : (low[i] as number) + within(nextHash(hash), width)
    }
    const ofBytes = (bytes: Uint8Array, start: number, end: number): number | undefined => {
      // before the walk, which the machine cannot foresee: after it, it would have to wait for both
      const hash = draws ? keyHash(bytes, start, end, salt) : 0
      return sizeOf(found.find(bytes, start, end), hash)
    }
    // without an answer the size is that of the stream
    stream.hooks.sizeFor.tap((_bytes, { key }) => {
      if (key === null) return other
      if (typeof key === 'object') return ofBytes(key, 0, key.length)
      if (typeof key === 'number' && key >= 0)
        return sizeOf(found.findNumber(key, scratch), numberHash(key, salt))
      scratch.read(key)
      return ofBytes(scratch.bytes, scratch.start, scratch.start + scratch.length)
    })
  },
})

/** A number from 0 to below the width. */
function within(hash: number, width: number): number {
  return ((hash >>> 0) * (width / 0x1_0000_0000)) | 0
}
