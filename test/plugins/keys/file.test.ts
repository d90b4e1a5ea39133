import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { keys } from '../../../plugins/index.ts'
import { CsvReader } from '../../../plugins/keys/csv.ts'
import { type KeyList, KeyStore } from '../../../plugins/keys/key-store.ts'
import { LineReader } from '../../../plugins/keys/lines.ts'
import { counted, draws, faultsOf } from '../draws.ts'
import { ALPHA, chiSquare, DRAWS } from '../statistics.ts'

const folder = mkdtempSync(join(tmpdir(), 'loadtest-keys-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0
function fileOf(content: string | Buffer): string {
  const path = join(folder, `${files++}`)
  writeFileSync(path, content)
  return path
}

describe('keys of a file', () => {
  it.each([
    ['lines', 'a\nbb\nccc\n', {}],
    ['lines without a last line end', 'a\nbb\nccc', {}],
    ['lines as Windows has them', 'a\r\nbb\r\nccc\r\n', {}],
    ['a byte order mark', '\ufeffa\nbb\nccc\n', {}],
    ['a column by name', 'id,name\n1,a\n2,bb\n3,ccc\n', { format: 'csv', column: 'name' }],
    ['a column by name, marked', '\ufeffname,id\na,1\nbb,2\nccc,3', { format: 'csv', column: 'name' }],
    ['a column by number', '1,a\r\n2,bb\r\n3,ccc\r\n', { format: 'csv', column: 2 }],
    [
      'semicolons',
      'name;id\na;1,5\nbb;2\nccc;3\n',
      { format: 'csv', column: 'name', separator: 'semicolon' },
    ],
    ['tabs', '1\ta\n2\tbb\n3\t"ccc"\n', { format: 'csv', column: 2, separator: 'tab' }],
    ['quotes', '"a",1\n"bb","x, y"\n"ccc","line\nbreak"\n', { format: 'csv', column: 1 }],
    ['the only column', 'a\nbb\nccc\n', { format: 'csv', column: 1 }],
  ] as const)('%s, in turn', async (_, content, options) => {
    const drawn = await draws([keys.file({ path: fileOf(content), ...options })])
    expect(Array.from({ length: 7 }, (_, i) => drawn.text(i))).toEqual([
      'a',
      'bb',
      'ccc',
      'a',
      'bb',
      'ccc',
      'a',
    ])
  })
  it('drawn uniformly', async () => {
    const path = fileOf(Array.from({ length: 300 }, (_, i) => `key-${i}`).join('\n'))
    const drawn = await draws([keys.file({ path, order: 'random' })])
    const counts = counted(DRAWS, 300, i => Number(drawn.text(i)?.slice(4)))
    expect(
      chiSquare(
        counts,
        Array.from(counts, (_, i) => (i < 300 ? 1 / 300 : 0)),
      ).p,
    ).toBeGreaterThan(ALPHA)
  })
  it('are bytes as they stand, quotes within quotes are one', async () => {
    const bytes = Buffer.from([0xff, 0x00, 0xc3, 0x0a, 0x20, 0x0a])
    const lines = await draws([keys.file({ path: fileOf(bytes) })])
    expect(Buffer.from(lines.key(0) as Uint8Array)).toEqual(bytes.subarray(0, 3))
    expect(lines.text(1)).toBe(' ')
    const csv = await draws([
      keys.file({ path: fileOf('"say ""hi""",1\n"""",2\n'), format: 'csv', column: 1 }),
    ])
    expect([csv.text(0), csv.text(1)]).toEqual(['say "hi"', '"'])
  })
  it('are read across chunks', async () => {
    const all = Array.from({ length: 40_000 }, (_, i) => `${'x'.repeat(i % 37)}${i}`)
    const drawn = await draws([keys.file({ path: fileOf(all.join('\n')) })])
    for (const [i, key] of all.entries()) if (drawn.text(i) !== key) expect(drawn.text(i)).toBe(key)
    expect(drawn.text(all.length)).toBe(all[0])
  })
  it('may be long', async () => {
    const long = 'k'.repeat(65_536)
    const drawn = await draws([keys.file({ path: fileOf(`${long}\nshort\n`) })])
    expect([drawn.text(0), drawn.text(1)]).toEqual([long, 'short'])
  })
})

describe('is refused', () => {
  const csv = { format: 'csv', column: 'id' } as const
  it.each([
    ['an empty file', '', {}, 'path: expected a file with at least one key, but there is none in it'],
    ['an empty CSV file', '', csv, 'path: expected a file with at least one key, but it is empty'],
    [
      'a CSV file of names alone',
      'id,name\n',
      csv,
      'path: expected a file with at least one key, but there is none in it',
    ],
    ['an empty line', 'a\n\nb\n', {}, 'path: expected a key in each line, but line 2 has none'],
    [
      'an empty line at the end',
      'a\nb\r\n\r\n',
      {},
      'path: expected a key in each line, but line 3 has none',
    ],
    [
      'a line too long',
      `a\n${'k'.repeat(65_537)}`,
      {},
      'path: expected keys of at most 64KiB, but the one in line 2 is longer',
    ],
    ['an empty field', 'id,name\n1,a\n,b\n', csv, 'path: expected a key in each line, but line 3 has none'],
    [
      'a short row',
      'id,name\n1,a\n2\n3,c\n',
      csv,
      'path: expected a CSV file, but in line 3 there is 1 field, where the first row has 2',
    ],
    [
      'a row after a line break in quotes',
      'id,name\n1,"a\nb"\n2\n',
      csv,
      'path: expected a CSV file, but in line 4 there is 1 field, where the first row has 2',
    ],
    [
      'a quote that stays open',
      'id\n1\n"2\n3\n',
      csv,
      'path: expected a CSV file, but in line 3 a quote opens that is never closed',
    ],
    [
      'text after a closing quote',
      'id\n"1"x\n',
      csv,
      'path: expected a CSV file, but in line 2 a field goes on after its closing quote',
    ],
    [
      'a quote in the middle',
      'id\n1\n2"3\n',
      csv,
      'path: expected a CSV file, but in line 3 a quote stands in a field that does not begin with one',
    ],
    [
      'a carriage return',
      'id\n1\r2\n',
      csv,
      'path: expected a CSV file, but in line 2 a carriage return stands outside of quotes',
    ],
    [
      'a column that is not there',
      'user,name\n1,a\n',
      csv,
      "column: expected one of the file's columns: user, name",
    ],
    [
      'a column that is there twice',
      'id,id\n1,a\n',
      csv,
      'column: expected the number of the column, since two have this name',
    ],
    [
      'a number beyond the columns',
      '1,a\n',
      { format: 'csv', column: 3 },
      'column: expected a number from 1 to 2, as many columns as the file has',
    ],
    [
      'CSV without a column',
      'a\n',
      { format: 'csv' },
      "column: expected a column's name, or its number from 1 on where the first row holds no names, since format is csv",
    ],
    ['a column of lines', 'a\n', { column: 1 }, "format: expected 'csv', since column or separator is set"],
    [
      'a separator of lines',
      'a\n',
      { separator: 'tab' },
      "format: expected 'csv', since column or separator is set",
    ],
    [
      'column 0',
      'a\n',
      { format: 'csv', column: 0 },
      "column: expected a column's name, or its number from 1 on where the first row holds no names",
    ],
    ['an unknown format', 'a\n', { format: 'tsv' as never }, 'format: expected one of lines, csv'],
    ['an unknown order', 'a\n', { order: 'reverse' as never }, 'order: expected one of cycle, random'],
  ] as const)('%s', async (_, content, options, fault) => {
    expect(await faultsOf([keys.file({ path: fileOf(content), ...options })])).toEqual([`keys.file.${fault}`])
  })
  it.each([
    ['no path', {} as never, 'the path of a file'],
    ['an empty path', { path: '' }, 'the path of a file'],
    [
      'a file that is not there',
      { path: join(folder, 'none') },
      'the path of a file, but it cannot be read (ENOENT)',
    ],
    ['a folder', { path: folder }, 'the path of a file, but it is a folder'],
  ])('%s', async (_, options, fault) => {
    expect(await faultsOf([keys.file(options)])).toEqual([`keys.file.path: expected ${fault}`])
  })
  it('more than fits, with the line and what to do', () => {
    const lines = new LineReader(new KeyStore(100))
    expect(() => lines.push(Buffer.from('0123456789\n'.repeat(10)))).toThrow(
      'at most 1GiB of keys, counting 4 bytes more for each, but line 8 is beyond it: keep a part of the lines',
    )
  })
})

/** What a reader makes of a content that comes in pieces. */
function readIn(pieces: readonly Buffer[], reader: (store: KeyStore) => LineReader | CsvReader): string[] {
  const store = new KeyStore()
  const r = reader(store)
  for (const piece of pieces) r.push(piece)
  r.end()
  return textsOf(store.list())
}
function textsOf({ bytes, offsets }: KeyList): string[] {
  return Array.from({ length: offsets.length - 1 }, (_, i) =>
    Buffer.from(bytes.subarray(offsets[i], offsets[i + 1])).toString(),
  )
}
const cut = (content: string, places: readonly number[]) => {
  const bytes = Buffer.from(content)
  const at = [0, ...places.map(p => p % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, i) => Buffer.from(bytes.subarray(at[i], end)))
}
const places = fc.array(fc.nat(), { maxLength: 8 })

it('reads any CSV, whatever the chunks', () => {
  const field = fc.string({
    unit: fc.constantFrom('a', 'ü', ',', '"', '\n', '\r', ' ', '1'),
    minLength: 1,
    maxLength: 8,
  })
  const table = fc
    .record({ columns: fc.integer({ min: 1, max: 5 }), rows: fc.integer({ min: 1, max: 20 }) })
    .chain(({ columns, rows }) => {
      const row = fc.array(field, { minLength: columns, maxLength: columns })
      return fc.record({
        table: fc.array(row, { minLength: rows, maxLength: rows }),
        column: fc.integer({ min: 1, max: columns }),
        end: fc.constantFrom('\n', '\r\n'),
        last: fc.boolean(),
        always: fc.boolean(),
      })
    })
  fc.assert(
    fc.property(table, places, ({ table, column, end, last, always }, at) => {
      const written = table.map(row =>
        row.map(f => (always || /[",\n\r]/.test(f) ? `"${f.replaceAll('"', '""')}"` : f)).join(','),
      )
      const content = written.join(end) + (last ? end : '')
      const found = readIn(cut(content, at), store => new CsvReader(store, column))
      expect(found).toEqual(table.map(row => row[column - 1]))
    }),
    { numRuns: 500, seed: 1 },
  )
})
it('reads any lines, whatever the chunks', () => {
  const line = fc.string({ unit: fc.constantFrom('a', 'ü', ',', '"', ' '), minLength: 1, maxLength: 8 })
  const lines = fc.array(line, { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(lines, fc.constantFrom('\n', '\r\n'), places, (all, end, at) => {
      expect(readIn(cut(all.join(end), at), store => new LineReader(store))).toEqual(all)
    }),
    { numRuns: 300, seed: 1 },
  )
})
