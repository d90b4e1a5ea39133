import { z } from 'zod'
import { duration, factor, flag } from '../options/kinds.ts'

const EXPECTED =
  "expected a list of stages such as [{ factor: 0.5, for: '30s' }, { factor: 2, for: '10s', ramp: true }]"
const stage = z.strictObject({
  factor: factor().describe('factor of the rate, at the end of the stage'),
  for: duration('1ms', '7d').describe("the stage's length"),
  ramp: flag()
    .describe("go there in a straight line from the last stage's factor (0 at the start)")
    .default(false),
})

export const schema = z.strictObject({
  stages: z
    .array(stage, { error: EXPECTED })
    .min(1, { error: EXPECTED })
    .max(10_000, { error: 'expected at most 10000 stages' })
    .refine(list => list.length === 0 || list.some(s => s.factor > 0), {
      error: 'expected a stage with a factor above 0',
    })
    .describe('one after the other, from the beginning of the run')
    .meta({ takes: 'a list of { factor, for, ramp? }' }),
  repeat: flag().describe('begin again after the last stage; otherwise its factor stays').default(false),
})
