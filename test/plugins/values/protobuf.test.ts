import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import protobufjs from 'protobufjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { values } from '../../../plugins/index.ts'
import { faultsOf } from '../draws.ts'
import { full } from './made.ts'
import { startRegistry } from './registry.ts'

const TOPIC = { topic: { name: 'orders' } }
const PROTO = `
syntax = "proto3";
package acme.shop;
import "google/protobuf/timestamp.proto";
enum Color { UNKNOWN = 0; RED = 1; }
message First { string a = 1; message Within { int32 b = 1; message Deep { bool c = 1; } } }
message All {
  double d = 1; float f = 2; int32 i32 = 3; int64 i64 = 4; uint32 u32 = 5; uint64 u64 = 6; sint32 s32 = 7; sint64 s64 = 8;
  fixed32 f32 = 9; fixed64 f64 = 10; sfixed32 sf32 = 11; sfixed64 sf64 = 12; bool yes = 13; string text = 14; bytes raw = 15;
  Color color = 16; repeated int32 list = 17; map<string, First> by_name = 18; map<int64, string> by_id = 19;
  oneof which { string name = 20; int32 number = 21; First first = 22; }
  optional string maybe = 23; All again = 24; google.protobuf.Timestamp at = 25; First.Within within = 26;
}`

let folder: string
let double: Awaited<ReturnType<typeof startRegistry>>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loadtest-protobuf-'))
  double = await startRegistry()
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await double.close()
})
function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const protobuf = (options: object = {}) =>
  values.protobuf({ registry: double.url, schema: file('all.proto', PROTO), register: true, ...options })
function decoder(message: string) {
  const { root } = protobufjs.parse(PROTO, { keepCase: true })
  root.addJSON(protobufjs.common.get('google/protobuf/timestamp.proto')?.nested ?? {})
  return root.lookupType(message)
}

describe('messages that are drawn', () => {
  it('have every type, and are read by another decoder', async () => {
    const type = decoder('acme.shop.All')
    const all = (await full([protobuf({ message: 'All' })], 300, TOPIC)).map(value => {
      expect(value[0]).toBe(0)
      expect(double.all.find(s => s.id === value.readUInt32BE(1))).toMatchObject({
        schemaType: 'PROTOBUF',
        schema: PROTO,
      })
      // one place, zigzag: the second message of the file
      expect([...value.subarray(5, 7)]).toEqual([2, 2])
      return type.toObject(type.decode(value.subarray(7)), { longs: Number, enums: String, oneofs: true })
    })
    expect(new Set(all.map(d => d['which']))).toEqual(new Set(['name', 'number', 'first']))
    expect(new Set(all.map(d => d['color'] ?? 'UNKNOWN'))).toEqual(new Set(['UNKNOWN', 'RED']))
    for (const d of all) {
      const seconds = (d['at'] as { seconds: number }).seconds
      expect(seconds * 1000).toBeGreaterThan(Date.UTC(2019, 0))
      expect(seconds * 1000).toBeLessThan(Date.UTC(2026, 0, 2))
      expect(d['raw']).not.toHaveLength(0)
    }
    expect(all.some(d => Object.keys(d['by_name']).length > 0 && Object.keys(d['by_id']).length > 0)).toBe(
      true,
    )
    expect(all.some(d => (d['again'] as { again?: object }).again !== undefined)).toBe(true)
  })
  it('say which message of the file they are', async () => {
    const places = {
      First: [0],
      'acme.shop.First': [0],
      Within: [4, 0, 0],
      'First.Within': [4, 0, 0],
      Deep: [6, 0, 0, 0],
      All: [2, 2],
    }
    for (const [message, bytes] of Object.entries(places)) {
      const [value] = await full([protobuf({ message, pool: 1 })], 1, TOPIC)
      expect([message, [...(value as Buffer).subarray(5, 5 + bytes.length)]]).toEqual([message, bytes])
    }
    const [value] = await full([protobuf({ pool: 1 })], 1, TOPIC)
    expect(decoder('acme.shop.First').decode((value as Buffer).subarray(6))).toHaveProperty('a')
  })
  it('may be of proto2, with required fields and groups', async () => {
    const source =
      'syntax = "proto2"; message M { required int32 a = 1; optional group G = 2 { required string b = 1; } repeated M more = 3; }'
    const plugin = values.protobuf({
      registry: double.url,
      schema: file('two.proto', source),
      register: true,
      subject: 'two',
    })
    const type = protobufjs.parse(source, { keepCase: true }).root.lookupType('M')
    for (const value of await full([plugin], 50, TOPIC))
      expect(type.decode(value.subarray(6))).toHaveProperty('a')
  })
})

