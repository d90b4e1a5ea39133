/** TLS and SASL as options: what they name is looked at before any socket is opened, and no secret is kept or shown. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Fail } from '../errors.ts'
import type { InnerFail, Kind } from './options.ts'
import { at, isPlain, type Plain } from './plain.ts'
import type { SaslConfig, Security, TlsConfig } from './types.ts'

/** Options that are files, seen from the file that names them. */
export const files = ['tls.ca', 'tls.cert', 'tls.key', 'sasl.password.file', 'sasl.token.file']

function textOf(path: unknown, no: InnerFail, what: string, key = ''): string | undefined {
  try {
    return readFileSync(path as string, 'utf8')
  } catch (error) {
    const { code = 'it is no path' } = error as NodeJS.ErrnoException
    no(key, path, `${what}, but it cannot be read (${code})`)
    return undefined
  }
}
const pem = (what: string, parse: (text: string) => unknown): Kind => ({
  metavar: 'file',
  expected: `the path of a PEM file with ${what}`,
  read: (v, no) => {
    const text = typeof v === 'string' ? textOf(v, no, `the path of a PEM file with ${what}`) : undefined
    try {
      return text === undefined || parse(text) === undefined ? undefined : v
    } catch {
      return undefined
    }
  },
})
const BLOCK = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[\s\S]+?-----END \1-----/g
const parsed = (text: string) => text.match(BLOCK)?.map(block => new X509Certificate(block))
export const certificates = pem('certificates', parsed)
export const privateKey = pem('a private key without a passphrase', createPrivateKey)

const WHERE = "{ env: 'NAME' } or { file: 'path' }"
export const secret: Kind = {
  metavar: 'text',
  parts: ['env', 'file'],
  expected: `${WHERE}: where it is, since a secret itself stands in no configuration, flag or variable`,
  read: (v, no) => {
    if (!isPlain(v)) return undefined
    const [[key, where] = ['', undefined], another] = Object.entries(v)
    if (another !== undefined || typeof where !== 'string' || !secret.parts?.includes(key)) return undefined
    if (key === 'file' && textOf(where, no, 'a file with the secret alone', key)?.trim() === '')
      no(key, where, 'a file with the secret alone, but it is empty')
    // what does not look like a variable's name may be the secret itself
    const name = /^[A-Z][A-Z0-9_]*$/.test(where) ? ` ${where}` : ''
    if (key === 'env' && !process.env[where]) no(key, where, `an environment variable${name} that is set`)
    return v
  },
}

/** Settings that are fine alone and not together; answers what drivers get. */
export function securityOf(
  { enabled, ...tls }: TlsConfig,
  sasl: Partial<SaslConfig>,
  written: Plain,
  fail: Fail,
): Security {
  // what is written and wrong is a fault already
  const given = (path: string) => at(written, path) !== undefined
  const need = (path: string, why: string) => given(path) || fail(path, undefined, `a value, since ${why}`)
  if (given('tls.cert')) need('tls.key', 'tls.cert is set')
  if (given('tls.key')) need('tls.cert', 'tls.key is set')
  if (tls.cert !== undefined && tls.key !== undefined) {
    const [own] = parsed(readFileSync(tls.cert, 'utf8')) ?? []
    if (!own?.checkPrivateKey(createPrivateKey(readFileSync(tls.key, 'utf8'))))
      fail('tls.key', tls.key, `the private key of the certificate in ${tls.cert}`)
  }
  const { mechanism } = sasl
  const why = `sasl.mechanism is ${mechanism}`
  for (const path of ['sasl.username', 'sasl.password', 'sasl.token']) {
    if (mechanism === undefined) given(path) && need('sasl.mechanism', `${path} is set`)
    else if ((mechanism === 'oauthbearer') === (path === 'sasl.token')) need(path, why)
    else if (given(path)) fail(path, at(written, path), `to be left out, since ${why}`)
  }
  return {
    // any other setting of TLS asks for it too, unless it is switched off
    ...((enabled ?? Object.keys(tls).length > 0) && { tls }),
    ...(mechanism && { sasl: { ...sasl, mechanism } }),
  }
}
