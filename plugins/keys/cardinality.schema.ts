import { z } from 'zod'

/** More than any number of a record, and the last up to which every whole number is a number of its own. */
const MOST = 2 ** 53

/** A number of different keys: 0 … cardinality − 1. */
export const cardinality = () =>
  z
    .custom<number>(
      value => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MOST,
      'expected a whole number from 1 to 2^53',
    )
    .meta({ takes: 'a whole number from 1 to 2^53' })
