import { definePlugin } from '../../core/plugin.ts'

/** Keys 0, 1, 2 … by the record's number in its stream, as decimal digits. */
export const sequential = definePlugin({
  name: 'keys.sequential',
  slot: 'keys',
  stream(stream) {
    stream.hooks.keyFor.tap((_key, draft) => draft.index)
  },
})
