/** TLS and SASL of the wire driver, at the embedded broker. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import type { SaslConfig, Security } from '../../../../core/plugin.ts'
import type { SaslMechanism } from '../../../../plugins/broker/security/sasl.ts'
import { type BrokerOptions, type RunningBroker, startBroker } from '../../../../plugins/broker/server.ts'
import { WireDriver } from '../../../../plugins/drivers/wire/driver.ts'
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
} from '../../broker/certificates.ts'
import { Harness, now, read, soon, TIMEOUT_US, until } from './driver.ts'

const folder = mkdtempSync(join(tmpdir(), 'wire-security-'))
const file = (name: string, text: string) => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const files = {
  ca: file('ca.pem', ca),
  stranger: file('stranger.pem', strangerCert),
  strangerKey: file('stranger.key', strangerKey),
  cert: file('client.pem', clientCert),
  key: file('client.key', clientKey),
  password: file('password', 'correct horse\n'),
  wrong: file('wrong', 'battery staple\n'),
}
const TLS = { cert: serverCert, key: serverKey }
const users = { alice: 'correct horse', 'o=b,rian': 'correct horse' }
const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const
const alice = (mechanism: SaslConfig['mechanism'] = 'scram-sha-256', changes: Partial<SaslConfig> = {}) => ({
  mechanism,
  username: 'alice',
  password: { file: files.password },
  ...changes,
})

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const end of ends.splice(0).reverse()) await end()
})
afterAll(() => rmSync(folder, { recursive: true }))

const logged: string[] = []
async function broker(options: BrokerOptions): Promise<RunningBroker> {
  logged.length = 0
  const started = await startBroker(options, line => void logged.push(line))
  ends.push(() => started.close())
  return started
}
function driver(security: Security, ...brokers: string[]): WireDriver {
  const made = new WireDriver(brokers, now, TIMEOUT_US, undefined, security)
  ends.push(() => made.close())
  return made
}
async function refusal(
  security: Security,
  ...brokers: string[]
): Promise<{ reason: string; remedy: string }> {
  const error = await driver(security, ...brokers)
    .admin()
    .catch(e => e)
  expect(error.name, error.message).toBe('ConnectError')
  return error
}
/** Writes so many records and reads them back. */
async function roundTrip(by: WireDriver, records = 100): Promise<void> {
  const admin = await by.admin()
  await admin.create('secured', { partitions: 2, replicationFactor: 1, configs: {} })
  const harness = await Harness.open(by, 'secured', 2)
  for (let i = 0; i < records; i++) harness.append()
  await harness.producer.flush(soon())
  expect(harness.count('acked')).toBe(records)
  const consumer = await by.consumer({ group: 'g', from: 'earliest', timeoutUs: TIMEOUT_US })
  await consumer.subscribe(['secured'])
  expect(await read(consumer, records)).toHaveLength(records)
  await consumer.leave()
}

describe('records are written and read', () => {
  it('over TLS', async () => {
    const { address } = await broker({ tls: TLS })
    await roundTrip(driver({ tls: { ca: files.ca } }, address))
  })
  it('over TLS to a name that the certificate has', async () => {
    const { port } = await broker({ tls: TLS })
    await roundTrip(driver({ tls: { ca: files.ca } }, `localhost:${port}`))
  })
  it('with a certificate of our own', async () => {
    const { address } = await broker({ tls: { ...TLS, ca } })
    await roundTrip(driver({ tls: { ca: files.ca, cert: files.cert, key: files.key } }, address))
  })
  it('without verifying certificates, where that is asked for', async () => {
    const { address } = await broker({ tls: { cert: strangerCert, key: strangerKey } })
    await roundTrip(driver({ tls: { rejectUnauthorized: false } }, address))
  })
  it.each(mechanisms)('by %s', async mechanism => {
    const { address } = await broker({ sasl: { users } })
    await roundTrip(driver({ sasl: alice(mechanism) }, address))
  })
  it.each(mechanisms)('by %s over TLS, with a name that needs escapes', async mechanism => {
    const { address } = await broker({ tls: TLS, sasl: { users } })
    vi.stubEnv('WIRE_SECURITY_TEST', 'correct horse')
    const sasl = alice(mechanism, { username: 'o=b,rian', password: { env: 'WIRE_SECURITY_TEST' } })
    await roundTrip(driver({ tls: { ca: files.ca }, sasl }, address))
  })
})

