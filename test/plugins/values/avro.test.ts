import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import avsc from 'avsc'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { values } from '../../../plugins/index.ts'
import { faultsOf } from '../draws.ts'
import { full } from './made.ts'
import { startRegistry } from './registry.ts'

const TOPIC = { topic: { name: 'orders' } }
const ALL_TYPES = {
  type: 'record',
  name: 'All',
  namespace: 'test',
  fields: [
    { name: 'nothing', type: 'null' },
    { name: 'yes', type: 'boolean' },
    { name: 'int', type: 'int' },
    { name: 'long', type: 'long' },
    { name: 'float', type: 'float' },
    { name: 'double', type: 'double' },
    { name: 'bytes', type: 'bytes' },
    { name: 'string', type: { type: 'string', 'avro.java.string': 'String' } },
    { name: 'color', type: { type: 'enum', name: 'Color', symbols: ['RED', 'GREEN'] } },
    { name: 'fixed', type: { type: 'fixed', name: 'Sixteen', size: 16 } },
    { name: 'list', type: { type: 'array', items: 'string' } },
    { name: 'map', type: { type: 'map', values: 'long' } },
    { name: 'maybe', type: ['null', 'string', 'long'], default: null },
    { name: 'nested', type: { type: 'record', name: 'Inner', fields: [{ name: 'color', type: 'Color' }] } },
    {
      name: 'tree',
      type: {
        type: 'record',
        name: 'Tree',
        fields: [
          { name: 'of', type: { type: 'array', items: 'Tree' } },
          { name: 'next', type: ['null', 'Tree'] },
        ],
      },
    },
    { name: 'date', type: { type: 'int', logicalType: 'date' } },
    { name: 'time', type: { type: 'int', logicalType: 'time-millis' } },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'micros', type: { type: 'long', logicalType: 'local-timestamp-micros' } },
    { name: 'uuid', type: { type: 'string', logicalType: 'uuid' } },
    { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 6, scale: 2 } },
    { name: 'odd', type: { type: 'string', logicalType: 'of-somebody' } },
  ],
}

let folder: string
let double: Awaited<ReturnType<typeof startRegistry>>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loadtest-avro-'))
  double = await startRegistry()
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await double.close()
})
function file(name: string, content: object | string): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
const avro = (schema: object, options: object = {}) =>
  values.avro({
    registry: double.url,
    schema: file('schema.avsc', schema),
    register: true,
    subject: JSON.stringify(schema),
    ...options,
  })

describe('documents that are drawn', () => {
  it('have every type, and are read by another decoder', async () => {
    const type = avsc.Type.forSchema(ALL_TYPES as never)
    const all = (await full([avro(ALL_TYPES)], 300, TOPIC)).map(v => type.fromBuffer(v.subarray(5)))
    for (const d of all) {
      expect(d.uuid).toMatch(/^[0-9a-f-]{36}$/)
      expect(d.at).toBeGreaterThan(Date.UTC(2019, 0))
      expect(d.at).toBeLessThan(Date.UTC(2026, 0, 2))
      expect(Math.floor(d.micros / 1000)).toBeGreaterThan(Date.UTC(2019, 0))
      expect(d.date * 86_400_000).toBeLessThan(Date.UTC(2026, 0, 2))
      expect(d.time).toBeLessThan(86_400_000)
      expect(d.price.readUInt32BE()).toBeLessThan(1e6)
    }
    const kinds = new Set(all.map(d => typeof d.maybe))
    expect(kinds).toEqual(new Set(['object', 'string', 'number']))
    expect(new Set(all.map(d => d.color))).toEqual(new Set(['RED', 'GREEN']))
    expect(all.some(d => d.list.length > 1 && d.tree.of.length > 0 && d.tree.next !== null)).toBe(true)
  })
  it('are the same for a seed and differ among each other', async () => {
    const of = (seed: number) => full([avro(ALL_TYPES, { pool: 50 })], 200, { ...TOPIC, seed })
    const all = await of(1)
    expect(new Set(all.map(v => v.toString('hex'))).size).toBeGreaterThan(40)
    expect(new Set(all.map(v => v.toString('hex'))).size).toBeLessThanOrEqual(50)
    expect(await of(1)).toEqual(all)
    expect(await of(2)).not.toEqual(all)
  })
  it('may be of a primitive type', async () => {
    const [value] = await full(
      [values.avro({ registry: double.url, schema: file('text.avsc', '"string"'), register: true })],
      1,
      TOPIC,
    )
    expect(avsc.Type.forSchema('string').fromBuffer((value as Buffer).subarray(5))).toBeTypeOf('string')
  })
})

