import { definePlugin } from 'kafka-loadtest/plugin'

export const tag = definePlugin({
  name: 'acme-tag',
  stream(stream) {
    stream.hooks.beforeSend.tap(draft => {
      draft.setHeader('team', 'payments')
    })
  },
})
