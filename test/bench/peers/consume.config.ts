/**
 * Fills its topic, and reads it back when all is there: end-to-end latency needs the stamps of the same run. So the first
 * stage of the rate is the filling, the second is 0, and the consumer, a member of its group, does not poll until the last
 * record of the first has been answered.
 */
import { defineConfig } from 'kafka-loadtest'
import { told } from './told.ts'

/** Nothing was answered for so long: nothing is on its way. */
const QUIET_US = 1_000_000

export default defineConfig(({ env }) => {
  const filledAt = Number(env['PEERS_FILLED_AT_S']) * 1e6
  let answeredAt = 0
  return {
    timeout: '10m',
    consumers: { count: 1, from: 'earliest' },
    plugins: [
      {
        name: 'read-later',
        stream({ hooks }) {
          hooks.onAck.tap(({ ackedAt }) => {
            answeredAt = ackedAt
          })
          hooks.pollFor.tap(({ now }) => Math.max(0, filledAt - now, answeredAt + QUIET_US - now))
        },
      },
      told(),
    ],
  }
})
