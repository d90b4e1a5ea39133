/** What the formats of schema registries have in common. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { pathOf } from '../../../core/plugin.ts'
import { flag, text, whole } from '../../options/kinds.ts'
import { Expected } from '../expected.ts'
import { createDrawing } from '../json/documents.ts'
import { ordinary } from '../ordinary.ts'
import type { Format } from './format.ts'
import { documentOf, pooledTemplate } from './template.ts'

const URL_TAKES = "the registry's URL, such as 'http://registry:8081'"
const TEMPLATE_TAKES = 'an object, or JSON as text, with placeholders in {{ }}'
/** Of a file with documents. */
const LARGEST = 64 << 20
const ids = () => whole(1, 2 ** 31 - 1)

const url = z
  .string({ error: `expected ${URL_TAKES}` })
  .superRefine((written, context) => {
    const message = fault(written)
    if (message !== undefined) context.addIssue({ code: 'custom', message: `expected ${message}` })
  })
  .meta({ takes: URL_TAKES })

function fault(written: string): string | undefined {
  const read = URL.parse(written)
  if (read === null || !/^https?:$/.test(read.protocol)) return URL_TAKES
  return read.username === '' && read.password === ''
    ? undefined
    : 'a URL without credentials: name their variable in auth'
}

const reference = z.strictObject({
  name: text('a name').describe('what the schema imports it by'),
  subject: text('the name of a subject').describe('that has it'),
  version: ids().describe('of the subject'),
})

/** @param files what a file of a schema is */
export const registryOptions = (files: string) =>
  z.strictObject({
    registry: url.describe('where schemas are registered'),
    auth: text('the name of an environment variable')
      .optional()
      .describe('the variable that holds `user:password` or a token for the registry'),
    subject: text('the name of a subject')
      .optional()
      .describe('what the schema is registered under; else the name of the topic and -value'),
    version: ids().optional().describe('of the subject, to have its schema; else the latest'),
    id: ids().optional().describe('of a schema in the registry, instead of a subject'),
    schema: text(`the path of ${files}`)
      .optional()
      .describe('the schema as a file; else the registry has it'),
    references: z
      .array(reference, { error: 'expected a list of { name, subject, version }' })
      .meta({ takes: 'a list of { name, subject, version }' })
      .describe('schemas in the registry that the file refers to')
      .default([]),
    register: flag().describe('add the schema to the subject; else it has to be there').default(false),
    pool: whole(1, 1_000_000).describe('how many documents are encoded before the run').default(1000),
    documents: text('the path of a file with a JSON document in each line')
      .optional()
      .describe('documents to encode, the first `pool` of them; else they are drawn from the schema'),
    template: z
      .custom<string | object>(
        value =>
          (typeof value === 'string' && value.trim() !== '') || (typeof value === 'object' && value !== null),
        `expected ${TEMPLATE_TAKES}`,
      )
      .meta({ takes: TEMPLATE_TAKES })
      .optional()
      .describe('a document to encode, as values.json takes it, without {{key}} and {{timestamp}}'),
    locale: text('a locale of @faker-js/faker').describe("of faker's texts in the template").default('en'),
  })

type Written = z.output<ReturnType<typeof registryOptions>>
type Context = { readonly issues: unknown[] }

/** What the workers need: files are read, what can be known without the registry is checked. */
export function readRegistryOptions(o: Written, format: Format, context: Context) {
  const wrong = (path: string, message: string) =>
    void context.issues.push({ code: 'custom', message: `expected ${message}`, input: o, path: [path] })
  const attempt = <T>(path: string, make: () => T): T | undefined => {
    try {
      return make()
    } catch (error) {
      if (!(error instanceof Expected)) throw error
      wrong(path, error.message)
      return undefined
    }
  }
  contradictions(o, wrong)
  if (o.auth !== undefined && !process.env[o.auth])
    wrong('auth', `the name of a variable that is set, and ${o.auth} is not`)
  const { schema: path, documents: list, template } = o
  const schema =
    path === undefined ? undefined : attempt('schema', () => readText(path, 'a file with a schema'))
  const codec =
    schema !== undefined && o.references.length === 0
      ? attempt('schema', () => format.compile({ text: schema, references: [] }))
      : undefined
  const documents = list === undefined ? undefined : attempt('documents', () => readDocuments(list, o.pool))
  for (const [i, { line, document }] of documents?.entries() ?? [])
    attempt('documents', () => {
      try {
        codec?.encode(document)
      } catch (error) {
        throw new Expected(
          `documents of the schema, ${(error as Error).message}: ${list}:${line}, document ${i + 1}`,
        )
      }
    })
  if (template !== undefined)
    attempt('template', () => {
      const drawing = createDrawing(o.locale, () => ordinary)
      const document = documentOf(pooledTemplate(template), 0, drawing)
      codec?.encode(document)
    })
  const { registry, auth, subject, version = 'latest' as const, id, references, register, pool, locale } = o
  const given = documents?.map(d => d.document)
  return {
    registry,
    auth,
    subject,
    version,
    id,
    schema,
    references,
    register,
    pool,
    documents: given,
    template,
    locale,
  }
}
export type RegistryValues = ReturnType<typeof readRegistryOptions>

function contradictions(o: Written, wrong: (path: string, message: string) => void): void {
  for (const other of ['schema', 'subject', 'version'] as const)
    if (o.id !== undefined && o[other] !== undefined)
      wrong(other, 'to be left out, since id names the schema')
  if (o.schema !== undefined && o.version !== undefined)
    wrong('version', 'to be left out, since the schema is in a file')
  if (o.schema === undefined && o.register) wrong('register', 'a schema to register')
  if (o.schema === undefined && o.references.length > 0) wrong('references', 'a schema that refers to them')
  if (o.documents !== undefined && o.template !== undefined)
    wrong('template', 'documents or a template, one of the two')
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(pathOf(path), 'utf8')
  } catch (error) {
    throw new Expected(`${what}: ${(error as Error).message}`)
  }
}

function readDocuments(path: string, most: number) {
  const text = readText(path, 'a file with documents')
  if (text.length > LARGEST)
    throw new Expected(`a file of at most 64 MiB, since all of it is kept: ${path} is larger`)
  const found: { readonly line: number; readonly document: unknown }[] = []
  for (const [i, written] of text.split('\n').entries()) {
    if (written.trim() === '' || found.length === most) continue
    try {
      found.push({ line: i + 1, document: JSON.parse(written) })
    } catch (error) {
      throw new Expected(`JSON in every line, ${(error as Error).message}: ${path}:${i + 1}`)
    }
  }
  if (found.length === 0) throw new Expected(`at least one document in ${path}`)
  return found
}
