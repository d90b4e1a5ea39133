/** The table of options itself: each is settable in a file, by a variable and by a flag, and none is read and ignored. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, describe, expect, it } from 'vitest'
import { addFlags, readFlags } from '../../../core/cli/flags.ts'
import { type Merged, mergeConfig } from '../../../core/config/merge.ts'
import { flagOf, options, variableOf } from '../../../core/config/options.ts'
import { laid, nested, type Plain } from '../../../core/config/plain.ts'
import { resolveConfig } from '../../../core/config/resolve.ts'
import type { ConfigSource } from '../../../core/config/source.ts'
import type { ResolvedConfig, ResolvedStream } from '../../../core/config/types.ts'
import { definePlugin } from '../../../core/index.ts'
import { ca, clientCert, clientKey } from '../../plugins/broker/certificates.ts'

type Part<T> = { readonly [K in keyof T]?: T[K] extends readonly unknown[] ? T[K] : Part<T[K]> }
const folder = mkdtempSync(join(tmpdir(), 'options-'))
const texts = { ca, cert: clientCert, key: clientKey, 'other-cert': clientCert, 'other-key': clientKey }
const pem = (name: keyof typeof texts) => join(folder, `${name}.pem`)
for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, `${name}.pem`), text)
afterAll(() => rmSync(folder, { recursive: true }))

/** What a user writes that is not the default, and what the engine has of it. */
type Sample =
  | readonly [text: string, run: Part<ResolvedConfig>]
  | readonly [text: string, _: null, stream: Part<ResolvedStream>]

