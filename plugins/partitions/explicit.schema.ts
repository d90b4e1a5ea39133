import { z } from 'zod'
import { whole } from '../options/kinds.ts'

const partition = () => whole(0, 99_999)
const LIST = 'a list of 1 to 100,000 partitions, such as [0, 2, 5]'

export const schema = z
  .strictObject({
    partition: partition().describe('where all records go').optional(),
    partitions: z
      .array(partition(), { error: `expected ${LIST}` })
      .min(1, { error: `expected ${LIST}` })
      .max(100_000, { error: `expected ${LIST}` })
      .meta({ takes: LIST })
      .describe('where records go in turn; one that is there twice gets twice as many')
      .optional(),
  })
  .refine(o => (o.partition === undefined) !== (o.partitions === undefined), {
    message: 'expected either partition or partitions',
  })
