import { defineConfig } from 'kafka-loadtest'
import { fakeDriver } from 'kafka-loadtest/testing'

export default defineConfig({
  rate: '300/s',
  warmup: 0,
  duration: '1s',
  producers: 5,
  consumers: 0,
  plugins: [
    fakeDriver(),
    {
      name: 'acme-told',
      stream(stream) {
        // 0 + 1 + 2 + 3 + 4, once each, whichever thread has them
        const producers = stream.metrics.counter('producers', { unit: 'records', help: 'sum of numbers' })
        stream.hooks.beforeSend.tap(draft => {
          if (draft.index < 5) producers.add(draft.producer)
        })
      },
    },
  ],
})
