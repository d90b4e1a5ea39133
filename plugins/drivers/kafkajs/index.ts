/** kafkajs as a driver: for who wants their application's own client under test. */
import { definePlugin } from '../../../core/plugin.ts'
import { checkConfig } from './settings.ts'

export const kafkajsDriver = definePlugin({
  name: 'kafkajs',
  slot: 'driver',
  register(run) {
    if (run.role === 'main') checkConfig(run.config)
    const requests = run.metrics.counter('requests', {
      unit: 'requests',
      help: 'Produce requests, each attempt',
    })
    const retries = run.metrics.counter('retries', { unit: 'requests', help: 'Produce requests sent again' })
    run.hooks.driver.tap(async shared => {
      // a listed driver that is replaced, or a command that needs none, costs no loading
      const { KafkajsDriver } = await import('./driver.ts')
      return new KafkajsDriver(
        shared.brokers,
        () => run.now(),
        run.config.timeoutUs,
        attempts => {
          requests.add(attempts)
          retries.add(Math.max(0, attempts - 1))
        },
      )
    })
  },
})
