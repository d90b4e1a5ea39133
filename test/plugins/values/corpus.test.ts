import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keys, values } from '../../../plugins/index.ts'
import { scan } from '../../../plugins/values/corpus/scan.ts'
import { faultsOf } from '../draws.ts'
import { full, made } from './made.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'loadtest-corpus-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
function file(content: string | Uint8Array, name = `corpus-${files++}`): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const text = async (path: string, options: object = {}, count = 10) =>
  (await full([values.corpus({ path, ...options })], count)).map(String)

/** With a length before each, as the options say. */
function prefixed(records: readonly Uint8Array[], prefix: 'int32' | 'int32-le' | 'varint'): Buffer {
  return Buffer.concat(
    records.flatMap(record => {
      const length = Buffer.alloc(4)
      if (prefix === 'int32') length.writeInt32BE(record.length)
      if (prefix === 'int32-le') length.writeInt32LE(record.length)
      if (prefix !== 'varint') return [length, record]
      const bytes: number[] = []
      let rest = record.length
      for (; rest > 127; rest >>= 7) bytes.push((rest & 127) | 128)
      return [Buffer.from([...bytes, rest]), record]
    }),
  )
}

describe('a corpus of lines', () => {
  it('is sent in its order, and from the beginning again', async () => {
    expect(await text(file('one\ntwo\nthree\n'), {}, 7)).toEqual([
      'one',
      'two',
      'three',
      'one',
      'two',
      'three',
      'one',
    ])
  })
  it('may end without a newline, have CRLF, and empty lines, which are none', async () => {
    expect(await text(file('a\r\n\r\n\nb\r\nc\rd'), {}, 4)).toEqual(['a', 'b', 'c\rd', 'a'])
  })
  it('may be larger than what stays in memory: the same values come', async () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `line ${i} ${'x'.repeat(i % 97)}`)
    const path = file(lines.join('\n'))
    for (const memory of ['0B', '64MiB']) {
      const all = await text(path, { memory }, 40_000)
      expect(all.slice(0, 30_000)).toEqual(lines)
      expect(all.slice(30_000)).toEqual(lines.slice(0, 10_000))
    }
  })
  it('may have a line that is longer than a block', async () => {
    const [short, long] = ['short', 'y'.repeat(1_000_000)]
    expect(await text(file(`${short}\n${long}\n${short}\n${long}`), { memory: 0 }, 4)).toEqual([
      short,
      long,
      short,
      long,
    ])
  })
  it('shuffled has each line once in a round, in another order for another seed', async () => {
    const lines = Array.from({ length: 50_000 }, (_, i) => `line ${i}, of many`)
    const path = file(lines.join('\n'))
    const of = async (seed: number, memory: number | string) =>
      (await full([values.corpus({ path, order: 'shuffled', memory })], 100_000, { seed })).map(String)
    const all = await of(1, 0)
    const [first, second] = [all.slice(0, 50_000), all.slice(50_000)]
    expect(first).not.toEqual(lines)
    expect(first.toSorted()).toEqual(lines.toSorted())
    expect(second).toEqual(first)
    expect(await of(1, '64MiB')).toEqual(all)
    expect(await of(2, 0)).not.toEqual(all)
  })
  it('goes with tombstones and keys', async () => {
    const all = await made(
      [keys.sequential(), values.corpus({ path: file('a\nb') }), values.tombstones({ share: 0.5 })],
      200,
    )
    for (const [i, value] of all.entries()) if (value !== null) expect(value.toString()).toBe('ab'[i % 2])
  })
})

describe('other formats', () => {
  it('ndjson: each line is JSON', async () => {
    expect(await text(file('{"a":1}\n[2]\n"x"\n'), { format: 'ndjson' }, 3)).toEqual([
      '{"a":1}',
      '[2]',
      '"x"',
    ])
  })
  it('files: each file of a folder and below is a value, by name', async () => {
    const path = join(folder, 'files')
    mkdirSync(join(path, 'below'), { recursive: true })
    for (const [name, content] of Object.entries({
      'b.txt': 'B\n',
      'a.bin': 'A',
      'below/c': 'C',
      '.hidden': 'H',
      empty: '',
    }))
      writeFileSync(join(path, name), content)
    for (const memory of [0, 1000])
      expect(await text(path, { format: 'files', memory }, 4)).toEqual(['A', 'B\n', 'C', 'A'])
  })
  it('a folder of lines: one file after the other', async () => {
    const path = join(folder, 'parts')
    mkdirSync(path)
    writeFileSync(join(path, 'part-2'), 'c\nd')
    writeFileSync(join(path, 'part-1'), 'a\nb')
    expect(await text(path, {}, 5)).toEqual(['a', 'b', 'c', 'd', 'a'])
  })
  it('length-prefixed comes back byte for byte, whatever the lengths and the way they are written', async () => {
    const records = fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(records, fc.constantFrom('int32', 'int32-le', 'varint'), async (all, prefix) => {
        const path = file(prefixed(all, prefix), 'prefixed')
        const values_ = await full(
          [values.corpus({ path, format: 'length-prefixed', prefix, memory: 0 })],
          all.length,
        )
        expect(values_.map(v => Uint8Array.from(v))).toEqual(all)
      }),
      { numRuns: 20 },
    )
  })
})

