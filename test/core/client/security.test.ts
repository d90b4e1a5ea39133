/** A client's TLS and SASL are those of a configuration. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ClientOptions, createClient } from '../../../core/index.ts'
import { type RunningBroker, startBroker } from '../../../plugins/broker/server.ts'
import { ca, serverCert, serverKey } from '../../plugins/broker/certificates.ts'

let folder: string
let broker: RunningBroker
const file = (name: string, content: string) => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loadtest-client-'))
  const security = { tls: { cert: serverCert, key: serverKey }, sasl: { users: { app: 'correct horse' } } }
  broker = await startBroker(security, () => undefined)
})
afterAll(async () => {
  await broker.close()
  rmSync(folder, { recursive: true })
})
const options = (driver: string, password: string): ClientOptions => ({
  ...{ brokers: broker.addresses, driver, timeout: '10s', tls: { ca: file('ca.pem', ca) } },
  sasl: { mechanism: 'scram-sha-256', username: 'app', password: { file: file('password', password) } },
})

it.each(['wire', 'kafkajs'])('sends and reads with the %s driver', async driver => {
  const client = await createClient(options(driver, 'correct horse'))
  await (await client.admin()).createTopic(driver)
  await (await client.producer()).send(driver, { value: 'secret' })
  const consumer = await client.consumer(driver, { from: 'earliest' })
  await consumer.subscribe(driver)
  expect((await consumer.poll()).map(each => String(each.value))).toEqual(['secret'])
  await client.close()
})

it.each(['wire', 'kafkajs'])(
  'tells a wrong password without showing it, with the %s driver',
  async driver => {
    const client = await createClient(options(driver, 'battery staple'))
    const error = await client.admin().catch(e => e)
    expect(error.name).toBe('ConnectError')
    expect(error.message).toMatch(/authenticat|password|credential/i)
    expect(error.message).not.toContain('battery')
    await client.close()
  },
)

it('refuses a password that is written, without showing it', async () => {
  const sasl = { mechanism: 'plain', username: 'app', password: 'battery staple' } as never
  const error = await createClient({ brokers: broker.addresses, sasl }).catch(e => e)
  expect(error.message).toMatch(/^sasl\.password is "\*\*\*": expected .*\n {4}from createClient\(\)/)
})
