import { z } from 'zod'
import { pathOf } from '../../core/plugin.ts'
import { choice, flag, size, text } from '../options/kinds.ts'
import type { Corpus } from './corpus/index-of-blocks.ts'
import { type Reading, scan } from './corpus/scan.ts'
import { Expected } from './expected.ts'
import { shaped } from './shaped.ts'

const options = z.strictObject({
  path: text('the path of a file or a folder').describe(
    'where the records are: a folder is read by name, all that is below it',
  ),
  format: choice('lines', 'ndjson', 'length-prefixed', 'files')
    .default('lines')
    .describe('what a record is: a line, a line that is JSON, a length and so many bytes, a whole file'),
  prefix: choice('int32', 'int32-le', 'varint')
    .optional()
    .describe(
      'how the length before a record of length-prefixed is written: big-endian, little-endian, or as Protobuf does; none: int32',
    ),
  order: choice('file', 'shuffled')
    .default('file')
    .describe('as they are, or blocks of 256 KiB in an order drawn from the seed, and records within each'),
  check: flag().optional().describe('whether each line of ndjson is parsed before the run; none: true'),
  memory: size('0B', '64GiB')
    .describe('up to here all of it stays in the memory of each worker')
    .prefault('64MiB'),
})

export const schema = shaped(
  options,
  options.transform(async ({ path, format, prefix, order, check, memory }, context) => {
    const fault = (option: string, message: string, input?: unknown) => {
      context.issues.push({ code: 'custom', message: `expected ${message}`, input, path: [option] })
      return z.NEVER
    }
    if (prefix !== undefined && format !== 'length-prefixed')
      return fault('prefix', 'format length-prefixed to go with it', prefix)
    if (check !== undefined && format !== 'ndjson')
      return fault('check', 'format ndjson to go with it', check)
    const reading = { path: pathOf(path), format, prefix: prefix ?? 'int32', check: check ?? true }
    try {
      return { corpus: await once(reading), format, prefix: reading.prefix, order, memory }
    } catch (error) {
      if (!(error instanceof Expected)) throw error
      return fault('path', error.message, path)
    }
  }),
)

/** A schema that is asked twice at the same time, as zod does to find out whether it is async, reads once. */
const running = new Map<string, Promise<Corpus>>()

function once(reading: Reading): Promise<Corpus> {
  const key = JSON.stringify(reading)
  const found = running.get(key) ?? scan(reading).finally(() => running.delete(key))
  running.set(key, found)
  return found
}
