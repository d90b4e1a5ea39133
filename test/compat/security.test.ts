/** `loadtest run` at a real Kafka with TLS, SASL and ACLs: what works, and what is said about what does not. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ResultData } from '../../core/index.ts'
import { javaTool } from './java.ts'
import { type SecureKafka, startSecureKafka } from './secure-kafka.ts'

const bin = new URL('../../core/cli/loadtest.js', import.meta.url).pathname
const REAUTH_MS = 6000
const EXISTING = 'existing'

let kafka: SecureKafka
beforeAll(async () => {
  kafka = await startSecureKafka(REAUTH_MS)
  const create = ['--create', '--topic', EXISTING, '--partitions', '2']
  javaTool('org.apache.kafka.tools.TopicCommand', ['--bootstrap-server', kafka.address, ...create])
}, 300_000)
afterAll(() => kafka.stop())

interface Ended {
  readonly code: number | null
  readonly said: string
}
const short = '--rate 500/s --warmup 0s --duration 2s'.split(' ')
async function loadtest(...args: string[]): Promise<Ended> {
  const all = ['run', '--allow-tainted', '--threads', '1', ...short, ...args]
  const child = spawn(process.execPath, [bin, ...all], {
    cwd: kafka.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', chunk => {
      said += String(chunk)
    })
  const code = await new Promise<number | null>(resolve => child.once('close', resolve))
  return { code, said }
}
const at = (listener: string) => ['--brokers', kafka.listeners[listener] ?? '']
const trusting = () => ['--tls.ca', kafka.files.ca]
const as = (user: string, mechanism = 'plain', secret: 'password' | 'wrong' = 'password') => [
  ...['--sasl.mechanism', mechanism, '--sasl.username', user],
  ...['--sasl.password.file', kafka.files[secret]],
]
function resultIn(out: string): ResultData {
  const text = readFileSync(join(kafka.folder, out, 'result.json'), 'utf8')
  for (const secret of ['correct horse', 'battery']) expect(text).not.toContain(secret)
  return JSON.parse(text) as ResultData
}
const countsIn = (out: string) => resultIn(out).streams['default']?.phases.measure.counts

describe.each(['wire', 'kafkajs'])('%s', driver => {
  const run = (...args: string[]) => loadtest('--driver', driver, ...args)
  async function passes(...args: string[]): Promise<void> {
    const out = `${driver}-${Math.random()}`
    const { code, said } = await run('--out', out, ...args)
    expect(said).toContain('PASSED')
    expect(code).toBe(0)
    expect(countsIn(out)).toMatchObject({ scheduled: 1000, acked: 1000, consumed: 1000 })
  }
  async function refused(sentence: RegExp, ...args: string[]): Promise<void> {
    const { code, said } = await run(...args)
    expect(said).toMatch(sentence)
    expect(said.match(/^loadtest: .*$/gm)).toHaveLength(1)
    expect(said).not.toMatch(/^ +at /m)
    expect(said).not.toMatch(/correct horse|battery/)
    expect(code).toBe(3)
  }

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'])('%s over TLS', async mechanism => {
    await passes(...at('SECURE'), ...trusting(), ...as('alice', mechanism))
  })
  it('a token over TLS', async () => {
    const token = ['--sasl.mechanism', 'oauthbearer', '--sasl.token.file', kafka.files.token]
    await passes(...at('SECURE'), ...trusting(), ...token)
  })
  it('a certificate of our own', async () => {
    const own = ['--tls.cert', kafka.files.client, '--tls.key', kafka.files.clientKey]
    await passes(...at('MUTUAL'), ...trusting(), ...own)
  })

  it('sessions that end: all that is sent is acked and read', async () => {
    const out = `${driver}-sessions`
    const long = ['--rate', '1k/s', '--duration', '20s', '--out', out]
    const { code, said } = await run(...at('SECURE'), ...trusting(), ...as('alice', 'scram-sha-256'), ...long)
    expect(said).toContain('PASSED')
    expect(code).toBe(0)
    expect(countsIn(out)).toMatchObject({ scheduled: 20_000, acked: 20_000, consumed: 20_000 })
    // brokers close connections whose session was not renewed
    expect(
      resultIn(out).events.filter(event => event.kind === 'error' && /Clos|SASL/.test(event.code)),
    ).toEqual([])
  })

  it.each(['plain', 'scram-sha-512'])('a wrong password by %s', async mechanism => {
    await refused(
      new RegExp(
        `user alice is refused by ${mechanism.toUpperCase()} \\(SASL_AUTHENTICATION_FAILED: .+\\)\\. Check`,
      ),
      ...[...at('SECURE'), ...trusting(), ...as('alice', mechanism, 'wrong')],
    )
  })
  it('a token that is none', async () => {
    const token = ['--sasl.mechanism', 'oauthbearer', '--sasl.token.file', kafka.files.wrong]
    await refused(/the token is refused by OAUTHBEARER \(SASL_/, ...at('SECURE'), ...trusting(), ...token)
  })
  it('a mechanism that is not enabled', async () => {
    await refused(/PLAIN is not enabled there, but SCRAM-SHA-512 \(UNSUP/, ...at('SCRAM'), ...as('alice'))
  })
  it('no authentication where one is wanted', async () => {
    await refused(/it closed the connection.* SASL.* [Ss]et/, ...at('SCRAM'))
  })
  it('authentication where none is wanted', async () => {
    await refused(/it asks for no authentication \(ILLEGAL_/, '--brokers', kafka.address, ...as('alice'))
  })
  it('plain text to a port that speaks TLS', async () => {
    await refused(/it speaks TLS\. Set tls/, ...at('SECURE'))
  })
  it('TLS to a port that speaks plain text', async () => {
    await refused(/during the TLS handshake.*leave tls out/, '--brokers', kafka.address, '--tls')
  })
  it('an authority that is not known', async () => {
    await refused(/signed by nobody that is trusted here \(UNABLE_TO_\w+\)\. Name/, ...at('SECURE'), '--tls')
  })
  it('a certificate that is signed by itself', async () => {
    await refused(/trusted here \(DEPTH_ZERO_SELF_SIGNED_CERT\)\. Name/, ...at('STRANGE'), ...trusting())
  })
  it('a certificate that has expired', async () => {
    await refused(/has expired \(CERT_HAS_EXPIRED\)\./, ...at('EXPIRED'), '--tls.ca', kafka.files.expired)
  })
  it('a certificate for another name', async () => {
    const other = ['--tls.servername', 'kafka.invalid']
    await refused(/for another name: Host: kafka\.invalid\. is not/, ...at('SECURE'), ...trusting(), ...other)
  })
  it('no certificate of our own', async () => {
    await refused(/asks for a certificate of ours \(ERR_SSL.*Set tls\.cert/, ...at('MUTUAL'), ...trusting())
  })
  it('a certificate of our own that is not trusted', async () => {
    const own = ['--tls.cert', kafka.files.stranger, '--tls.key', kafka.files.strangerKey]
    await refused(/it refuses our certificate \(ERR_SSL/, ...at('MUTUAL'), ...trusting(), ...own)
  })

  describe('ACLs', () => {
    const secure = (user: string) => [...at('SECURE'), ...trusting(), ...as(user)]
    const existing = ['--topic', EXISTING, '--topic.existing']

    it('that allow it', async () => passes(...secure('alice'), ...existing))
    it('that do not allow to make the topic', async () => {
      const sentence =
        /user nocreate lacks the ACL operation Create on the topic \(.*TOPIC_AUTHORIZATION_FAILED/
      await refused(sentence, ...secure('nocreate'))
    })
    it('that do not allow to read the group', async () => {
      const sentence =
        driver === 'wire'
          ? /user nogroup lacks the ACL operation Read on the group \(.*GROUP_AUTHORIZATION_FAILED/
          : /kafkajs does not find the coordinator of the group.* operation Read/
      await refused(sentence, ...secure('nogroup'), ...existing)
    })
    it('that do not allow to write', async () => {
      if (driver === 'wire') {
        const sentence =
          /user nowrite lacks the ACL operation Write on the topic \(topic existing: TOPIC_AUTH/
        await refused(sentence, ...secure('nowrite'), ...existing)
        return
      }
      // kafkajs does not ask beforehand
      const { code, said } = await run(...secure('nowrite'), ...existing)
      expect(said).toContain('TOPIC_AUTHORIZATION_FAILED')
      expect(code).toBe(5)
    })
  })
})
