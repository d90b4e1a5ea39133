import { z } from 'zod'
import { FileFault, readColumns } from '../options/columns.ts'
import { flag } from '../options/kinds.ts'
import { column, fromFile, path, speed, unit } from '../options/timeline.schema.ts'
import { times, type Unit } from '../options/timeline.ts'

const options = z.strictObject({
  path: path().describe('file with a line for each record, in any order'),
  column: column().describe('column of the times').default(1),
  unit: unit(),
  speed: speed(),
  repeat: flag()
    .describe('begin again at the end of the recording, a mean step later; otherwise nothing follows')
    .default(false),
})

// the keys of an object that is transformed are its own no more: near misses and the options table go by them
export const schema = Object.assign(
  options.transform(({ path, column, unit, ...o }, context) => ({
    ...o,
    times: fromFile(path, context, file => recorded(file, column, unit, o.repeat)),
  })),
  { shape: options.shape },
)

/** µs since the first record. */
function recorded(file: string, column: string | number, unit: Unit, repeat: boolean): Float64Array {
  const [all] = readColumns(file, [{ column, ...times[unit] }]) as [Float64Array]
  all.sort()
  const first = all[0] as number
  for (let i = 0; i < all.length; i++) all[i] = (all[i] as number) - first
  if (repeat && all.at(-1) === 0)
    throw new FileFault(`expected two different times or more in ${file}, to repeat them`)
  return all
}
