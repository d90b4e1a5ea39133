/** A real Kafka that wants to know who is there: TLS, every SASL mechanism, ACLs, and sessions that end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
} from '../plugins/broker/certificates.ts'
import { javaTool } from './java.ts'
import { type RealKafka, startKafka } from './real-kafka.ts'

export const PASSWORD = 'correct horse'
/** Of alice, who may do everything; the others lack what their names say. */
export const USERS = ['alice', 'nowrite', 'nogroup', 'nocreate']
/** The plain listener is for those who set all this up. */
const SUPER = 'User:ANONYMOUS'

export interface SecureKafka extends Omit<RealKafka, 'stop'> {
  /** Paths by name. */
  readonly files: Readonly<Record<keyof typeof texts, string>>
  readonly folder: string
  stop(): Promise<void>
}

const texts = {
  ca,
  stranger: strangerCert,
  strangerKey,
  expired: expiredCert,
  client: clientCert,
  clientKey,
  password: PASSWORD,
  wrong: 'battery staple',
  token: token('alice', 3600),
}

/** An unsecured JSON web token, good for so many seconds. */
export function token(subject: string, seconds: number): string {
  const now = Math.floor(Date.now() / 1000)
  const part = (of: object) => Buffer.from(JSON.stringify(of)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ sub: subject, iat: now, exp: now + seconds })}.`
}

/** @param reauthMs length of a session. */
export async function startSecureKafka(reauthMs: number): Promise<SecureKafka> {
  const folder = mkdtempSync(join(tmpdir(), 'secure-kafka-'))
  const put = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  const files = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, put(name, text)]))
  const store = (listener: string, key: string, cert: string) => ({
    [`listener.name.${listener}.ssl.keystore.type`]: 'PEM',
    [`listener.name.${listener}.ssl.keystore.location`]: put(`${listener}.store`, key + cert),
  })
  const login = 'org.apache.kafka.common.security'
  const plainUsers = USERS.map(user => `user_${user}="${PASSWORD}"`).join(' ')
  const forget = () => rmSync(folder, { recursive: true, force: true })
  const starting = startKafka({
    quiet: true,
    listeners: {
      SECURE: 'SASL_SSL',
      MUTUAL: 'SSL',
      EXPIRED: 'SSL',
      STRANGE: 'SSL',
      SCRAM: 'SASL_PLAINTEXT',
    },
    settings: {
      ...store('secure', serverKey, serverCert),
      ...store('mutual', serverKey, serverCert),
      ...store('expired', expiredKey, expiredCert),
      ...store('strange', strangerKey, strangerCert),
      'listener.name.mutual.ssl.client.auth': 'required',
      'listener.name.mutual.ssl.truststore.type': 'PEM',
      'listener.name.mutual.ssl.truststore.location': files['ca'],
      'listener.name.secure.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
      'listener.name.secure.plain.sasl.jaas.config': `${login}.plain.PlainLoginModule required ${plainUsers};`,
      'listener.name.secure.scram-sha-256.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
      'listener.name.secure.scram-sha-512.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
      'listener.name.secure.oauthbearer.sasl.jaas.config': `${login}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
      'listener.name.scram.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
      'listener.name.scram.scram-sha-512.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
      'connections.max.reauth.ms': reauthMs,
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': SUPER,
    },
  })
  const kafka = await starting.catch(error => {
    forget()
    throw error
  })
  const stop = async () => {
    await kafka.stop()
    forget()
  }
  const at = ['--bootstrap-server', kafka.address]
  try {
    // Kafka takes one at a time
    for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512']) {
      const change = ['--alter', '--entity-type', 'users', '--entity-name', 'alice', '--add-config']
      javaTool('kafka.admin.ConfigCommand', [...at, ...change, `${mechanism}=[password=${PASSWORD}]`])
    }
    const allow = (users: readonly string[], operations: readonly string[], on: readonly string[]) =>
      javaTool('org.apache.kafka.tools.AclCommand', [
        ...at,
        '--add',
        '--force',
        ...users.flatMap(user => ['--allow-principal', `User:${user}`]),
        ...operations.flatMap(operation => ['--operation', operation]),
        ...on,
      ])
    const topics = ['--topic', '*']
    const groups = ['--group', '*']
    allow(
      ['alice', 'CN=test-client'],
      ['All'],
      [...topics, ...groups, '--cluster', '--transactional-id', '*'],
    )
    allow(['nogroup'], ['Write'], topics)
    allow(['nowrite', 'nogroup', 'nocreate'], ['Read', 'Describe', 'DescribeConfigs'], topics)
    allow(['nowrite', 'nocreate'], ['Read'], groups)
  } catch (error) {
    await stop()
    throw error
  }
  return { ...kafka, folder, files: files as SecureKafka['files'], stop }
}
