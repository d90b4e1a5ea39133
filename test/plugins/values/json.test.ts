import { zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Config } from '../../../core/config/types.ts'
import { keys, sizes, values } from '../../../plugins/index.ts'
import { faultsOf } from '../draws.ts'
import { batchesOf, full, ratio } from './made.ts'

type Json = ReturnType<typeof JSON.parse>
const parsed = async (template: string | object, plugins: NonNullable<Config['plugins']> = [], count = 300) =>
  (await full([...plugins, values.json({ template })], count)).map(v => JSON.parse(v.toString()) as Json)

const keyedBy = (key: (index: number) => string | number | Uint8Array | null) => ({
  name: 'keyed',
  stream(stream: import('../../../core/api.ts').Stream) {
    stream.hooks.keyFor.tap((_key, draft) => key(draft.index))
  },
})

describe('a template', () => {
  it('as an object: a text that is one placeholder becomes what the placeholder is', async () => {
    const all = await parsed({
      id: '{{index}}',
      name: 'order {{index 6}}',
      nested: {
        at: '{{timestamp}}',
        list: ['{{int 1 3}}', '{{pick a b 3 true}}', '{{float 0 1 3}}'],
        uuid: '{{uuid}}',
      },
      'key of {{pick x}}': '{{hex 8}}',
      text: '{{text 40}}',
    })
    for (const [i, document] of all.entries()) {
      expect(document.id).toBe(i)
      expect(document.name).toBe(`order ${String(i).padStart(6, '0')}`)
      expect(document.nested.at).toBeTypeOf('number')
      expect([1, 2, 3]).toContain(document.nested.list[0])
      expect(['a', 'b', 3, true]).toContain(document.nested.list[1])
      expect(document.nested.list[2]).toBeLessThanOrEqual(1)
      expect(document.nested.uuid).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      )
      expect(document['key of x']).toMatch(/^[0-9a-f]{8}$/)
      expect(document.text).toHaveLength(40)
    }
    expect(new Set(all.map(d => d.nested.uuid)).size).toBe(all.length)
    expect(new Set(all.map(d => d.nested.list[1])).size).toBe(4)
  })

  it('as text: quotes are where they are written', async () => {
    const template = `{"a":{{index}},"b":"{{index 4}}","c":{{uuid}},"d":"<{{pick 'new york' "x"}}>","e":{"n":{{int -5 5}}}}`
    for (const [i, d] of (await parsed(template)).entries()) {
      expect(d).toMatchObject({ a: i, b: String(i).padStart(4, '0') })
      expect(d.c).toHaveLength(36)
      expect(['<new york>', '<x>']).toContain(d.d)
      expect(Math.abs(d.e.n)).toBeLessThanOrEqual(5)
    }
  })

  it('has the key of its record, however it is written', async () => {
    const odd = ['plain', 'with "quotes" and \\', 'tab\tnewline\n\u0001', 'žluťoučký', '日本', '🙂x', '']
    const template = '{"key":"{{key}}","n":"{{index 3}}","again":{{key}}}'
    for (const [i, d] of (
      await parsed(template, [keyedBy(n => odd[n % odd.length] as string)], 70)
    ).entries())
      expect(d).toEqual({ key: odd[i % 7], n: String(i).padStart(3, '0'), again: odd[i % 7] })
    const numbers = [0, 9, 10, 99_999, -1, -100, Number.MAX_SAFE_INTEGER]
    for (const [i, d] of (await parsed(template, [keyedBy(n => numbers[n % 7] as number)], 70)).entries())
      expect(d.key).toBe(String(numbers[i % 7]))
    const bytes = Buffer.from('bytes "é"')
    for (const d of await parsed(template, [keyedBy(() => bytes)], 10)) expect(d.again).toBe('bytes "é"')
    for (const d of await parsed(template, [keyedBy(() => null)], 10)) expect(d.key).toBe('')
    for (const [i, d] of (await parsed(template, [keys.sequential()], 200)).entries())
      expect(d.key).toBe(String(i))
  })

  it('has the time that the record is scheduled for', async () => {
    const all = await parsed('{"ms":{{timestamp}},"iso":"{{timestamp iso}}"}', [], 1000)
    const [first] = all
    expect(Math.abs(first.ms - Date.now())).toBeLessThan(60_000)
    for (const [i, d] of all.entries()) {
      expect(Math.abs(d.ms - first.ms - i)).toBeLessThanOrEqual(1)
      expect(Date.parse(d.iso)).toBe(d.ms)
      expect(new Date(d.ms).toISOString()).toBe(d.iso)
    }
  })

  it('has the time that a plugin gave the record', async () => {
    const stamped = {
      name: 'stamped',
      stream(stream: import('../../../core/api.ts').Stream) {
        stream.hooks.beforeSend.tap(draft => {
          draft.timestamp = Date.UTC(1999, 11, 31, 23, 59, 59, 999) + draft.index
        })
      },
    }
    const all = await parsed('{"at":{{timestamp iso}}}', [stamped], 3)
    expect(all.map(d => d.at)).toEqual([
      '1999-12-31T23:59:59.999Z',
      '2000-01-01T00:00:00.000Z',
      '2000-01-01T00:00:00.001Z',
    ])
  })

  it('is filled by faker, the same for a seed', async () => {
    const template = {
      name: '{{faker.person.fullName}}',
      n: '{{faker.number.int({"min": 5, "max": 9})}}',
      mail: 'to {{faker.internet.email}}',
      born: '{{faker.date.past}}',
    }
    const of = (seed: number) => full([values.json({ template, pool: 50 })], 50, { seed })
    const all = (await of(3)).map(v => JSON.parse(v.toString()) as Json)
    for (const d of all) {
      expect(d.name).toMatch(/\S+ \S+/)
      expect(d.n).toBeGreaterThanOrEqual(5)
      expect(d.n).toBeLessThanOrEqual(9)
      expect(d.mail).toMatch(/^to \S+@\S+$/)
      expect(new Date(d.born).getUTCFullYear()).toBe(2025)
    }
    expect(new Set(all.map(d => d.name)).size).toBeGreaterThan(15)
    expect(await of(3)).toEqual(await of(3))
    expect(await of(3)).not.toEqual(await of(4))
  })

  it('has the names of a locale', async () => {
    const template = { month: '{{faker.date.month}}' }
    const all = await full([values.json({ template, locale: 'de', pool: 200 })], 200)
    expect(new Set(all.map(v => (JSON.parse(v.toString()) as Json).month))).toContain('Oktober')
  })

  it('comes from a pool: so many documents, and no more', async () => {
    const all = await full([values.json({ template: { n: '{{int 0 1000000000}}' }, pool: 20 })], 2000)
    expect(new Set(all.map(String)).size).toBe(20)
  })

  it('is as long as it is, whatever a plugin of sizes says', async () => {
    const json = values.json({ template: { a: 'fixed' } })
    for (const plugins of [
      [sizes.fixed({ size: 5000 }), json],
      [json, sizes.fixed({ size: 5000 })],
    ])
      for (const value of await full(plugins, 10)) expect(value.toString()).toBe('{"a":"fixed"}')
  })

  it('sets the rate in bytes, before anything is prepared', async () => {
    const template = { text: '{{text 989}}' }
    const all = await full([values.json({ template })], 100, { rate: '100 kB/s' })
    expect(all[0]?.length).toBe(1000)
  })

  it('compresses as JSON does', async () => {
    const template = {
      id: '{{uuid}}',
      at: '{{timestamp}}',
      user: '{{key}}',
      amount: '{{float 0 1000}}',
      note: '{{text 60}}',
    }
    const left = ratio(batchesOf(await full([values.json({ template })], 1000)), b => zstdCompressSync(b))
    expect(left).toBeGreaterThan(0.2)
    expect(left).toBeLessThan(0.6)
  })
})