describe('documents that are given', () => {
  const type = avsc.Type.forSchema(ALL_TYPES as never)
  const document = {
    nothing: null,
    yes: true,
    int: -5,
    long: 2 ** 40,
    float: 1.5,
    double: 0.1,
    bytes: 'ÿ\u0000a',
    string: 'žluť',
    color: 'GREEN',
    fixed: '0123456789abcdef',
    list: ['a', 'b'],
    map: { a: 1 },
    nested: { color: 'RED' },
    tree: { of: [{ of: [], next: null }], next: { 'test.Tree': { of: [], next: null } } },
    date: 1,
    time: 2,
    at: 3,
    micros: 4,
    uuid: 'u',
    price: '\u0001',
    odd: 'x',
  }
  it('are encoded as they are: a union takes what fits, or what is named', async () => {
    const lines = [
      document,
      { ...document, maybe: 'text' },
      { ...document, maybe: 7 },
      { ...document, maybe: { long: 8 } },
    ]
    const documents = file('given.ndjson', lines.map(d => JSON.stringify(d)).join('\n'))
    const all = (await full([avro(ALL_TYPES, { documents })], 200, TOPIC)).map(v =>
      type.fromBuffer(v.subarray(5)),
    )
    expect(new Set(all.map(d => d.maybe))).toEqual(new Set([null, 'text', 7, 8]))
    expect(all[0]).toMatchObject({
      string: 'žluť',
      bytes: Buffer.of(255, 0, 97),
      fixed: Buffer.from('0123456789abcdef'),
    })
    expect(all[0].tree.next.next).toBe(null)
  })
  it('come from a template', async () => {
    const schema = {
      type: 'record',
      name: 'T',
      fields: [
        { name: 'n', type: 'int' },
        { name: 'name', type: 'string' },
        { name: 'id', type: 'string' },
      ],
    }
    const plugin = avro(schema, {
      template: { n: '{{index}}', name: '{{faker.person.firstName}}', id: 'x-{{uuid}}' },
      pool: 20,
    })
    const read = avsc.Type.forSchema(schema as never)
    const all = (await full([plugin], 400, TOPIC)).map(v => read.fromBuffer(v.subarray(5)))
    expect(new Set(all.map(d => d.n))).toEqual(new Set(Array.from({ length: 20 }, (_, i) => i)))
    expect(all[0].id).toMatch(/^x-[0-9a-f-]{36}$/)
  })
  it.each([
    [{ ...document, color: 'BLUE' }, 'one of RED, GREEN at color'],
    [{ ...document, int: 2 ** 31 }, 'a whole number of 32 bits at int'],
    [{ ...document, fixed: 'short' }, '16 bytes as a text of characters up to ÿ at fixed'],
    [{ ...document, bytes: '日' }, 'bytes as a text of characters up to ÿ at bytes'],
    [{ ...document, list: ['a', 1] }, 'a text at list[1]'],
    [{ ...document, map: { a: 'x' } }, 'a whole number up to 2^53 at map.a'],
    [{ ...document, nested: {} }, 'a field at nested.color, since it has no default'],
    [
      { ...document, maybe: true },
      'one of its union (null at maybe, or a text at maybe, or a whole number up to 2^53 at maybe) at maybe',
    ],
  ])('and refused with the place of what does not fit: %#', async (wrong, expected) => {
    const documents = file('wrong.ndjson', JSON.stringify(wrong))
    expect((await faultsOf([avro(ALL_TYPES, { documents })])).join()).toContain(
      `documents of the schema, ${expected}: `,
    )
  })
})

it('references of a schema are the registry’s', async () => {
  const color = JSON.stringify({ type: 'enum', name: 'acme.Color', symbols: ['RED'] })
  double.register({ subject: 'color', schema: color })
  const schema = { type: 'record', name: 'Car', fields: [{ name: 'color', type: 'acme.Color' }] }
  const references = [{ name: 'acme.Color', subject: 'color', version: 1 }]
  const [value] = await full([avro(schema, { references })], 1, TOPIC)
  expect(value?.subarray(5)).toEqual(Buffer.of(0))
  expect(double.all.at(-1)).toMatchObject({ references })
  // and back, from the registry alone
  const subject = JSON.stringify(schema)
  expect((await full([values.avro({ registry: double.url, subject })], 1, TOPIC))[0]?.subarray(5)).toEqual(
    Buffer.of(0),
  )
})
