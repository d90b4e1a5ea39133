/** Options of what replays a recording. */
import { z } from 'zod'
import { pathOf } from '../../core/plugin.ts'
import { FileFault } from './columns.ts'
import { choice, real, text } from './kinds.ts'
import { UNITS } from './timeline.ts'

export const path = () => text('the path of a CSV file')
const COLUMN = 'a column: its name in the first line, or its number from 1'
export const column = () =>
  z
    .custom<string | number>(
      value =>
        (typeof value === 'string' && value !== '') || (Number.isSafeInteger(value) && Number(value) >= 1),
      `expected ${COLUMN}`,
    )
    .meta({ takes: COLUMN })
export const unit = () =>
  choice(...UNITS)
    .describe('of the times')
    .default('s')
export const speed = () => real(0.01, 1000).describe('2 replays in half of the time').default(1)

/** What is read from the file, or the fault of the option `path`. */
export function fromFile<T>(
  file: string,
  context: { readonly issues: unknown[] },
  read: (path: string) => T,
): T {
  try {
    return read(pathOf(file))
  } catch (error) {
    if (!(error instanceof FileFault)) throw error
    context.issues.push({ code: 'custom', message: error.message, path: ['path'], input: file })
    return z.NEVER
  }
}
