/** The embedded broker as a plugin: started when the configuration names no brokers. */
import { ConfigError, ConnectError, definePlugin, type Security } from '../../core/plugin.ts'
import { spawnBroker } from './spawn.ts'

export const embeddedBroker = definePlugin({
  name: 'broker',
  commands: async () => [(await import('./command.ts')).brokerCommand],
  register(run) {
    let died = false
    // last: any other plugin may bring brokers of its own
    run.hooks.prepare.tap(
      async shared => {
        if (shared.brokers.length > 0) return
        refuseSecurity(run.config)
        const broker = await spawnBroker({ port: 0 }).catch(error => {
          const remedy =
            'Name brokers of your own with --brokers, or see why a process of its own cannot listen here.'
          throw new ConnectError(
            'the embedded broker',
            String(error instanceof Error ? error.message : error),
            remedy,
            error,
          )
        })
        let closing = false
        run.defer(() => {
          closing = true
          return broker.close()
        })
        void broker.ended.then(() => {
          if (closing) return
          died = true
          run.abort('the embedded broker has ended by itself')
        })
        shared.brokers = [broker.address]
        shared.embedded = true
      },
      { order: 'last' },
    )
    run.hooks.result.tap(async result => {
      if (died) result.judge('invalid', 'broker', 'the embedded broker ended by itself')
    })
  },
})

/** @throws ConfigError: who asks for TLS or SASL means another broker than ours. */
function refuseSecurity({ tls, sasl }: Security): void {
  const set = Object.entries({ tls, sasl }).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  if (set.length === 0) return
  const expected = `the brokers to go with ${set.join(' and ')}: the embedded one speaks plain text and asks for no password`
  const hint = `name them with --brokers, or leave out ${set.join(' and ')}`
  throw new ConfigError([{ path: 'brokers', expected, hint }])
}