describe('the check before the run', () => {
  const corpus = (path: string, options: object = {}) => faultsOf([values.corpus({ path, ...options })])
  const fault = (expected: string) => [`values.corpus.path: expected ${expected}`]

  it('names file and line of what is no JSON', async () => {
    const path = file(`{"a":1}\n\n{"b":2}\n{"c":\n{"d":4}\n`)
    const [told] = await corpus(path, { format: 'ndjson' })
    expect(told).toMatch(/^values\.corpus\.path: expected JSON in every line, .*: .*corpus-\d+:4$/)
    expect(told).toContain(path)
    expect(await corpus(path, { format: 'ndjson', check: false })).toEqual([])
  })
  it('names the line beyond the first block too', async () => {
    const path = file(`${'{"a":"some text"}\n'.repeat(50_000)}broken\n`)
    expect((await corpus(path, { format: 'ndjson' }))[0]).toMatch(/:50001$/)
  })
  it('names the byte of a record that is cut off, or that has no length', async () => {
    const whole = prefixed([Buffer.from('whole')], 'int32')
    const cut = file(Buffer.concat([whole, Buffer.of(0, 0, 0, 9, 1)]))
    expect(await corpus(cut, { format: 'length-prefixed' })).toEqual(
      fault(`a whole record at the end: 5 bytes are left: ${cut}, byte 9`),
    )
    const negative = file(Buffer.concat([whole, Buffer.from([255, 255, 255, 255])]))
    expect(await corpus(negative, { format: 'length-prefixed' })).toEqual(
      fault(`records of 0 to 16 MiB, not of -1 bytes: ${negative}, byte 9`),
    )
    const endless = file(Buffer.alloc(6, 255))
    expect(await corpus(endless, { format: 'length-prefixed', prefix: 'varint' })).toEqual(
      fault(`a varint of at most 5 bytes for the length of a record: ${endless}, byte 0`),
    )
  })
  it('refuses options that another format has', async () => {
    const path = file('a')
    expect(await corpus(path, { prefix: 'varint' })).toEqual([
      'values.corpus.prefix: expected format length-prefixed to go with it',
    ])
    expect(await corpus(path, { check: false })).toEqual([
      'values.corpus.check: expected format ndjson to go with it',
    ])
  })
  it('refuses what is not there, empty, compressed, too long', async () => {
    const none = join(folder, 'none')
    expect(await corpus(none)).toEqual(fault(`a file or folder to read: ${none} does not exist`))
    const empty = file('\n\n')
    expect(await corpus(empty)).toEqual(fault(`at least one record in ${empty}`))
    const packed = file(gzipSync('a\nb\n'))
    expect(await corpus(packed)).toEqual(
      fault(`a file that is not compressed: ${packed} is gzip, unpack it first`),
    )
    const long = file(`a\n${'z'.repeat((16 << 20) + 1)}\n`)
    expect(await corpus(long)).toEqual(fault(`records of at most 16 MiB: ${long}:2`))
    const bare = join(folder, 'bare')
    mkdirSync(bare)
    expect(await corpus(bare)).toEqual(fault(`a folder with files in it: ${bare} has none`))
  })
  it('takes memory by the block, not by the corpus', async () => {
    const path = join(folder, 'large')
    const lines = Buffer.from(`${'x'.repeat(199)}\n`.repeat(5000))
    for (let i = 0; i < 100; i++) appendFileSync(path, lines)
    const before = process.memoryUsage().arrayBuffers
    const found = await scan({ path, format: 'lines', prefix: 'int32', check: true })
    expect(found).toMatchObject({ records: 500_000, bytes: 100_000_000 })
    expect(found.columns.byteLength).toBeLessThan(20_000)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 << 20)
  })
  it('is not believed blindly: a file that has changed since ends the run', async () => {
    const path = file('one\ntwo\n')
    const changed = {
      name: 'changed',
      register: (run: import('../../../core/api.ts').Run) =>
        run.hooks.prepare.tap(() => writeFileSync(path, 'x')),
    }
    await expect(made([values.corpus({ path }), changed], 10)).rejects.toThrow(
      /is not what it was when it was checked/,
    )
  })
})
