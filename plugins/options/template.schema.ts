import { z } from 'zod'
import { parseTemplate, type Template } from './template.ts'

const MOST = 1024

/** A text with ranges, as a template. @param noun what it makes, in the words of a fault: 'key' */
export function template(noun: string, example: string) {
  const takes = `a text of up to ${MOST} characters with ranges, such as '${example}'`
  return z
    .custom<string>(
      value => typeof value === 'string' && value !== '' && value.length <= MOST,
      `expected ${takes}`,
    )
    .transform((written, context): Template => {
      const read = parseTemplate(written, noun)
      if ('parts' in read) return read
      context.issues.push({ code: 'custom', message: `expected ${read.expected}`, input: written })
      return z.NEVER
    })
    .meta({ takes })
}
