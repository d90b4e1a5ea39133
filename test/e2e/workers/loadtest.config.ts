/** A plugin that does to its worker what the variable WORKER says: blocks it, in `setup` or while traffic runs, or ends it. */
import { isMainThread } from 'node:worker_threads'
import { defineConfig } from 'kafka-loadtest'
import { fakeDriver } from 'kafka-loadtest/testing'

const FOR_EVER_MS = 60_000
function block(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FOR_EVER_MS)
}

export default defineConfig(({ env }) => ({
  rate: '200/s',
  warmup: 0,
  duration: '3s',
  timeout: '1s',
  threads: 1,
  plugins: [
    {
      name: 'broken',
      register(run) {
        if (isMainThread) return
        const fate = env['WORKER']
        run.hooks.setup.tap(() => {
          if (fate === 'setup') block()
        })
        run.at(500_000, () => {
          if (fate === 'traffic') block()
          if (fate === 'exit') process.exit(3)
        })
      },
    },
    fakeDriver(),
  ],
}))
