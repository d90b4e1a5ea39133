/** TLS and SASL, by the options `tls` and `sasl` of the configuration. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectError, SaslConfig, TlsConfig } from '../../../core/plugin.ts'
import { startBroker } from '../../../plugins/index.ts'
import {
  ca,
  clientCert,
  clientKey,
  expiredCert,
  expiredKey,
  serverCert,
  serverKey,
  strangerCert,
  strangerKey,
} from '../../plugins/broker/certificates.ts'
import type { Case } from '../case.ts'
import type { Context } from '../context.ts'
import { read } from '../harness.ts'

const TLS = { cert: serverCert, key: serverKey }
const SASL = { users: { alice: 'correct horse' } }
const plain = { partitions: 2, replicationFactor: 1, configs: {} }

interface Credentials {
  readonly tls?: TlsConfig
  readonly sasl?: SaslConfig
}
const alice = (context: Context, mechanism: SaslConfig['mechanism'], password = 'correct horse') => ({
  sasl: { mechanism, username: 'alice', password: { file: context.file('password', password) } },
})

/** Writes records and reads them back. */
async function assertRoundTrip(context: Context, config: Credentials): Promise<void> {
  const driver = await context.subject(context.brokers, config)
  const topic = context.name('secured')
  const admin = await driver.admin()
  await admin.create(topic, plain)
  const harness = await context.producer(topic, {}, { partitions: 2, driver })
  for (let i = 0; i < 100; i++) harness.append()
  await harness.producer.flush(context.soon())
  assert.equal(harness.count('acked'), 100)
  const consumer = await context.member(topic, context.name('group'), {}, driver)
  assert.equal((await read(consumer, 100)).length, 100)
  await consumer.leave()
  await admin.close()
}
async function assertRefused(
  context: Context,
  config: Credentials,
  reason: RegExp,
  brokers = context.brokers,
): Promise<void> {
  const driver = await context.subject(brokers, config)
  const error = (await driver.admin().catch((e: unknown) => e)) as ConnectError
  assert.equal(error.name, 'ConnectError', String(error))
  assert.match(error.message, reason)
  assert.ok(error.message.includes(brokers[0]!), `${error.message} does not name the broker`)
  assert.ok(error.remedy.length > 3, 'a remedy')
}

const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const

export const security: readonly Case[] = [
  {
    name: 'tls',
    about: 'records are written and read over TLS, by an authority of our own',
    needs: ['embedded'],
    broker: { tls: TLS },
    run: context => assertRoundTrip(context, { tls: { ca: context.file('ca', ca) } }),
  },
  {
    name: 'tls-client-certificate',
    about: 'likewise with a certificate of our own; without it the broker refuses the connection',
    needs: ['embedded'],
    broker: { tls: { ...TLS, ca } },
    async run(context) {
      const tls = { ca: context.file('ca', ca) }
      const own = { cert: context.file('cert', clientCert), key: context.file('key', clientKey) }
      await assertRoundTrip(context, { tls: { ...tls, ...own } })
      await assertRefused(context, { tls }, /certificate/)
    },
  },
  {
    name: 'tls-untrusted',
    about: 'a certificate of an authority that is not trusted is refused',
    needs: ['embedded'],
    broker: { tls: { cert: strangerCert, key: strangerKey } },
    run: context => assertRefused(context, { tls: { ca: context.file('ca', ca) } }, /certificate/),
  },
  {
    name: 'tls-expired',
    about: 'a certificate that has expired is refused',
    needs: ['embedded'],
    broker: { tls: { cert: expiredCert, key: expiredKey } },
    run: context => assertRefused(context, { tls: { ca: context.file('ca', expiredCert) } }, /expired/),
  },
  {
    name: 'tls-other-name',
    about: 'a certificate for another name is refused',
    needs: ['embedded'],
    broker: { tls: TLS },
    async run(context) {
      const tls = { ca: context.file('ca', ca), servername: 'elsewhere.example' }
      await assertRefused(context, { tls }, /elsewhere\.example|name/)
    },
  },
  {
    name: 'tls-missing',
    about: 'TLS where the broker speaks plain text, and plain text where it speaks TLS, are told',
    needs: ['embedded'],
    async run(context) {
      await assertRefused(context, { tls: { ca: context.file('ca', ca) } }, /TLS/)
      const secured = await startBroker({ tls: TLS }, () => undefined)
      context.defer(() => secured.close())
      await assertRefused(context, {}, /TLS/, secured.addresses)
    },
  },
  ...mechanisms.map(
    (mechanism): Case => ({
      name: `sasl-${mechanism}`,
      about: `records are written and read after authentication by ${mechanism}`,
      needs: ['embedded'],
      broker: { sasl: SASL },
      run: context => assertRoundTrip(context, alice(context, mechanism)),
    }),
  ),
  {
    name: 'sasl-refused',
    about: 'a wrong password is told, after one attempt for the broker; so is no authentication at all',
    needs: ['embedded'],
    broker: { sasl: { ...SASL, mechanisms: ['PLAIN'] } },
    async run(context) {
      const asked = context.broker.faults.add({ when: { api: 'SaslAuthenticate' }, do: { delay: '1ms' } })
      await assertRefused(context, alice(context, 'plain', 'battery staple'), /alice|password|authenticat/i)
      assert.equal(asked.fired, 1)
      await assertRefused(context, {}, /authenticat|sasl/i)
    },
  },
  {
    name: 'sasl-again',
    about: 'a session that ends is renewed on its connection: nothing fails, and nobody is told',
    needs: ['embedded'],
    broker: { sasl: { ...SASL, maxReauthMs: 3000 } },
    async run(context) {
      const driver = await context.subject(context.brokers, alice(context, 'plain'))
      const topic = context.name('secured')
      await (await driver.admin()).create(topic, plain)
      const harness = await context.producer(topic, {}, { partitions: 2, driver })
      const consumer = await context.member(topic, context.name('group'), {}, driver)
      const again = context.broker.faults.add({ when: { api: 'SaslAuthenticate' }, do: { delay: '1ms' } })
      for (let i = 0; i < 20; i++) {
        harness.append()
        await sleep(225)
      }
      await harness.producer.flush(context.soon())
      assert.equal(harness.count('acked'), 20)
      assert.equal((await read(consumer, 20)).length, 20)
      assert.deepEqual([harness.codes(), consumer.events], [[], []])
      assert.ok(again.fired > 1, `${again.fired} steps of authentication since`)
      await consumer.leave()
    },
  },
]