describe('what is refused is told in a sentence', () => {
  it.each(mechanisms)('a wrong password, which is tried once, by %s', async mechanism => {
    const { address } = await broker({ sasl: { users } })
    const { reason, remedy } = await refusal(
      { sasl: alice(mechanism, { password: { file: files.wrong } }) },
      address,
    )
    const name = mechanism.toUpperCase()
    expect(reason).toMatch(
      new RegExp(`^user alice is refused by ${name} \\(SASL_AUTHENTICATION_FAILED: .+\\)$`),
    )
    expect(reason).not.toContain('battery')
    expect(remedy).toBe('Check sasl.username and what sasl.password names.')
    expect(logged).toHaveLength(1)
  })
  it('a driver that was refused lets the broker alone', async () => {
    const { address } = await broker({ sasl: { users } })
    const refused = driver({ sasl: alice('plain', { password: { file: files.wrong } }) }, address)
    for (let i = 0; i < 3; i++) await expect(refused.admin()).rejects.toThrow(/user alice is refused/)
    expect(logged).toHaveLength(1)
  })
  it('a mechanism that is not enabled', async () => {
    const enabled: SaslMechanism[] = ['PLAIN', 'SCRAM-SHA-512']
    const { address } = await broker({ sasl: { users, mechanisms: enabled } })
    const { reason, remedy } = await refusal({ sasl: alice('scram-sha-256') }, address)
    expect(reason).toBe(
      'SASL mechanism SCRAM-SHA-256 is not enabled there, but PLAIN, SCRAM-SHA-512 (UNSUPPORTED_SASL_MECHANISM)',
    )
    expect(remedy).toBe('Set sasl.mechanism to one that is, or have it enabled.')
  })
  it('no authentication where one is wanted', async () => {
    const { address } = await broker({ sasl: { users } })
    const { reason, remedy } = await refusal({}, address)
    expect(reason).toBe('it closed the connection at the first request, as brokers do that want SASL')
    expect(remedy).toBe('Set sasl, or name the port of a listener without.')
  })
  it('a secret that is gone meanwhile', async () => {
    const { address } = await broker({ sasl: { users } })
    const { reason } = await refusal({ sasl: alice('plain', { password: { env: 'WIRE_NOT_SET' } }) }, address)
    expect(reason).toBe('there is no secret in the environment variable WIRE_NOT_SET')
  })
  it('a certificate that nobody trusted has signed', async () => {
    const { address } = await broker({ tls: { cert: strangerCert, key: strangerKey } })
    const { reason, remedy } = await refusal({ tls: { ca: files.ca } }, address)
    expect(reason).toBe(
      'its certificate is signed by nobody that is trusted here (DEPTH_ZERO_SELF_SIGNED_CERT)',
    )
    expect(remedy).toBe('Name the authority that signed it with tls.ca.')
  })
  it('a certificate of an authority that is not known here', async () => {
    const { address } = await broker({ tls: TLS })
    const { reason } = await refusal({ tls: {} }, address)
    expect(reason).toMatch(/^its certificate is signed by nobody that is trusted here \(UNABLE_TO_\w+\)$/)
  })
  it('a certificate that has expired', async () => {
    const { address } = await broker({ tls: { cert: expiredCert, key: expiredKey } })
    const { reason, remedy } = await refusal({ tls: { ca: file('expired.pem', expiredCert) } }, address)
    expect(reason).toBe('its certificate has expired (CERT_HAS_EXPIRED)')
    expect(remedy).toBe('Have it renewed, or set the clock of this machine.')
  })
  it('a certificate for another name', async () => {
    const { address } = await broker({ tls: TLS })
    const { reason, remedy } = await refusal({ tls: { ca: files.ca, servername: 'kafka.invalid' } }, address)
    expect(reason).toMatch(
      /^its certificate is for another name: Host: kafka\.invalid\. is not in the cert's/,
    )
    expect(remedy).toBe('Connect by a name that the certificate has, or set tls.servername to one.')
  })
  it('no certificate of ours where one is wanted', async () => {
    const { address } = await broker({ tls: { ...TLS, ca } })
    const { reason, remedy } = await refusal({ tls: { ca: files.ca } }, address)
    expect(reason).toMatch(/^it asks for a certificate of ours \(ERR_SSL_/)
    expect(remedy).toBe('Set tls.cert and tls.key.')
  })
  it('a certificate of ours that the broker does not trust', async () => {
    const { address } = await broker({ tls: { ...TLS, ca } })
    const tls = { ca: files.ca, cert: files.stranger, key: files.strangerKey }
    const { reason, remedy } = await refusal({ tls }, address)
    expect(reason).toBe('it hung up without an answer, as brokers do that do not trust our certificate')
    expect(remedy).toBe('Set tls.cert and tls.key to a certificate that the broker trusts.')
  })
  it('plain text to a port that speaks TLS', async () => {
    const { address } = await broker({ tls: TLS })
    const { reason, remedy } = await refusal({}, address)
    expect(reason).toBe('it speaks TLS')
    expect(remedy).toBe('Set tls, or name the port of a plain-text listener.')
  })
  it('TLS to a port that speaks plain text', async () => {
    const { address } = await broker({})
    const { reason, remedy } = await refusal({ tls: { ca: files.ca } }, address)
    expect(reason).toMatch(/^it (closed the connection during the TLS handshake|speaks no TLS) \(/)
    expect(remedy).toBe('Name the port of a TLS listener, or leave tls out.')
  })
})

describe('a session that ends', () => {
  it('is renewed while records are written and read: none is lost, none overtakes another', async () => {
    const { address } = await broker({ tls: TLS, sasl: { users, maxReauthMs: 1500 } })
    const by = driver({ tls: { ca: files.ca }, sasl: alice() }, address)
    const admin = await by.admin()
    await admin.create('long', { partitions: 1, replicationFactor: 1, configs: {} })
    const harness = await Harness.open(by, 'long', 1, { lingerUs: 0 })
    const consumer = await by.consumer({ group: 'g', from: 'earliest', timeoutUs: TIMEOUT_US })
    await consumer.subscribe(['long'])
    const end = Date.now() + 5000
    while (Date.now() < end) {
      harness.append()
      await new Promise(resolve => setTimeout(resolve, 2))
    }
    await harness.producer.flush(soon())
    expect(harness.count('acked')).toBe(harness.sent)
    const records = await read(consumer, harness.sent)
    expect(records.map(each => each.value)).toEqual(Array.from({ length: harness.sent }, (_, i) => `v${i}`))
    await consumer.leave()
    expect(harness.events).toEqual([])
    expect(logged).toEqual([])
  })

  it('and cannot be renewed is an event, and the broker is let alone', async () => {
    const { address } = await broker({ sasl: { users, maxReauthMs: 1500 } })
    const password = file('changing', 'correct horse')
    const by = driver({ sasl: alice('plain', { password: { file: password } }) }, address)
    const admin = await by.admin()
    await admin.create('denied', { partitions: 1, replicationFactor: 1, configs: {} })
    const harness = await Harness.open(by, 'denied', 1, { lingerUs: 0, deliveryTimeoutUs: 3_000_000 })
    writeFileSync(password, 'battery staple')
    await until('its connections are gone', () => logged.some(line => line.includes('re-authentication')))
    // each connection has a time of its own: the producer's may be good a little longer
    await until('the producer is told', () => {
      harness.append()
      return harness.events.length > 0
    })
    await until('its records are given up', () => harness.held() === 0)
    await harness.producer.close(soon())
    const codes = harness.events.map(event => event.kind === 'error' && event.code)
    expect(codes).toContain('SASL_AUTHENTICATION_FAILED')
    // each of its connections once, and nothing more within the record's time
    expect(logged.length).toBeLessThanOrEqual(3)
    expect(logged.join()).not.toContain('battery')
  })
})
