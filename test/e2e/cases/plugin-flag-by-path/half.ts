import { definePlugin } from 'kafka-loadtest'

export const half = definePlugin({
  name: 'half',
  stream(stream) {
    stream.hooks.beforeSend.tap(draft => (draft.index % 2 === 0 ? undefined : false))
  },
})
