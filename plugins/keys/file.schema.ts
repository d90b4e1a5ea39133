import { z } from 'zod'
import { pathOf } from '../../core/plugin.ts'
import { choice, text } from '../options/kinds.ts'
import { KeyFileError } from './key-store.ts'
import { readKeys } from './read-keys.ts'

const TAKES = "a column's name, or its number from 1 on where the first row holds no names"

const column = z
  .custom<string | number>(
    value =>
      (typeof value === 'string' && value !== '') || (Number.isSafeInteger(value) && Number(value) >= 1),
    `expected ${TAKES}`,
  )
  .meta({ takes: TAKES })

const options = z
  .strictObject({
    path: text('the path of a file').describe('where the keys are; from the file that lists the plugin'),
    format: choice('lines', 'csv').describe('each line is a key, or a column of a CSV file').default('lines'),
    column: column.describe('of a CSV file, what the keys are').optional(),
    separator: choice('comma', 'semicolon', 'tab')
      .describe('of a CSV file, what is between fields (default comma)')
      .optional(),
    order: choice('cycle', 'random').describe('the keys in turn, or each drawn uniformly').default('cycle'),
  })
  .refine(o => o.format === 'lines' || o.column !== undefined, {
    message: `expected ${TAKES}, since format is csv`,
    path: ['column'],
  })
  .refine(o => o.format === 'csv' || (o.column === undefined && o.separator === undefined), {
    message: "expected 'csv', since column or separator is set",
    path: ['format'],
  })

const loaded = options.transform(({ path, column, separator, order }, context) => {
  try {
    return { keys: readKeys(pathOf(path), column, separator), order }
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error
    const { message, option } = error
    const input = option === 'path' ? path : column
    context.issues.push({ code: 'custom', message: `expected ${message}`, input, path: [option] })
    return z.NEVER
  }
})

// the names of the options are asked for, and those of what came of them are nobody's concern
export const schema = Object.assign(loaded, { shape: options.shape })
