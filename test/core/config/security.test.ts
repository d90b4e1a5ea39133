/** TLS and SASL as options: what is named is looked at, all at once, and no secret is shown. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, it, vi } from 'vitest'
import { readFlags } from '../../../core/cli/flags.ts'
import { mergeConfig } from '../../../core/config/merge.ts'
import { outline } from '../../../core/config/plain.ts'
import { resolveConfig } from '../../../core/config/resolve.ts'
import type { ConfigSource } from '../../../core/config/source.ts'
import type { Config } from '../../../core/config/types.ts'
import { ca, clientCert, clientKey, strangerKey } from '../../plugins/broker/certificates.ts'

const folder = mkdtempSync(join(tmpdir(), 'config-security-'))
const put = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
put('ca.pem', ca)
put('cert.pem', clientCert)
put('key.pem', clientKey)
put('other.key', strangerKey)
put('both.pem', ca + clientCert)
put('password', 'hunter2\n')
put('empty', '\n')
afterEach(() => vi.unstubAllEnvs())
afterAll(() => rmSync(folder, { recursive: true }))

async function read(value: Config, source: Partial<ConfigSource> = {}) {
  const merged = await mergeConfig({ value, cwd: folder, env: {}, command: 'run', ...source })
  return { merged, config: await resolveConfig(merged) }
}
const faults = (value: unknown, source?: Partial<ConfigSource>) =>
  read(value as Config, source).then(
    () => [],
    (error: Error) => error.message.split('\n').filter(line => !line.startsWith(' ')),
  )
const user = { mechanism: 'plain', username: 'alice', password: { file: 'password' } } as const

it('nothing is set by default', async () => {
  const { config } = await read({})
  expect(config).not.toHaveProperty('tls')
  expect(config).not.toHaveProperty('sasl')
})

it('true is TLS, and so is every other option of it; false switches it off', async () => {
  const tls = async (value: Config['tls']) =>
    (await read(value === undefined ? {} : { tls: value })).config.tls
  expect(await tls(true)).toEqual({})
  expect(await tls({ servername: 'kafka' })).toEqual({ servername: 'kafka' })
  expect(await tls({ rejectUnauthorized: false })).toEqual({ rejectUnauthorized: false })
  expect(await tls(false)).toBeUndefined()
  expect(await tls({ enabled: false, ca: 'ca.pem' })).toBeUndefined()
})

it('paths go from the file that names them, and those of flags and variables from the working directory', async () => {
  const file = put(
    'loadtest.config.yaml',
    'tls: { ca: ca.pem, cert: cert.pem }\nsasl: { mechanism: plain, username: a }\n',
  )
  const merged = await mergeConfig({
    file,
    cwd: join(folder, '..'),
    env: { LOADTEST_TLS_KEY: join(folder, 'key.pem') },
    flags: [
      {
        keys: ['sasl', 'password', 'file'],
        value: `${folder.split('/').at(-1)}/password`,
        label: '--sasl.password.file',
      },
    ],
    command: 'run',
  })
  const { tls, sasl } = await resolveConfig(merged)
  const [caFile, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map(name => join(folder, name))
  expect(tls).toEqual({ ca: caFile, cert, key })
  expect(sasl?.password).toEqual({ file: join(folder, 'password') })
})

it('a secret is named by flags and variables too', async () => {
  vi.stubEnv('CONFIG_SECURITY_TEST', 'hunter2')
  const { settings } = readFlags(['run', '--sasl.password.env', 'CONFIG_SECURITY_TEST'])
  const named = { ...user, password: undefined } as never
  const byFlag = await read({ sasl: named }, { flags: settings({}) })
  const byVariable = await read(
    { sasl: named },
    { env: { LOADTEST_SASL_PASSWORD_ENV: 'CONFIG_SECURITY_TEST' } },
  )
  for (const { config } of [byFlag, byVariable])
    expect(config.sasl?.password).toEqual({ env: 'CONFIG_SECURITY_TEST' })
})

it('of a secret in two layers the later one counts, whether it is a variable or a file', async () => {
  vi.stubEnv('CONFIG_SECURITY_TEST', 'hunter2')
  const byEnv = { sasl: { ...user, password: { env: 'CONFIG_SECURITY_TEST' } } } as const
  const file = join(folder, 'password')
  const flag = { keys: ['sasl', 'password', 'file'], value: file, label: '--sasl.password.file' }
  expect((await read(byEnv, { flags: [flag] })).config.sasl).toEqual({ ...user, password: { file } })
  const env = { LOADTEST_SASL_PASSWORD_ENV: 'CONFIG_SECURITY_TEST' }
  expect((await read({ sasl: user }, { env })).config.sasl).toEqual(byEnv.sasl)
  const over = { extends: { sasl: user }, ...byEnv }
  expect((await read(over)).config.sasl).toEqual(byEnv.sasl)
})

it('all faults at once', async () => {
  const tls = { ca: 'missing.pem', cert: 'key.pem', key: 'cert.pem' }
  const sasl = {
    mechanism: 'oauthbearer',
    username: 'a',
    password: { file: 'empty' },
    token: { env: 'NOT_SET' },
  }
  expect(await faults({ tls, sasl })).toEqual([
    `tls.ca is "${folder}/missing.pem": expected the path of a PEM file with certificates, but it cannot be read (ENOENT)`,
    `tls.cert is "${folder}/key.pem": expected the path of a PEM file with certificates`,
    `tls.key is "${folder}/cert.pem": expected the path of a PEM file with a private key without a passphrase`,
    'sasl.password.file is "***": expected a file with the secret alone, but it is empty',
    'sasl.token.env is "***": expected an environment variable NOT_SET that is set',
    'sasl.username is "a": expected to be left out, since sasl.mechanism is oauthbearer',
    'sasl.password is "***": expected to be left out, since sasl.mechanism is oauthbearer',
  ])
})

it.each([
  [{ tls: { cert: 'cert.pem' } }, 'tls.key: expected a value, since tls.cert is set'],
  [{ tls: { key: 'key.pem' } }, 'tls.cert: expected a value, since tls.key is set'],
  [
    { tls: { cert: 'cert.pem', key: 'other.key' } },
    `tls.key is "${folder}/other.key": expected the private key of the certificate in ${folder}/cert.pem`,
  ],
  [
    { sasl: { ...user, mechanism: undefined } },
    'sasl.mechanism: expected a value, since sasl.username is set',
  ],
  [
    { sasl: { ...user, username: undefined } },
    'sasl.username: expected a value, since sasl.mechanism is plain',
  ],
  [
    { sasl: { mechanism: 'oauthbearer' } },
    'sasl.token: expected a value, since sasl.mechanism is oauthbearer',
  ],
  [
    { sasl: { ...user, token: { file: 'password' } } },
    'sasl.token is "***": expected to be left out, since sasl.mechanism is plain',
  ],
])('what does not go together: %j', async (value, fault) => {
  expect((await faults(value))[0]).toBe(fault)
})

it.each([['hunter2'], [['hunter2']], [{ env: 'A', file: 'B' }], [{ text: 'hunter2' }], [{}], [{ env: 5 }]])(
  'a secret is never written out: %j',
  async password => {
    const [fault, ...others] = await faults({ sasl: { ...user, password } })
    expect(fault).toMatch(/^sasl\.password is .*: expected { env: 'NAME' } or { file: 'path' }: where it is/)
    expect([fault, ...others].join()).not.toContain('hunter2')
  },
)

it('what is named in place of a variable is not shown when it may be the secret', async () => {
  const [fault] = await faults({ sasl: { ...user, password: { env: 'hunter2' } } })
  expect(fault).toBe('sasl.password.env is "***": expected an environment variable that is set')
})

it('the place of a secret is not shown with the configuration', async () => {
  const { merged } = await read({ sasl: user, tls: { ca: 'both.pem' } })
  expect(outline(merged.fingerprint, true)).toMatchObject({
    sasl: { mechanism: 'plain', username: 'alice', password: '***' },
    tls: { ca: join(folder, 'both.pem') },
  })
})
