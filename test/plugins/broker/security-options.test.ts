import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { brokerCommand } from '../../../plugins/broker/command.ts'
import type { SaslMechanism, SaslOptions } from '../../../plugins/broker/security/sasl.ts'
import { startBroker } from '../../../plugins/broker/server.ts'
import { spawnBroker } from '../../../plugins/broker/spawn.ts'
import * as pem from './certificates.ts'
import { TestClient, until } from './client.ts'
import { authenticate } from './sasl-client.ts'

const folder = mkdtempSync(join(tmpdir(), 'security-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const PASSWORD = 'pass:word-0d4f'

describe('options of SASL that make no sense are refused', () => {
  const users = { alice: PASSWORD }
  it.each<[SaslOptions, string]>([
    [
      { users, mechanisms: ['GSSAPI' as SaslMechanism] },
      'sasl.mechanisms has "GSSAPI": expected some of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512',
    ],
    [{ users, mechanisms: [] }, 'sasl.mechanisms has no mechanism'],
    [{ users: {} }, 'sasl.users has no user: expected a password by user name'],
    [{ users: { alice: '' } }, 'sasl.users has "alice": expected a name and a password'],
    [{ users: { '': PASSWORD } }, 'sasl.users has "": expected a name and a password'],
    [{ users, maxReauthMs: -1 }, 'sasl.maxReauthMs is -1, not an integer from 0 to 2147483647'],
    [{ users, maxReauthMs: 0.5 }, 'sasl.maxReauthMs is 0.5, not an integer'],
  ])('%#', async (sasl, message) => {
    const refused = await startBroker({ sasl }).catch(error => error as RangeError)
    expect(refused).toBeInstanceOf(RangeError)
    expect((refused as RangeError).message).toContain(message)
    expect((refused as RangeError).message).not.toContain(PASSWORD)
  })
})

describe('loadtest broker', () => {
  const lines: string[] = []
  beforeEach(() => {
    lines.length = 0
    vi.spyOn(console, 'log').mockImplementation(line => void lines.push(String(line)))
    vi.spyOn(console, 'error').mockImplementation(line => void lines.push(String(line)))
  })
  afterEach(() => vi.restoreAllMocks())

  it.each([
    ['JSON', JSON.stringify({ alice: PASSWORD })],
    ['lines', `# users\r\nalice:${PASSWORD}\r\n\r\nbob:other`],
  ])('takes users from a file of %s', async (name, text) => {
    const stop = new AbortController()
    const options = { port: '0', sasl: 'plain, SCRAM-SHA-256', saslUsers: file(name, text) }
    const running = brokerCommand.run(options, stop.signal)
    await until(() => lines.length > 1, 'it says where it listens')
    expect(lines[1]).toBe('security.protocol=SASL_PLAINTEXT')
    const client = await TestClient.to(Number(/127\.0\.0\.1:(\d+)/.exec(lines[0]!)![1]))
    expect((await authenticate(client, 'SCRAM-SHA-256', 'alice', PASSWORD)).errorCode).toBe(0)
    client.close()
    stop.abort()
    expect(await running).toBe(0)
  })

  const users = file('users', `alice:${PASSWORD}`)
  const [cert, key] = [file('cert', pem.serverCert), file('key', pem.serverKey)]
  it.each<[Record<string, string>, string]>([
    [{ sasl: 'PLAIN' }, '--sasl-users is missing: SASL takes --sasl MECHANISMS and --sasl-users FILE'],
    [{ saslUsers: users }, '--sasl is missing'],
    [{ sasl: 'PLAIN', saslUsers: '/nowhere/users' }, '--sasl-users: cannot read "/nowhere/users" (ENOENT)'],
    [{ sasl: 'OAUTHBEARER', saslUsers: users }, '--sasl has "OAUTHBEARER"'],
    [{ sasl: 'PLAIN', saslUsers: file('nobody', '{}') }, '--sasl-users has no user'],
    [
      { sasl: 'PLAIN', saslUsers: file('odd', '{"sasl.users": ""}') },
      '--sasl-users has "sasl.users": expected a name and a password',
    ],
    [
      { sasl: 'PLAIN', saslUsers: users, saslMaxReauth: '99999999999' },
      '--sasl-max-reauth is 99999999999, not an integer from 0 to',
    ],
    [{ sasl: 'PLAIN', saslUsers: file('broken', `{"alice": "${PASSWORD}"`) }, 'begins as JSON and is none'],
    [{ sasl: 'PLAIN', saslUsers: file('line', `\n${PASSWORD.replace(':', '')}`) }, 'line 2 of "'],
    [{ sasl: 'PLAIN', saslUsers: users, saslMaxReauth: '1s' }, '--sasl-max-reauth is 1s: expected'],
    [{ tlsCert: cert }, '--tls-key is missing: TLS takes --tls-cert and --tls-key'],
    [{ tlsKey: key }, '--tls-cert is missing'],
    [{ tlsCert: cert, tlsKey: file('stranger', pem.strangerKey) }, '--tls-key is not that of --tls-cert'],
    [{ tlsCert: cert, tlsKey: key, tlsCa: users }, `--tls-ca: "${users}" has no PEM in it`],
    [{ tlsCert: key, tlsKey: cert }, `--tls-key: "${cert}" holds CERTIFICATE: expected a private key`],
    [{ tlsCert: key, tlsKey: key }, `--tls-cert: "${key}" holds PRIVATE KEY: expected a certificate`],
    [{ tlsCert: cert, tlsKey: key, tlsCa: key }, `--tls-ca: "${key}" holds PRIVATE KEY: expected a cert`],
    [{ tlsCert: '/nowhere/tls.key', tlsKey: key }, '--tls-cert: cannot read "/nowhere/tls.key" (ENOENT)'],
  ])('refuses %j', async (options, message) => {
    expect(await brokerCommand.run({ port: '0', ...options }, new AbortController().signal)).toBe(2)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain(message)
    expect(lines[0]).not.toContain(PASSWORD)
  })
})

describe('on the command line', () => {
  it('all flags are taken', async () => {
    const given = {
      '--port': '0',
      '--tls-cert': file('cli.cert', pem.serverCert),
      '--tls-key': file('cli.key', pem.serverKey),
      '--tls-ca': file('cli.ca', pem.ca),
      '--sasl': 'PLAIN',
      '--sasl-users': file('cli.users', `alice:${PASSWORD}`),
      '--sasl-max-reauth': '5000',
    }
    const entry = fileURLToPath(new URL('../../../core/cli/loadtest.js', import.meta.url))
    const child = spawn(process.execPath, [entry, 'broker', ...Object.entries(given).flat()], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines: string[] = []
    createInterface({ input: child.stdout }).on('line', line => lines.push(line))
    const ended = once(child, 'exit')
    await until(() => lines.length > 1, 'it says where it listens')
    expect(lines[1]).toBe('security.protocol=SASL_SSL')
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(lines[0]!)![1])
    const socket = connect({ port, host: '127.0.0.1', ca: pem.ca, key: pem.clientKey, cert: pem.clientCert })
    await once(socket, 'secureConnect')
    const client = new TestClient(socket)
    const answer = await authenticate(client, 'PLAIN', 'alice', PASSWORD)
    expect(answer).toMatchObject({ errorCode: 0, sessionLifetimeMs: 5000n })
    client.close()
    child.kill('SIGINT')
    expect(await ended).toEqual([0, null])
  })
})

describe('the broker’s process', () => {
  it.runIf(process.platform === 'linux')(
    'shows no password and no key to others on the machine',
    async () => {
      const tls = { cert: pem.serverCert, key: pem.serverKey }
      const broker = await spawnBroker({ port: 0, tls, sasl: { users: { alice: PASSWORD } } })
      const shown = ['cmdline', 'environ']
        .map(name => readFileSync(`/proc/${broker.pid}/${name}`, 'utf8'))
        .join('\n')
      await broker.close()
      expect(shown).toContain('process.ts')
      expect(shown).not.toContain(PASSWORD)
      expect(shown).not.toContain('PRIVATE KEY')
    },
  )
})
