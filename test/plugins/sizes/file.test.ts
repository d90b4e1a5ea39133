import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { sizes } from '../../../plugins/index.ts'
import { faultsOf } from '../draws.ts'
import { ALPHA, chiSquare } from '../statistics.ts'
import { million, sizesOf } from './sizes.ts'

let folder = ''
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sizes-'))
})

it.each([
  ['a size in each line', '100\n1KiB\n\n8kB\r\n0\n', {}],
  ['a column by its name', 'time;size\n1;100\n2;1KiB\n3;8000\n4;"0"\n', { column: 'size' }],
  ['a column by its number', 'a,100\nb,1024\nc,8000\nd,0\n', { column: 2 }],
])('in the order of the file, again from its start: %s', async (name, text, options) => {
  const path = file(`${name}.csv`, text)
  const of = await sizesOf([sizes.file({ path, ...options })])
  expect(Array.from({ length: 6 }, (_, i) => of(i))).toEqual([100, 1024, 8000, 0, 100, 1024])
  expect(of(4 * 2 ** 40 + 2)).toBe(8000)
})
it('drawn uniformly, each line as often as any other', async () => {
  const path = file('random.txt', Array.from({ length: 500 }, (_, i) => i).join('\n'))
  const cells = new Float64Array(500)
  for (const size of await million([sizes.file({ path, order: 'random' })]))
    cells[size] = (cells[size] as number) + 1
  expect(chiSquare(cells, new Float64Array(500).fill(1 / 500)).p).toBeGreaterThan(ALPHA)
})
it('is read once, into memory that threads share', async () => {
  const path = file('shared.txt', '1\n2\n')
  const { schema } = await import('../../../plugins/sizes/file.schema.ts')
  const read = await schema.parseAsync({ path })
  expect(read.sizes.buffer).toBeInstanceOf(SharedArrayBuffer)
  expect(structuredClone(read).sizes.buffer.byteLength).toBe(16)
})
it.each([
  ['missing', undefined, 'expected a file that is there: <file>'],
  ['empty', '', 'expected a file with rows, but <file> has none'],
  ['broken', '100\n1KB or so\n', 'expected a size from 0B to 64MiB in column 1 of <file>:2, not "1KB or so"'],
  ['too large', '100\n1GiB\n', 'expected a size from 0B to 64MiB in column 1 of <file>:2, not "1GiB"'],
])('refuses a file that is %s', async (name, text, expected) => {
  const path = text === undefined ? join(folder, 'nowhere') : file(`${name}.txt`, text)
  expect(await faultsOf([sizes.file({ path })])).toEqual([
    `sizes.file.path: ${expected.replace('<file>', path)}`,
  ])
})
it('refuses a column that is not there', async () => {
  const path = file('columns.csv', 'time,size\n1,100\n')
  expect(await faultsOf([sizes.file({ path, column: 'bytes' })])).toEqual([
    `sizes.file.path: expected a column bytes in the first line of ${path}, which has time, size`,
  ])
})
