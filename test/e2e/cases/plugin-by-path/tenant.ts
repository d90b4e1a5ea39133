import { definePlugin } from 'kafka-loadtest/plugin'
import { every } from './every.ts'

export default definePlugin({
  name: 'acme-tenant',
  schema: every,
  stream(stream, options) {
    const rare = stream.metrics.counter('rare', { unit: 'records', help: 'records of the rare tenant' })
    stream.hooks.beforeSend.tap(draft => {
      if (draft.index % options.every === 0) rare.add()
    })
  },
})
