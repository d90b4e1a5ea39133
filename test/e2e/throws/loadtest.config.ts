/** A plugin that throws in the hook which the variable THROWS names, in every thread that fires it. */
import { defineConfig } from 'kafka-loadtest'
import { fakeDriver } from 'kafka-loadtest/testing'

export default defineConfig(({ env }) => {
  const boom = (hook: string) => {
    if (env['THROWS'] === hook) throw new Error('boom')
  }
  return {
    rate: '200/s',
    warmup: 0,
    duration: '1s',
    timeout: '5s',
    plugins: [
      {
        name: 'broken',
        register(run) {
          boom('register')
          for (const hook of ['prepare', 'driver', 'setup', 'drain', 'sample', 'result', 'report'] as const)
            run.hooks[hook].tap(() => boom(hook), { order: 'first' })
          run.hooks.start.tap(() => boom('start'))
          run.at(100_000, () => boom('at'))
          run.defer(() => boom('defer'))
        },
        stream(stream, run) {
          boom('stream')
          const { hooks } = stream
          const perRecord = ['keyFor', 'partitionFor', 'sizeFor', 'beforeSend', 'valueFor'] as const
          for (const hook of [
            ...perRecord,
            'schedule',
            'arrivals',
            'onAck',
            'onRecord',
            'pollFor',
            'onEvent',
          ] as const)
            hooks[hook].tap(() => boom(hook))
          run.at(200_000, () => stream.emit({ kind: 'note', at: run.now(), title: 'a fifth of a second' }))
        },
      },
      // only a broker's records are read back from another thread
      ...(env['THROWS'] === 'onRecord' ? [] : [fakeDriver()]),
    ],
  }
})
