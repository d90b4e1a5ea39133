import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { pathOf } from '../../core/plugin.ts'
import { text, whole } from '../options/kinds.ts'
import { createDrawing } from './json/documents.ts'
import { parseTemplate, tryTemplate } from './json/template.ts'
import { ordinary } from './ordinary.ts'
import { shaped } from './shaped.ts'

const takes = 'an object, or JSON as text, with placeholders in {{ }}'

/** Bytes of a pool. */
const LARGEST = 1 << 30

const options = z.strictObject({
  template: z
    .custom<string | object>(
      value =>
        (typeof value === 'string' && value.trim() !== '') || (typeof value === 'object' && value !== null),
      `expected ${takes}`,
    )
    .meta({ takes })
    .optional()
    .describe('the document'),
  file: text('the path of a JSON file').optional().describe('where the template is, instead'),
  pool: whole(1, 1_000_000).default(1000).describe('how many documents are made before the run'),
  locale: text('a locale of @faker-js/faker').default('en').describe("of faker's texts"),
})

export const schema = shaped(
  options,
  options.transform(({ template, file, pool, locale }, context) => {
    const fault = (path: string, message: string) => {
      context.issues.push({ code: 'custom', message, input: undefined, path: [path] })
      return z.NEVER
    }
    if ((template === undefined) === (file === undefined))
      return fault(file === undefined ? 'template' : 'file', 'expected a template or a file, one of the two')
    let written = template ?? ''
    if (file !== undefined) {
      try {
        written = readFileSync(pathOf(file), 'utf8')
      } catch (error) {
        return fault('file', `expected a file to read: ${(error as Error).message}`)
      }
    }
    try {
      const drawing = createDrawing(locale, () => ordinary)
      drawing.begin(0, false)
      const sample = tryTemplate(parseTemplate(written), drawing)
      if (sample.length * pool > LARGEST)
        return fault(
          'pool',
          `expected a pool of at most 1 GiB: one of these documents has ${sample.length} bytes`,
        )
    } catch (error) {
      return fault(file === undefined ? 'template' : 'file', `expected ${(error as Error).message}`)
    }
    return { template: written, pool, locale }
  }),
)
