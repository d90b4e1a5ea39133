/** kafkajs as a driver: for who wants their application's own client under test. */
import { definePlugin } from '../../../core/plugin.ts'
import { tellNotes } from '../../protocol/security/notes.ts'
import { CASES, failures } from './conformity.ts'
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
      tellNotes(run, shared.brokers)
      if (run.role === 'main') run.log.info(told())
      const { timeoutUs, tls, sasl } = run.config
      return new KafkajsDriver(
        shared.brokers,
        () => run.now(),
        timeoutUs,
        attempts => {
          requests.add(attempts)
          retries.add(Math.max(0, attempts - 1))
        },
        { ...(tls && { tls }), ...(sasl && { sasl }) },
      )
    })
  },
})

/** What who chooses it is to know. */
function told(): string {
  return `fails ${Object.keys(failures).length} of ${CASES} conformity cases: docs/drivers.md names them`
}
