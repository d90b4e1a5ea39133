/** JSON Schema, checked by ajv: an optional peer dependency. */
import type { Ajv, ValidateFunction } from 'ajv'
import { Expected } from '../expected.ts'
import { peer } from '../peer.ts'
import type { Codec, Format } from '../registry/format.ts'
import { createMaker } from './generate.ts'

/** Documents that are drawn until one fits. */
const TRIES = 20

export const jsonSchemaFormat: Format = {
  type: 'JSON',
  compile(schema) {
    const root = read('', schema.text)
    const references = schema.references.map(({ name, text }) => ({ name, schema: read(name, text) }))
    return codecOf(validator(root, references), createMaker(root, references))
  },
}

function codecOf(valid: ValidateFunction, maker: ReturnType<typeof createMaker>): Codec {
  const why = () =>
    (valid.errors ?? [])
      .map(({ instancePath, message }) => `${instancePath || 'the document'} ${message}`)
      .join(', ')
  const checked = (document: unknown): unknown => {
    if (!valid(document)) throw new Expected(`what the schema says: ${why()}`)
    return document
  }
  return {
    prefix: Buffer.alloc(0),
    generate(draws) {
      for (let i = 0; i < TRIES; i++) {
        const document = maker.make(draws)
        if (valid(document)) return Buffer.from(JSON.stringify(document))
      }
      throw new Expected(`rules that documents can be drawn by, ${why()}: give documents or a template`)
    },
    encode: document => Buffer.from(JSON.stringify(checked(document))),
    decode: payload => checked(JSON.parse(payload.toString())),
  }
}

type References = readonly { readonly name: string; readonly schema: object | boolean }[]
type AjvClass = new (options: object) => Ajv

/** By the draft that the schema names; a registry takes one that names none for draft 7. */
function validator(root: object | boolean, references: References): ValidateFunction {
  const { $schema: written = '' } = root as { $schema?: string }
  const [, draft = ''] = /(2020-12|2019-09|draft-0[3467])/.exec(written) ?? []
  if (draft === 'draft-03' || draft === 'draft-04')
    throw new Expected(`draft 6 or later of JSON Schema, not ${draft}`)
  const modules: Record<string, string> = { '2020-12': 'ajv/dist/2020', '2019-09': 'ajv/dist/2019' }
  const { default: Class } = peer<{ default: AjvClass }>(modules[draft] ?? 'ajv')
  // formats are what generated documents have, and are not checked in given ones: that takes one package more
  const ajv = new Class({ strict: false, validateFormats: false, logger: false })
  try {
    if (draft === 'draft-06') ajv.addMetaSchema(peer<object>('ajv/dist/refs/json-schema-draft-06.json'))
    for (const { name, schema } of references) ajv.addSchema(schema as object, name)
    return ajv.compile(root)
  } catch (error) {
    if (error instanceof Expected) throw error
    throw new Expected(`a JSON Schema: ${(error as Error).message}`)
  }
}

function read(name: string, text: string): object | boolean {
  try {
    const schema = JSON.parse(text) as unknown
    if (
      typeof schema === 'boolean' ||
      (typeof schema === 'object' && schema !== null && !Array.isArray(schema))
    )
      return schema
  } catch (error) {
    throw new Expected(`a JSON Schema${name && ` ${name}`}: ${(error as Error).message}`)
  }
  throw new Expected(`a JSON Schema${name && ` ${name}`}, an object`)
}
