import { definePlugin } from '../../core/plugin.ts'
import { createNoise } from './noise.ts'

/** Values of random bytes, each record's own: they do not compress, however large the batch. */
export const random = definePlugin({
  name: 'values.random',
  slot: 'values',
  stream(stream) {
    const noise = createNoise(stream.random('value'))
    stream.hooks.valueFor.tap((draft, target) => {
      noise(target, target.start, target.start + target.length, draft.index)
      return true
    })
  },
})
