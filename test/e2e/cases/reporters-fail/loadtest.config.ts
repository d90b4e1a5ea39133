import { defineConfig } from 'kafka-loadtest'
import { fakeDriver } from 'kafka-loadtest/testing'

export default defineConfig({
  rate: '200/s',
  warmup: 0,
  duration: '1s',
  consumers: 0,
  plugins: [
    fakeDriver(),
    {
      name: 'acme-panel',
      register: run => run.hooks.sample.tap(() => Promise.reject(new Error('no panel'))),
    },
    {
      name: 'acme-sheet',
      register: run =>
        run.hooks.report.tap(() => {
          throw new Error('503 from the sheet')
        }),
    },
    {
      name: 'acme-after',
      register(run) {
        run.hooks.report.tap(async result => {
          const output = await run.output('after.txt')
          await output.write(`${result.exitCode}`)
          await output.close()
        })
      },
    },
  ],
})
