import { defineConfig } from 'kafka-loadtest'

export default defineConfig({
  warmup: 0,
  duration: '200ms',
  plugins: [
    {
      name: 'first',
      stream(stream, run) {
        let said = false
        stream.hooks.beforeSend.tap(() => {
          if (said) return
          said = true
          run.log.info(`first record at ${Date.now()}`)
        })
      },
    },
  ],
})
