import { definePlugin } from 'kafka-loadtest/plugin'

/** Records come at random places between their even ones, the same for a seed whatever the threads. */
export const jitter = definePlugin({
  name: 'jitter',
  slot: 'arrivals',
  stream(stream) {
    const random = stream.random('arrival')
    stream.hooks.arrivals.tap(() => ({
      at(n) {
        random.seek(n)
        return n + random.float()
      },
    }))
  },
})
