/** The driver that speaks Kafka's protocol by itself: it costs little per record, and counts exactly under failure. */
import { definePlugin } from '../../../core/plugin.ts'
import { tellNotes } from '../../protocol/security/notes.ts'
import { checkConfig } from './settings.ts'

export const wireDriver = definePlugin({
  name: 'wire',
  slot: 'driver',
  register(run) {
    if (run.role === 'main') checkConfig(run.config)
    const requests = run.metrics.counter('requests', {
      unit: 'requests',
      help: 'Produce requests, each attempt',
    })
    const retries = run.metrics.counter('retries', {
      unit: 'requests',
      help: 'Produce requests with something that was sent before',
    })
    const batchBytes = run.metrics.counter('batchBytes', {
      unit: 'bytes',
      help: 'Records in Produce requests before they are compressed, each attempt',
    })
    const sentBytes = run.metrics.counter('sentBytes', {
      unit: 'bytes',
      help: 'Produce requests as they are sent, each attempt',
    })
    const throttled = run.metrics.counter('throttled', {
      unit: 'µs',
      help: 'Time for which brokers asked to be sent no Produce request, of all producers and brokers together',
    })
    run.hooks.driver.tap(async shared => {
      // a listed driver that is replaced, or a command that needs none, costs no loading
      const { WireDriver } = await import('./driver.ts')
      tellNotes(run, shared.brokers)
      const meters = {
        requested: (again: boolean, batchOf: number, sent: number) => {
          requests.add()
          batchBytes.add(batchOf)
          sentBytes.add(sent)
          if (again) retries.add()
        },
        throttled: (us: number) => throttled.add(us),
      }
      const { timeoutUs, tls, sasl } = run.config
      const security = { ...(tls && { tls }), ...(sasl && { sasl }) }
      return new WireDriver(shared.brokers, () => run.now(), timeoutUs, meters, security)
    })
  },
})
