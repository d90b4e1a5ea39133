import { z } from 'zod'
import type { Draft } from '../../core/plugin.ts'

/**
 * Answers a record's partition, 0 to partitions − 1, or nothing to leave it to the driver. Called for every record: it makes
 * and waits for nothing, and its answer depends on the draft alone.
 */
export type Choose = (draft: Draft, partitions: number) => number | undefined

const TAKES = 'a function (draft, partitions) => partition, in a configuration that is a module'

export const schema = z.strictObject({
  choose: z
    .custom<Choose>(value => typeof value === 'function', `expected ${TAKES}`)
    .meta({ takes: TAKES })
    .describe('answers 0 to partitions − 1, or nothing for what the driver would choose'),
})
