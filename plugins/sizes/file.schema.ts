import { z } from 'zod'
import { sizeInBytes } from '../../core/plugin.ts'
import { readColumns } from '../options/columns.ts'
import { choice, text } from '../options/kinds.ts'
import { column, fromFile } from '../options/timeline.schema.ts'
import { LARGEST } from './range.ts'

const MOST = sizeInBytes(LARGEST) as number

const options = z.strictObject({
  path: text('the path of a file').describe(
    'a size in each line, or a CSV file; from the file that lists the plugin',
  ),
  column: column().default(1).describe('of the sizes, in bytes or with a unit as in 8KiB'),
  order: choice('cycle', 'random')
    .default('cycle')
    .describe('as they are in the file, again from its start at its end; or each drawn uniformly'),
})

function recorded(path: string, column: string | number): Float64Array<SharedArrayBuffer> {
  const read = (cell: string) => {
    const bytes = sizeInBytes(cell)
    return bytes !== undefined && bytes <= MOST ? bytes : undefined
  }
  const [sizes] = readColumns(path, [{ column, expected: `a size from 0B to ${LARGEST}`, read }])
  return sizes as Float64Array<SharedArrayBuffer>
}

// the keys of an object that is transformed are its own no more: near misses and the options table go by them
export const schema = Object.assign(
  options.transform(({ path, column, order }, context) => ({
    order,
    sizes: fromFile(path, context, file => recorded(file, column)),
  })),
  { shape: options.shape },
)