const samples: Readonly<Record<string, Sample>> = {
  brokers: ['kafka-1:9092,[::1]:9093', { brokers: ['kafka-1:9092', '[::1]:9093'] }],
  driver: ['kafkajs', {}],
  warmup: ['3s', { warmupUs: 3_000_000 }],
  duration: ['1m', { durationUs: 60_000_000 }],
  timeout: ['500ms', { timeoutUs: 500_000 }],
  threads: ['3', { threads: 3 }],
  seed: ['42', { seed: 42 }],
  scale: ['0.5', { scale: 0.5 }],
  out: ['somewhere', { out: 'somewhere' }],
  allowTainted: ['true', { allowTainted: true }],
  'tls.enabled': ['true', { tls: {} }],
  'tls.ca': [pem('ca'), { tls: { ca: pem('ca') } }],
  'tls.cert': [pem('cert'), { tls: { cert: pem('cert') } }],
  'tls.key': [pem('key'), { tls: { key: pem('key') } }],
  'tls.servername': ['kafka', { tls: { servername: 'kafka' } }],
  'tls.rejectUnauthorized': ['false', { tls: { rejectUnauthorized: false } }],
  'sasl.mechanism': ['scram-sha-256', { sasl: { mechanism: 'scram-sha-256' } }],
  'sasl.username': ['alice', { sasl: { username: 'alice' } }],
  'sasl.password': ['{"env":"PATH"}', { sasl: { password: { env: 'PATH' } } }],
  'sasl.token': ['{"env":"PATH"}', { sasl: { token: { env: 'PATH' } } }],
  'topic.name': ['orders', null, { topic: { name: 'orders' } }],
  'topic.partitions': ['12', null, { topic: { partitions: 12 } }],
  'topic.replicationFactor': ['3', null, { topic: { replicationFactor: 3 } }],
  'topic.existing': ['true', null, { topic: { existing: true } }],
  'topic.configs': ['{"retention.ms":"60000"}', null, { topic: { configs: { 'retention.ms': '60000' } } }],
  rate: ['80 MB/s', null, { rate: { kind: 'constant', rate: 80e6, unit: 'bytes' } }],
  size: ['1KiB', null, { size: 1024 }],
  producers: ['4', null, { producers: 4 }],
  'producer.acks': ['1', null, { producer: { acks: 1 } }],
  'producer.idempotent': ['true', null, { producer: { idempotent: true } }],
  'producer.transactionalId': ['orders', null, { producer: { transactionalId: 'orders' } }],
  'producer.compression': ['zstd', null, { producer: { compression: 'zstd' } }],
  'producer.compressionLevel': ['-5', null, { producer: { compressionLevel: -5 } }],
  'producer.linger': ['20ms', null, { producer: { lingerUs: 20_000 } }],
  'producer.batchSize': ['1MiB', null, { producer: { batchBytes: 2 ** 20 } }],
  'producer.maxInFlight': ['1', null, { producer: { maxInFlight: 1 } }],
  'producer.batchRecords': ['1000', null, { producer: { batchRecords: 1000 } }],
  'producer.connections': ['2', null, { producer: { connections: 2 } }],
  'producer.buffer': ['64MiB', null, { producer: { bufferBytes: 2 ** 26 } }],
  'producer.bufferRecords': ['1000', null, { producer: { bufferRecords: 1000 } }],
  'producer.deliveryTimeout': ['2m', null, { producer: { deliveryTimeoutUs: 120_000_000 } }],
  'consumers.count': ['0', null, { consumers: { count: 0 } }],
  'consumers.groups': ['3', null, { consumers: { groups: 3 } }],
  'consumers.group': ['billing', null, { consumers: { group: 'billing' } }],
  'consumers.protocol': ['consumer', null, { consumers: { protocol: 'consumer' } }],
  'consumers.isolation': ['read_committed', null, { consumers: { isolation: 'read_committed' } }],
  'consumers.from': ['earliest', null, { consumers: { from: 'earliest' } }],
  'consumers.assignor': ['cooperative-sticky', null, { consumers: { assignor: 'cooperative-sticky' } }],
  'consumers.instance': ['reader', null, { consumers: { instance: 'reader' } }],
  'consumers.commit': ['1000 records', null, { consumers: { commitUs: 0, commitAfter: 1000 } }],
  'consumers.sessionTimeout': ['10s', null, { consumers: { sessionTimeoutUs: 10_000_000 } }],
  'consumers.fetch.minBytes': ['64KiB', null, { consumers: { fetch: { minBytes: 65_536 } } }],
  'consumers.fetch.maxWait': ['100ms', null, { consumers: { fetch: { maxWaitUs: 100_000 } } }],
  'consumers.fetch.maxBytes': ['1MiB', null, { consumers: { fetch: { maxBytes: 2 ** 20 } } }],
  'consumers.fetch.maxPartitionBytes': [
    '64KiB',
    null,
    { consumers: { fetch: { maxPartitionBytes: 65_536 } } },
  ],
  stamp: ['header', null, { stamp: 'header' }],
}
const user = { mechanism: 'plain', username: 'bob', password: { env: 'NODE_ENV' } }
/** What an option needs beside it to be seen, or to be allowed. */
const beside: Readonly<Record<string, Plain>> = {
  driver: { plugins: [definePlugin({ name: 'another', slot: 'driver', register() {} })()] },
  threads: { producers: 8 },
  'topic.existing': { topic: { name: 'orders' } },
  'tls.cert': { tls: { cert: pem('other-cert'), key: pem('key') } },
  'tls.key': { tls: { cert: pem('cert'), key: pem('other-key') } },
  'sasl.mechanism': { sasl: user },
  'sasl.username': { sasl: user },
  'sasl.password': { sasl: user },
  'sasl.token': { sasl: { mechanism: 'oauthbearer', token: { env: 'NODE_ENV' } } },
}

interface Read {
  readonly merged: Merged
  readonly config: ResolvedConfig
}
async function read(path: string, source: Partial<ConfigSource>): Promise<Read> {
  const value = beside[path] ?? {}
  const merged = await mergeConfig({ value, cwd: import.meta.dirname, env: {}, command: 'run', ...source })
  return { merged, config: await resolveConfig(merged) }
}
function expectSample(path: string, { merged, config }: Read, yes = true): void {
  const [text, run, stream] = samples[path] as Sample
  const has = (value: unknown, part: unknown) =>
    yes ? expect(value).toMatchObject(part as object) : expect(value).not.toMatchObject(part as object)
  if (path === 'driver')
    has({ name: merged.plugins.find(p => p.value.slot === 'driver')?.value.name }, { name: text })
  else if (run) has(config, run)
  else has(config.streams[0], stream)
}

