/** kcat and the Java clients at embedded brokers that speak TLS and ask who is there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BrokerProcess, spawnBroker } from '../../../plugins/broker/spawn.ts'
import { ca, serverCert, serverKey } from '../../plugins/broker/certificates.ts'
import { javaTool, properties } from '../java.ts'
import { contentOf, kcat, lines, linesOf, RECORDS, text, tools } from './clients.ts'

const USER = 'alice'
const PASSWORD = 'correct horse'
/** Java authenticates again before this is over; the run below lasts longer. */
const MAX_REAUTH_MS = 3000
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

let broker: BrokerProcess
let directory: string
let caFile: string

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'secure-'))
  caFile = join(directory, 'ca.pem')
  writeFileSync(caFile, ca)
  broker = await spawnBroker({
    port: 0,
    tls: { cert: serverCert, key: serverKey },
    sasl: { users: { [USER]: PASSWORD }, maxReauthMs: MAX_REAUTH_MS },
  })
})
afterAll(async () => {
  await broker.close()
  rmSync(directory, { recursive: true })
})

function kcatSettings(mechanism: string, password = PASSWORD): string[] {
  const settings = {
    'security.protocol': 'sasl_ssl',
    'ssl.ca.location': caFile,
    'sasl.mechanisms': mechanism,
    'sasl.username': USER,
    'sasl.password': password,
  }
  return Object.entries(settings).flatMap(([key, value]) => ['-X', `${key}=${value}`])
}

/** A file of properties for a Java client. */
function javaConfig(mechanism: string, password = PASSWORD): string {
  const login = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule'
  const who = `username="${USER}" password="${password}"`
  const file = join(directory, `${mechanism}-${password.length}.properties`)
  const settings = {
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': mechanism,
    'sasl.jaas.config': `org.apache.kafka.common.security.${login} required ${who};`,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': caFile,
  }
  writeFileSync(file, properties(settings))
  return file
}

function java(
  tool: string,
  configFlag: string,
  mechanism: string,
  args: readonly string[],
  input?: string,
): string {
  const at = ['--bootstrap-server', broker.address, configFlag, javaConfig(mechanism)]
  return javaTool(`${tools}.${tool}`, [...at, ...args], input)
}

describe('over TLS, with a password', () => {
  it.each(MECHANISMS)('kcat reads back what it wrote, by %s', mechanism => {
    const topic = `kcat-${mechanism}`
    kcat(broker, ['-P', '-t', topic, '-K', '\t', ...kcatSettings(mechanism)], text)
    const read = ['-C', '-t', topic, '-e', '-q', '-f', '%k\t%s\n']
    expect(linesOf(kcat(broker, [...read, ...kcatSettings(mechanism)]))).toEqual(lines)
  })

  it.each(MECHANISMS)('the Java clients read back what they wrote, by %s', mechanism => {
    const topic = `java-${mechanism}`
    const values = `${lines.map(contentOf).join('\n')}\n`
    java('ConsoleProducer', '--producer.config', mechanism, ['--topic', topic], values)
    const args = ['--topic', topic, '--from-beginning', '--max-messages', String(RECORDS)]
    const read = java('consumer.ConsoleConsumer', '--consumer.config', mechanism, args)
    expect(linesOf(read)).toEqual(lines.map(contentOf))
  })

  it('a Java producer outlives its session by authenticating again', () => {
    const count = 400
    const props = ['--producer-props', `bootstrap.servers=${broker.address}`]
    const produced = javaTool(`${tools}.ProducerPerformance`, [
      ...['--topic', 'java-session', '--num-records', String(count), '--record-size', '100'],
      ...['--throughput', '50', '--producer.config', javaConfig('SCRAM-SHA-256'), ...props],
    ])
    expect(produced).toContain(`${count} records sent`)
    const read = ['-C', '-t', 'java-session', '-e', '-q', '-f', '%o\n']
    expect(linesOf(kcat(broker, [...read, ...kcatSettings('PLAIN')]))).toHaveLength(count)
  })

  it('a wrong password is told as such', () => {
    expect(() => kcat(broker, ['-L', ...kcatSettings('SCRAM-SHA-512', 'wrong')])).toThrow(
      'Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512',
    )
    const args = ['--bootstrap-server', broker.address, '--command-config', javaConfig('PLAIN', 'wrong')]
    expect(() => javaTool(`${tools}.TopicCommand`, [...args, '--list'])).toThrow('Authentication failed')
  })
})
