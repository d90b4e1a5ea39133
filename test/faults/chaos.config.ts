/** The load of test/faults/chaos.ts: keys are the records' numbers, and what became of each is written to a file. */
import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { defineConfig } from 'kafka-loadtest'

export default defineConfig(({ env }) => ({
  driver: 'wire',
  topic: { existing: true },
  warmup: 0,
  producers: 1,
  threads: 1,
  consumers: 0,
  size: '100B',
  producer: {
    acks: 'all',
    linger: '5ms',
    idempotent: env['CHAOS_IDEMPOTENT'] === '1',
  },
  plugins: [
    {
      name: 'outcomes',
      register(run) {
        if (isMainThread) return
        run.defer(() => writeFileSync(env['CHAOS_OUTCOMES'] ?? '', lines.join('')))
      },
      stream(stream) {
        stream.hooks.keyFor.tap((_, draft) => draft.index)
        stream.hooks.onAck.tap(acks => {
          const { count, index, state, error, partition } = acks
          // the time of day, to be laid beside that of what happened to brokers
          const rest = `${state} ${error} ${partition} ${Date.now()}\n`
          for (let i = 0; i < count; i++) lines.push(`${index[i]} ${rest}`)
        })
      },
    },
  ],
}))

const lines: string[] = []
