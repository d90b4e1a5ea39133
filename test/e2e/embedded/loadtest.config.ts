/** Twenty seconds' load at the embedded broker, told second by second. */
import { defineConfig } from 'kafka-loadtest'

export default defineConfig({
  rate: '50/s',
  warmup: 0,
  duration: '20s',
  timeout: '2s',
  producer: { deliveryTimeout: '2s' },
  allowTainted: true,
  plugins: [
    {
      name: 'acme-told',
      register(run) {
        run.hooks.sample.tap(({ second }) => run.log.info(`second ${second}`))
      },
    },
  ],
})
