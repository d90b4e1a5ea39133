import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { createNoise } from './noise.ts'

/** Bytes that zstd takes to say how the rest of a value repeats. */
const REPEAT_BYTES = 3

/** Values of any size that compress to a set share of it: random bytes in front, zeros behind. */
export const filler = definePlugin({
  name: 'values.filler',
  slot: 'values',
  schema: lazySchema(async () => (await import('./filler.schema.ts')).schema),
  stream(stream, { compressibility }) {
    const noise = createNoise(stream.random('value'))
    stream.hooks.valueFor.tap((draft, target) => {
      const { start, length } = target
      // what is not written is zero
      noise(target, start, start + randomBytes(length, compressibility), draft.index)
      return true
    })
  },
})

/** How many bytes of a value are random. */
function randomBytes(length: number, compressibility: number): number {
  if (compressibility === 1) return length
  return Math.max(0, Math.round(length * compressibility) - REPEAT_BYTES)
}
