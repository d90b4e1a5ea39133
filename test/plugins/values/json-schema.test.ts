import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { values } from '../../../plugins/index.ts'
import { faultsOf } from '../draws.ts'
import { full } from './made.ts'
import { startRegistry } from './registry.ts'

const TOPIC = { topic: { name: 'orders' } }

let folder: string
let double: Awaited<ReturnType<typeof startRegistry>>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loadtest-json-schema-'))
  double = await startRegistry()
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await double.close()
})
function file(name: string, content: object): string {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(content))
  return path
}
const plugin = (schema: object, options: object = {}) =>
  values.jsonSchema({
    registry: double.url,
    schema: file('schema.json', schema),
    register: true,
    subject: JSON.stringify(schema),
    ...options,
  })
const documents = async (schema: object, count = 300, options: object = {}) =>
  (await full([plugin(schema, options)], count, TOPIC)).map(v => {
    expect(v[0]).toBe(0)
    expect(double.all.find(s => s.id === v.readUInt32BE(1))).toMatchObject({ schemaType: 'JSON' })
    return JSON.parse(v.subarray(5).toString())
  })

const $schema = 'https://json-schema.org/draft/2020-12/schema'
const cases: Record<string, object> = {
  'every type': {
    type: 'object',
    required: ['s', 'i', 'n', 'b', 'z', 'list', 'o'],
    properties: {
      s: { type: 'string' },
      i: { type: 'integer' },
      n: { type: 'number' },
      b: { type: 'boolean' },
      z: { type: 'null' },
      list: { type: 'array', items: { type: 'integer' } },
      o: { type: 'object', additionalProperties: { type: 'number' } },
      any: true,
      several: { type: ['string', 'integer', 'null'] },
    },
    additionalProperties: false,
  },
  bounds: {
    type: 'array',
    prefixItems: [
      { type: 'integer', minimum: 5, exclusiveMaximum: 7 },
      { type: 'number', exclusiveMinimum: 0, maximum: 0.5 },
      { type: 'number', multipleOf: 0.01, minimum: 1 },
      { type: 'integer', maximum: -100, multipleOf: 7 },
      { type: 'string', minLength: 40, maxLength: 45 },
      { type: 'string', maxLength: 3 },
    ],
    items: false,
    minItems: 6,
  },
  lists: {
    type: 'array',
    items: { enum: ['a', 'b', 'c', 'd'] },
    uniqueItems: true,
    minItems: 3,
    maxItems: 4,
  },
  patterns: {
    type: 'object',
    required: ['iban', 'phone', 'code', 'any'],
    properties: {
      iban: { type: 'string', pattern: '^[A-Z]{2}\\d{2}( [0-9]{4}){3,5}$' },
      phone: { type: 'string', pattern: '^\\+?(49|1)-[1-9][0-9]+$', maxLength: 9 },
      code: { type: 'string', pattern: '^(?:ab|cd)?[^a-z\\s]\\u0041\\.$' },
      any: { type: 'string', pattern: 'x.y*' },
    },
    patternProperties: { '^n_[a-z]{3}$': { type: 'number' } },
    minProperties: 6,
    additionalProperties: false,
  },
  choices: {
    type: 'object',
    required: ['kind'],
    oneOf: [
      {
        properties: { kind: { const: 'card' }, number: { type: 'string', minLength: 1 } },
        required: ['number'],
      },
      { properties: { kind: { const: 'cash' } }, not: { required: ['number'] } },
    ],
  },
  references: {
    $ref: '#/$defs/node',
    $defs: {
      node: {
        allOf: [
          { $ref: '#named' },
          {
            properties: { children: { type: 'array', items: { $ref: '#/$defs/node' } } },
            required: ['children'],
          },
        ],
      },
      named: {
        $anchor: 'named',
        type: 'object',
        properties: { name: { $ref: '#/$defs/a~1b' } },
        required: ['name'],
      },
      'a/b': { type: 'string', minLength: 2 },
    },
  },
}

