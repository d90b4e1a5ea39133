/** What docs/security.md shows works: at an embedded broker that asks for it. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { type BrokerOptions, startBroker } from '../../plugins/broker/server.ts'
import { loadtest, resultIn } from '../e2e/cli.ts'
import { ca, clientCert, clientKey, serverCert, serverKey } from '../plugins/broker/certificates.ts'
import { root } from './read.ts'

const folder = mkdtempSync(join(tmpdir(), 'docs-security-'))
mkdirSync(join(folder, 'certs'))
for (const [name, text] of Object.entries({
  'ca.pem': ca,
  'client.pem': clientCert,
  'client.key': clientKey,
}))
  writeFileSync(join(folder, 'certs', name), text)
writeFileSync(join(folder, 'token'), 'a.b.c\n')
for (const name of ['secure.yaml', 'mutual-tls.yaml', 'token.ts'])
  copyFileSync(join(root, 'docs/examples', name), join(folder, name))
afterAll(() => rmSync(folder, { recursive: true }))

const env = { KAFKA_PASSWORD: 'correct horse' }
const TLS = { cert: serverCert, key: serverKey }
async function runs(example: string, options: BrokerOptions): Promise<void> {
  const broker = await startBroker(options, () => undefined)
  const flags = '--allow-tainted --rate 100/s --warmup 0s --duration 1s'.split(' ')
  // from elsewhere: paths go from the file
  const cwd = join(folder, 'certs')
  const args = ['run', '-c', `../${example}`, '--brokers', broker.address, ...flags]
  const { exitCode, stdout, stderr } = await loadtest(args, { cwd, env }).finally(() => broker.close())
  expect(stdout + stderr).toMatch(/100 scheduled = 100 acked/)
  expect(exitCode).toBe(0)
}

it('a password over TLS', async () => {
  await runs('secure.yaml', { tls: TLS, sasl: { users: { loadtest: 'correct horse' } } })
})
it('a certificate of our own', async () => {
  await runs('mutual-tls.yaml', { tls: { ...TLS, ca } })
})
it('a token', async () => {
  const { exitCode, stdout, stderr } = await loadtest(['validate', '-c', 'token.ts'], { cwd: folder, env })
  expect(stdout, stderr).toMatch(/^valid: /m)
  expect(exitCode).toBe(0)
})
it('verifying that is switched off is told on the console and in the result', async () => {
  const broker = await startBroker({ tls: TLS }, () => undefined)
  const flags =
    '--allow-tainted --rate 100/s --warmup 0s --duration 1s --tls.reject-unauthorized false'.split(' ')
  const cwd = folder
  const { stdout, stderr } = await loadtest(['run', '--brokers', broker.address, ...flags, '--out', 'told'], {
    cwd,
  }).finally(() => broker.close())
  expect(stdout + stderr).toContain('warning: wire: tls.rejectUnauthorized is false: certificates of brokers')
  const { events } = resultIn(join(folder, 'told')) ?? {}
  expect(events?.map(event => event.kind === 'note' && event.title)).toContainEqual(
    expect.stringMatching(/^tls\.rejectUnauthorized is false/),
  )
})
