/** A minute's load that no test waits for: it is stopped. The last record before the stop is answered two seconds late. */
import { defineConfig } from 'kafka-loadtest'
import { fakeDriver } from 'kafka-loadtest/testing'

export default defineConfig({
  rate: '200/s',
  warmup: 0,
  duration: '1m',
  consumers: 0,
  plugins: [
    fakeDriver({ delayUs: 2_000_000 }),
    {
      name: 'acme-told',
      register(run) {
        // once a second is seen there are figures to report
        run.hooks.sample.tap(({ second }) => run.log.info(`second ${second}`))
      },
    },
  ],
})