describe('documents that are drawn', () => {
  it.each(Object.entries(cases))('%s: another validator takes all of them', async (_, schema) => {
    const valid = new Ajv2020({ strict: false }).compile({ $schema, ...schema })
    const all = await documents({ $schema, ...schema })
    for (const document of all) expect([document, valid(document) || valid.errors]).toEqual([document, true])
    expect(new Set(all.map(d => JSON.stringify(d))).size).toBeGreaterThan(10)
  })

  it('take both branches of a choice, and leave out what may be', async () => {
    const all = await documents({ $schema, ...cases['choices'] })
    expect(new Set(all.map(d => d.kind))).toEqual(new Set(['card', 'cash']))
    const some = await documents({ type: 'object', properties: { a: { type: 'integer' } } })
    expect(some.some(d => d.a === undefined) && some.some(d => d.a !== undefined)).toBe(true)
  })

  it('have the formats of their texts', async () => {
    const formats = {
      'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
      date: /^\d{4}-\d\d-\d\d$/,
      time: /^\d\d:\d\d:\d\d\.\d{3}Z$/,
      email: /^[a-z.]+@[a-z0-9.-]+$/,
      uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      ipv4: /^10(\.\d+){3}$/,
      ipv6: /^2001:db8::[0-9a-f]+:[0-9a-f]+$/,
      uri: /^https:\/\//,
      hostname: /^[a-z0-9.-]+$/,
    }
    const properties = Object.fromEntries(
      Object.keys(formats).map(format => [format, { type: 'string', format }]),
    )
    for (const document of await documents(
      { type: 'object', properties, required: Object.keys(formats) },
      50,
    ))
      for (const [format, pattern] of Object.entries(formats)) expect(document[format]).toMatch(pattern)
  })

  it.each([
    'http://json-schema.org/draft-06/schema#',
    'http://json-schema.org/draft-07/schema#',
    'https://json-schema.org/draft/2019-09/schema',
  ])('may be of %s', async draft => {
    const schema = {
      $schema: draft,
      type: 'object',
      properties: { a: { $ref: '#/definitions/a' } },
      required: ['a'],
      definitions: { a: { type: 'integer' } },
    }
    for (const { a } of await documents(schema, 20)) expect(Number.isInteger(a)).toBe(true)
  })

  it('that no draw comes to are refused, and so are patterns with look-around', async () => {
    const never = { type: 'object', not: { type: 'object' } }
    await expect(documents(never)).rejects.toThrow(
      'values.jsonSchema.schema: expected a schema with rules that documents can be drawn by, the document must NOT be valid: give documents or a template',
    )
    await expect(documents({ type: 'string', pattern: '^(?=a)b' })).rejects.toThrow(
      'values.jsonSchema.schema: expected a schema with patterns without look-around and back-references, not ^(?=a)b: give documents or a template',
    )
    await expect(documents({ $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } })).rejects.toThrow(
      /expected a JSON Schema: Maximum call stack/,
    )
  })
})

describe('documents that are given', () => {
  const schema = { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] }
  it('are sent as they are', async () => {
    const path = join(folder, 'given.ndjson')
    writeFileSync(path, '{"a": 1, "b": "ž"}\n{"a": 2}\n')
    const all = await documents(schema, 50, { documents: path })
    expect(new Set(all.map(d => JSON.stringify(d)))).toEqual(new Set(['{"a":1,"b":"ž"}', '{"a":2}']))
    writeFileSync(path, '{"a": 1}\n{"a": "1"}\n')
    expect(await faultsOf([plugin(schema, { documents: path })])).toEqual([
      `values.jsonSchema.documents: expected documents of the schema, what the schema says: /a must be integer: ${path}:2, document 2`,
    ])
  })
  it('may be of a template', async () => {
    const all = await documents(schema, 20, { template: '{"a":{{int 5 6}}}' })
    for (const { a } of all) expect([5, 6]).toContain(a)
  })
})

it('references are the registry’s', async () => {
  double.register({
    subject: 'address',
    schema: JSON.stringify({ type: 'object', properties: { zip: { type: 'integer' } }, required: ['zip'] }),
    schemaType: 'JSON',
  })
  const schema = { type: 'object', properties: { home: { $ref: 'address.json' } }, required: ['home'] }
  const references = [{ name: 'address.json', subject: 'address', version: 1 }]
  for (const { home } of await documents(schema, 10, { references }))
    expect(Number.isInteger(home.zip)).toBe(true)
})

it('what is no schema, or too old a one, is refused', async () => {
  const faults = (schema: object) => faultsOf([plugin(schema)])
  expect(await faults([])).toEqual(['values.jsonSchema.schema: expected a JSON Schema, an object'])
  expect((await faults({ type: 'nothing' }))[0]).toContain(
    'values.jsonSchema.schema: expected a JSON Schema: ',
  )
  expect(await faults({ $schema: 'http://json-schema.org/draft-04/schema#' })).toEqual([
    'values.jsonSchema.schema: expected draft 6 or later of JSON Schema, not draft-04',
  ])
})