function flags(...argv: string[]) {
  const { args, settings } = readFlags(['run', ...argv])
  const program = new Command().exitOverride()
  let given = {}
  addFlags(program.command('run')).action(flags => {
    given = flags
  })
  program.parse([...args], { from: 'user' })
  return settings(given)
}
/** An object is given key by key. */
const argument = (path: string, name: string) =>
  path === 'topic.configs' ? [`${name}.retention.ms`, '60000'] : [`${name}=${samples[path]?.[0]}`]

it('there is a sample for every option, and only for options', () => {
  expect(Object.keys(samples).sort()).toEqual(options.map(o => o.path).sort())
})

it('variables and flags are named as the option is', () => {
  expect(variableOf('producer.batchSize')).toBe('LOADTEST_PRODUCER_BATCH_SIZE')
  expect(flagOf('producer.batchSize')).toBe('--producer.batch-size')
})

describe.each(options.map(o => [o.path, o] as const))('%s', (path, option) => {
  const text = samples[path]?.[0] ?? ''

  it('is something else by default', async () => {
    expectSample(path, await read(path, {}), false)
  })
  it('is read from a file', async () => {
    const written: unknown = text.startsWith('{') ? JSON.parse(text) : text
    expectSample(
      path,
      await read(path, { value: laid(beside[path] ?? {}, nested(path.split('.'), written)) }),
    )
  })
  it('is read from its variable', async () => {
    expectSample(path, await read(path, { env: { [variableOf(path)]: text } }))
  })
  it('is read from its flag, written either way', async () => {
    for (const name of [flagOf(path), `--${path}`])
      expectSample(path, await read(path, { flags: flags(...argument(path, name)) }))
  })
  it('says what it expects when it gets something odd', async () => {
    const inside: string[] = []
    const answer = option.kind.read('odd §', (_key, _value, expected) => inside.push(expected))
    const odd = answer === undefined || inside.length > 0 ? 'odd §' : 5
    const fault = read(path, { value: nested(path.split('.'), odd) })
    await expect(fault).rejects.toThrow(inside[0] ?? option.kind.expected)
  })
})

it('no answer is asked for that is longer than a frame may be', async () => {
  const value = { consumers: { fetch: { maxBytes: '65MiB' } } }
  await expect(read('', { value })).rejects.toThrow('a size from 1B to 64MiB')
})

it.each(options.filter(o => o.stream).map(o => o.path))('a stream has its own %s', async path => {
  for (const name of [flagOf(path).slice(2), path])
    expectSample(path, await read(path, { flags: flags(...argument(path, `--streams.audit.${name}`)) }))
})
it.each(options.filter(o => !o.stream).map(o => o.path))('a stream has no %s', async path => {
  const fault = read(path, { flags: flags(`--streams.audit.${path}`, 'any') })
  await expect(fault).rejects.toThrow(`${path.split('.')[0]} is for the whole run`)
})

it('a file yields to variables, and these to flags', async () => {
  const { merged, config } = await read('', {
    value: { seed: 1, timeout: '1s', warmup: '1s' },
    env: { LOADTEST_SEED: '2', LOADTEST_TIMEOUT: '2s', LOADTEST_TOPIC: 'short' },
    flags: flags('--seed', '3', '--consumers', '2'),
  })
  expect(config).toMatchObject({
    seed: 3,
    timeoutUs: 2_000_000,
    warmupUs: 1_000_000,
    streams: [{ topic: { name: 'short' }, consumers: { count: 2 } }],
  })
  const origins = ['seed', 'timeout', 'warmup', 'topic.name', 'consumers.count'].map(merged.originOf)
  expect(origins).toEqual(['--seed', 'LOADTEST_TIMEOUT', 'run()', 'LOADTEST_TOPIC', '--consumers'])
})
