import { definePlugin } from '../../core/plugin.ts'

/** Values of zero bytes: they compress to almost nothing. */
export const zeros = definePlugin({
  name: 'values.zeros',
  slot: 'values',
  stream(stream) {
    // what is not written is zero
    stream.hooks.valueFor.tap(() => true)
  },
})