describe('a template that cannot be', () => {
  const builtIn = 'index, key, timestamp, uuid, int, float, pick, text, hex'
  it.each([
    ['{"a":{{index}}', 'JSON once the placeholders are filled in: '],
    ['{"a":{{indx}}}', `one of ${builtIn} or faker.MODULE.METHOD in {{ }}, not {{indx}}`],
    ['{"a":"{{index"}', '}} after each {{, near {"a":"{{index"}'],
    ['{"a":{{int 5 1}}}', '{{int LOW HIGH}} with two whole numbers, the lower one first, not {{int 5 1}}'],
    ['{"a":{{int 5}}}', '{{int LOW HIGH}} with two whole numbers, the lower one first, not {{int 5}}'],
    ['{"a":{{index 17}}}', '1 to 16 digits in {{index DIGITS}}, not {{index 17}}'],
    [
      '{"a":{{pick}}}',
      "{{pick A B …}} with something to pick from, 'in quotes' if it has spaces, not {{pick}}",
    ],
    ['{"a":{{timestamp s}}}', '{{timestamp}}, in ms, or {{timestamp iso}}, not {{timestamp s}}'],
    ['{"a":{{text 0}}}', '{{text CHARACTERS}}, 1 to 1,048,576 of them, not {{text 0}}'],
    [
      '{"a":{{faker.person}}}',
      'faker.MODULE.METHOD or faker.MODULE.METHOD(ARGUMENTS as JSON) in {{ }}, not {{faker.person}}',
    ],
    ['{"a":{{faker.person.fullname}}}', 'a method that @faker-js/faker has, not person.fullname'],
    ['{"a":{{faker.number.int({"min": 9, "max": 1})}}}', 'placeholders that can be filled in: '],
  ])('%s', async (template, expected) => {
    const [fault = '', ...more] = await faultsOf([values.json({ template })])
    expect(more).toEqual([])
    expect(fault).toContain('values.json.template: expected ')
    expect(fault).toContain(expected)
  })

  it.each([
    [{}, 'json.template: expected a template or a file, one of the two'],
    [{ template: '{}', file: 'x.json' }, 'json.file: expected a template or a file, one of the two'],
    [{ file: 'there-is-none.json' }, 'json.file: expected a file to read: ENOENT'],
    [
      { template: 5 as never },
      'json.template: expected an object, or JSON as text, with placeholders in {{ }}',
    ],
    [{ template: '{}', pool: 0 }, 'json.pool: expected a whole number from 1 to 1000000'],
    [{ template: { a: '{{text 1000000}}' }, pool: 2000 }, 'json.pool: expected a pool of at most 1 GiB'],
    [
      { template: { a: '{{faker.date.month}}' }, locale: 'xx' },
      'expected a locale that @faker-js/faker has, such as en or de, not xx',
    ],
  ])('%j', async (options, expected) => {
    expect((await faultsOf([values.json(options)])).join()).toContain(expected)
  })
})
