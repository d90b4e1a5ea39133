import { z } from 'zod'
import { FileFault, readColumns } from '../options/columns.ts'
import { factor, flag } from '../options/kinds.ts'
import { column, fromFile, path, speed, unit } from '../options/timeline.schema.ts'
import { times, type Unit } from '../options/timeline.ts'

const options = z.strictObject({
  path: path().describe('file with a line for each time: the time, and the rate in records/s then'),
  time: column().describe('column of the times').default(1),
  rate: column().describe('column of the rates').default(2),
  unit: unit(),
  speed: speed(),
  scale: factor(0.000001, 1_000_000).describe('factor of the rates').default(1),
  repeat: flag()
    .describe('begin again at the end of the recording; otherwise nothing follows')
    .default(false),
})

// the keys of an object that is transformed are its own no more: near misses and the options table go by them
export const schema = Object.assign(
  options.transform(({ path, time, rate, unit, ...o }, context) => ({
    ...o,
    ...fromFile(path, context, file => recording(file, time, rate, unit)),
  })),
  { shape: options.shape },
)

function recording(file: string, time: string | number, rate: string | number, unit: Unit) {
  const [at, rates] = readColumns(file, [
    { column: time, ...times[unit], rising: true },
    { column: rate, expected: 'a rate in records/s, from 0 on', read: rateOf },
  ]) as [Float64Array, Float64Array]
  const first = at[0] as number
  for (let i = 0; i < at.length; i++) at[i] = (at[i] as number) - first
  if (at.at(-1) === 0) throw new FileFault(`expected rates at two times or more in ${file}`)
  if (rates.every(r => r === 0)) throw new FileFault(`expected a rate above 0 in ${file}`)
  return { at, rates }
}
function rateOf(cell: string): number | undefined {
  const rate = Number(cell)
  return rate >= 0 && rate <= 1e12 ? rate : undefined
}
