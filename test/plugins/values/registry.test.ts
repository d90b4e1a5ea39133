/** What is asked of a schema registry, and what is told when it does not go well. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ConfigError, ConnectError } from '../../../core/plugin.ts'
import { values } from '../../../plugins/index.ts'
import { messageIndexes } from '../../../plugins/values/registry/frame.ts'
import { faultsOf, registered } from '../draws.ts'
import { full } from './made.ts'
import { type RegistryOptions, startRegistry } from './registry.ts'

const ORDER = JSON.stringify({ type: 'record', name: 'Order', fields: [{ name: 'id', type: 'long' }] })
const OTHER = JSON.stringify({ type: 'record', name: 'Order', fields: [{ name: 'n', type: 'string' }] })
const TOPIC = { topic: { name: 'orders' } }

let folder: string
let schema: string
const open: { close(): Promise<void> }[] = []
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'loadtest-registry-'))
  schema = join(folder, 'order.avsc')
  writeFileSync(schema, ORDER)
})
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
  delete process.env['REGISTRY_AUTH']
})
afterAll(() => rmSync(folder, { recursive: true }))

async function registry(options?: RegistryOptions) {
  const started = await startRegistry(options)
  open.push(started)
  return started
}
const idOf = (value: Buffer | undefined) => [value?.[0], value?.readUInt32BE(1)]

describe('the schema and its id', () => {
  it('are registered under the topic, once, before the run', async () => {
    const double = await registry()
    const all = await full([values.avro({ registry: double.url, schema, register: true })], 50, TOPIC)
    expect(double.all).toMatchObject([
      { subject: 'orders-value', version: 1, id: 100_001, schema: ORDER, schemaType: 'AVRO' },
    ])
    expect(double.requests).toEqual(['POST /subjects/orders-value/versions', 'GET /schemas/ids/100001'])
    for (const value of all) expect(idOf(value)).toEqual([0, 100_001])
  })
  it('are looked up without register, and with a subject by that name', async () => {
    const double = await registry()
    double.register({ subject: 'some/other', schema: OTHER })
    double.register({ subject: 'some/other', schema: ORDER })
    const [value] = await full(
      [values.avro({ registry: `${double.url}/`, schema, subject: 'some/other' })],
      1,
    )
    expect(double.requests[0]).toBe('POST /subjects/some%2Fother')
    expect(idOf(value)).toEqual([0, 100_002])
  })
  it('are the latest of the subject without a file, or the version, or the id', async () => {
    const double = await registry()
    double.register({ subject: 'orders-value', schema: OTHER })
    double.register({ subject: 'orders-value', schema: ORDER })
    const id = async (options: object) =>
      idOf((await full([values.avro({ registry: double.url, ...options })], 1, TOPIC))[0])[1]
    expect(await id({})).toBe(100_002)
    expect(await id({ version: 1 })).toBe(100_001)
    expect(await id({ id: 100_001 })).toBe(100_001)
  })
  it('are asked for with the credentials of a variable', async () => {
    for (const credentials of ['me:secret', 'token-1']) {
      const double = await registry({ credentials })
      process.env['REGISTRY_AUTH'] = credentials
      const plugin = values.avro({ registry: double.url, auth: 'REGISTRY_AUTH', schema, register: true })
      expect(await full([plugin], 2, TOPIC)).toHaveLength(2)
    }
  })
  it('of two streams are two', async () => {
    const double = await registry()
    double.register({ subject: 'a', schema: ORDER })
    double.register({ subject: 'b', schema: OTHER })
    const stream = (subject: string) => ({
      topic: { name: subject },
      plugins: [values.avro({ registry: double.url, subject })],
    })
    const { run } = await import('kafka-loadtest')
    const { fakeDriver, virtualClock } = await import('kafka-loadtest/testing')
    const ids = new Map<string, Set<number>>()
    const reader = {
      name: 'reader',
      stream(s: import('../../../core/api.ts').Stream) {
        const own = new Set<number>()
        ids.set(s.name, own)
        s.hooks.onRecord.tap(r => void own.add(r.value()?.readUInt32BE(1) ?? -1))
      },
    }
    const streams = { one: stream('a'), two: stream('b') }
    await run(
      { rate: 100, warmup: 0, duration: 1, streams, plugins: [fakeDriver({ log: true }), reader] },
      { clock: virtualClock },
    )
    expect(Object.fromEntries(ids)).toEqual({ one: new Set([100_001]), two: new Set([100_002]) })
  })
})

describe('a registry that says no', () => {
  const refused = async (
    options: RegistryOptions,
    plugin: (url: string) => ReturnType<typeof values.avro>,
    config = {},
  ) => {
    const double = await registry(options)
    double.register({ subject: 'orders-value', schema: OTHER })
    const error: unknown = await full([plugin(double.url)], 1, { ...TOPIC, ...config }).catch(e => e)
    return { error, message: (error as Error).message.replaceAll(double.url, 'URL') }
  }
  const avro = (options: object) => (url: string) => values.avro({ registry: url, ...options })

  it.each([
    [
      'an unknown subject',
      avro({ subject: 'x' }),
      'values.avro.subject is "x": expected a subject that the registry has, in that version: it says Subject \'x\' not found. (40401)',
    ],
    [
      'an unknown version',
      avro({ version: 9 }),
      'values.avro.subject is "orders-value": expected a subject that the registry has, in that version: it says Version 9 not found. (40402)',
    ],
    [
      'an unknown id',
      avro({ id: 5 }),
      'values.avro.id is 5: expected an id that the registry has: it says Schema 5 not found (40403)',
    ],
    [
      'a schema that is not there',
      (url: string) => values.avro({ registry: url, schema }),
      'values.avro.schema is "orders-value": expected a schema that this subject has, or register: true to add it: it says Schema not found (40403)',
    ],
  ])('%s is a fault of the configuration', async (_, plugin, message) => {
    const told = await refused({}, plugin)
    expect(told.error).toBeInstanceOf(ConfigError)
    expect(told.message).toBe(`${message}\n    from run()`)
  })
  it('so is an incompatible schema', async () => {
    const told = await refused({ incompatible: ['orders-value'] }, url =>
      values.avro({ registry: url, schema, register: true }),
    )
    expect(told.error).toBeInstanceOf(ConfigError)
    expect(told.message).toContain(
      'values.avro.schema is "orders-value": expected a schema that the registry takes for this subject: it says Schema being registered is incompatible with an earlier schema for subject "orders-value" (409)',
    )
  })
  it('so is an invalid one, or one of another format', async () => {
    const answers = { status: 422, body: '{"error_code":42201,"message":"Invalid schema"}' }
    const invalid = await refused({ answers }, url => values.avro({ registry: url, schema, register: true }))
    expect(invalid.message).toContain('it says Invalid schema (42201)')
    expect(invalid.error).toBeInstanceOf(ConfigError)
    const other = await refused({}, url => values.jsonSchema({ registry: url }))
    expect(other.message).toContain(
      'values.jsonSchema.subject is "orders-value": expected a schema of JSON, and the registry has one of AVRO',
    )
  })
  it('a topic that the run names has no subject', async () => {
    const double = await registry()
    await expect(full([values.avro({ registry: double.url })], 1)).rejects.toThrow(
      'values.avro.subject: expected the name of a subject, or topic.name to have it from, since this topic is named by the run',
    )
  })
  it('refused credentials cannot connect', async () => {
    process.env['REGISTRY_AUTH'] = 'me:wrong'
    const told = await refused({ credentials: 'me:right' }, avro({ auth: 'REGISTRY_AUTH' }))
    expect(told.error).toBeInstanceOf(ConnectError)
    expect(told.message).toBe(
      'cannot connect to URL: the schema registry refuses the credentials (401: User cannot be authenticated). Set auth to the name of the variable that holds user:password or a token',
    )
    expect(told.message).not.toContain('wrong')
  })
  it.each([
    [
      { status: 503, body: '{"error_code":50301,"message":"no leader"}' },
      'it answered 503: no leader. Look at what it logs',
    ],
    [
      { status: 404, body: '<html>' },
      'it answered 404, and not as a schema registry does. Look whether registry has the right path',
    ],
    [
      { status: 200, body: 'hello' },
      'it answered 200, and not as a schema registry does. Look whether registry has the right path',
    ],
  ])('what is no answer of a registry cannot connect: %j', async (answers, message) => {
    const told = await refused({ answers }, avro({}))
    expect(told.error).toBeInstanceOf(ConnectError)
    expect(told.message).toBe(`cannot connect to URL: ${message}`)
  })
  it('silence ends in time', async () => {
    const told = await refused({ answers: 'silence' }, avro({}), { timeout: '300ms' })
    expect(told.error).toBeInstanceOf(ConnectError)
    expect(told.message).toBe(
      'cannot connect to URL: the schema registry did not answer in time. Look whether it is up, or raise timeout',
    )
  })
  it('nobody there cannot connect', async () => {
    const gone = await registry()
    await gone.close()
    await expect(full([values.avro({ registry: gone.url })], 1, TOPIC)).rejects.toThrow(
      `cannot connect to ${gone.url}: the schema registry cannot be reached (ECONNREFUSED). Look whether it is up and registry is right`,
    )
  })
})

describe('sizes before the registry has answered', () => {
  it('are known from a file, and nobody is asked', async () => {
    const plugin = values.avro({ registry: 'http://127.0.0.1:1', schema })
    const stream = await registered([plugin], { rate: '1 kB/s', warmup: 0, duration: 10 })
    // a head of 5 bytes, a long of 1 to 6
    expect(stream.schedule?.total).toBeGreaterThan(10_000 / 11)
    expect(stream.schedule?.total).toBeLessThan(10_000 / 6)
  })
  it('are not known otherwise, so a rate in bytes is refused', async () => {
    const double = await registry()
    double.register({ subject: 'orders-value', schema: ORDER })
    await expect(
      full([values.avro({ registry: double.url })], 10, { ...TOPIC, rate: '1 kB/s' }),
    ).rejects.toThrow(
      'rate: expected a rate in records/s, since how long values of values.avro are is known only once the registry has answered',
    )
  })
})

describe('options', () => {
  const url = 'http://127.0.0.1:1'
  it.each([
    [{ registry: 'registry:8081' }, "registry: expected the registry's URL, such as 'http://registry:8081'"],
    [
      { registry: 'http://me:pw@registry' },
      'registry: expected a URL without credentials: name their variable in auth',
    ],
    [
      { registry: url, auth: 'NO_SUCH_VARIABLE' },
      'auth: expected the name of a variable that is set, and NO_SUCH_VARIABLE is not',
    ],
    [{ registry: url, id: 1, subject: 'x' }, 'subject: expected to be left out, since id names the schema'],
    [{ registry: url, register: true }, 'register: expected a schema to register'],
    [{ registry: url, id: 0 }, 'id: expected a whole number from 1 to 2147483647'],
    [{ registry: url, schema: 'none.avsc' }, 'schema: expected a file with a schema: ENOENT'],
    [{ registry: url, documents: 'none' }, 'documents: expected a file with documents: ENOENT'],
    [
      { registry: url, references: [{ name: 'x', subject: 'x', version: 1 }] },
      'references: expected a schema that refers to them',
    ],
    [
      { registry: url, template: '{"a":{{key}}}' },
      'template: expected no {{key}} and no {{timestamp}}, since documents are encoded before the run',
    ],
  ])('%j', async (options, expected) => {
    expect((await faultsOf([values.avro(options as never)])).join('\n')).toContain(`values.avro.${expected}`)
  })
  it('documents and templates that do not fit the file are faults before the run', async () => {
    const documents = join(folder, 'documents.ndjson')
    writeFileSync(documents, '{"id":1}\n{"id":"two"}\n{"id":3,"x":1}\n')
    expect(await faultsOf([values.avro({ registry: url, schema, documents })])).toEqual([
      `values.avro.documents: expected documents of the schema, a whole number up to 2^53 at id: ${documents}:2, document 2`,
      `values.avro.documents: expected documents of the schema, fields id and no x: ${documents}:3, document 3`,
    ])
    writeFileSync(documents, '{"id":1}\n{"id":\n')
    expect((await faultsOf([values.avro({ registry: url, schema, documents })]))[0]).toMatch(
      /JSON in every line, .*documents\.ndjson:2$/,
    )
    expect(await faultsOf([values.avro({ registry: url, schema, template: { id: '{{text 5}}' } })])).toEqual([
      'values.avro.template: expected a whole number up to 2^53 at id',
    ])
    writeFileSync(documents, '{"type":"recrd"}')
    expect((await faultsOf([values.avro({ registry: url, schema: documents })]))[0]).toContain(
      'values.avro.schema: expected an Avro schema: ',
    )
  })
})

it('message indexes are written as the wire format says', () => {
  expect([...messageIndexes([0])]).toEqual([0])
  expect([...messageIndexes([1])]).toEqual([2, 2])
  expect([...messageIndexes([1, 0])]).toEqual([4, 2, 0])
  expect([...messageIndexes([100, 2])]).toEqual([4, 200, 1, 4])
})