describe('messages that are given', () => {
  const document = {
    i32: -1,
    i64: '9007199254740993',
    raw: 'aGk=',
    color: 'RED',
    list: [1, 2],
    byName: { x: { a: 'y' } },
    by_id: { 5: 'five' },
    number: 0,
    maybe: null,
  }
  it('are encoded as they are, by either name of a field', async () => {
    const documents = file('given.ndjson', JSON.stringify(document))
    const type = decoder('All')
    const [value] = await full([protobuf({ message: 'All', documents })], 1, TOPIC)
    expect(
      type.toObject(type.decode((value as Buffer).subarray(7)), {
        longs: String,
        bytes: String,
        enums: String,
      }),
    ).toEqual({
      i32: -1,
      i64: '9007199254740993',
      raw: 'aGk=',
      color: 'RED',
      list: [1, 2],
      by_name: { x: { a: 'y' } },
      by_id: { 5: 'five' },
      number: 0,
    })
  })
  it.each([
    [{ nope: 1 }, 'a field of message All, and it has no nope, at nope'],
    [{ i32: 'x' }, 'a whole number from -2147483648 to 2147483647 at i32'],
    [{ u32: -1 }, 'a whole number from 0 to 4294967295 at u32'],
    [{ i64: 2 ** 60 }, 'a whole number, as a text from 2^53 on at i64'],
    [{ color: 'BLUE' }, 'one of UNKNOWN, RED at color'],
    [{ list: 5 }, 'a list at list'],
    [{ raw: '%' }, 'bytes in base64 at raw'],
    [{ by_name: { x: { b: 1 } } }, 'a field of message First, and it has no b, at by_name.x.b'],
  ])('and refused with the place of what does not fit: %j', async (wrong, expected) => {
    const documents = file('wrong.ndjson', JSON.stringify(wrong))
    expect((await faultsOf([protobuf({ message: 'All', documents })])).join()).toContain(
      `documents of the schema, ${expected}: `,
    )
  })
})

it('imports are references, in the registry', async () => {
  double.register({
    subject: 'money',
    schema: 'syntax = "proto3"; package m; message Money { int64 cents = 1; }',
    schemaType: 'PROTOBUF',
  })
  const source = 'syntax = "proto3"; import "m/money.proto"; message Price { m.Money money = 1; }'
  const references = [{ name: 'm/money.proto', subject: 'money', version: 1 }]
  const schema = file('price.proto', source)
  const plugin = values.protobuf({
    registry: double.url,
    schema,
    register: true,
    subject: 'price',
    references,
  })
  // the file's own first message
  expect((await full([plugin], 1, TOPIC))[0]?.[5]).toBe(0)
  expect((await full([values.protobuf({ registry: double.url, subject: 'price' })], 1, TOPIC))[0]?.[5]).toBe(
    0,
  )
  expect(await faultsOf([values.protobuf({ registry: double.url, schema })])).toEqual([
    'values.protobuf.schema: expected the import m/money.proto among references, by that name, with the subject that has it',
  ])
})

it('what is no schema, or has no such message, is refused', async () => {
  const faults = (content: string, message?: string) =>
    faultsOf([
      values.protobuf({
        registry: double.url,
        schema: file('bad.proto', content),
        ...(message && { message }),
      }),
    ])
  expect((await faults('message {'))[0]).toContain('values.protobuf.schema: expected a Protobuf schema: ')
  expect((await faults('syntax = "proto3"; message M { Unknown u = 1; }'))[0]).toContain(
    'values.protobuf.schema: expected a Protobuf schema: ',
  )
  expect(await faults('syntax = "proto3"; enum E { A = 0; }')).toEqual([
    'values.protobuf.schema: expected a schema with a message',
  ])
  expect(await faults(PROTO, 'Nope')).toEqual([
    'values.protobuf.schema: expected a message of the schema, which has acme.shop.First, acme.shop.First.Within, acme.shop.First.Within.Deep, acme.shop.All, not Nope',
  ])
})
