/** Which schema the values have, and the id it has in the registry. */
import { ConfigError } from '../../../core/plugin.ts'
import { type Answered, type Reference, Refusal, type RegistryClient } from './client.ts'
import type { Format, SchemaText } from './format.ts'

export interface Wanted {
  readonly subject: string
  readonly version: number | 'latest'
  readonly id: number | undefined
  /** Of the file; undefined: it is the registry's. */
  readonly schema: string | undefined
  readonly references: readonly Reference[]
  readonly register: boolean
}
export interface Resolved extends SchemaText {
  readonly id: number
}

/** @param fault makes the error of an option @throws ConfigError, ConnectError */
export async function resolveSchema(
  client: RegistryClient,
  wanted: Wanted,
  format: Format,
  plugin: string,
): Promise<Resolved> {
  const { subject, version, id, schema, references, register } = wanted
  const fault = (option: string, value: unknown, expected: string) =>
    new ConfigError([{ path: `${plugin}.${option}`, value, expected }])
  const asked = async <T>(
    option: string,
    value: unknown,
    expected: string,
    answer: Promise<T>,
  ): Promise<T> => {
    try {
      return await answer
    } catch (error) {
      throw error instanceof Refusal
        ? fault(option, value, `${expected}: it says ${error.message} (${error.code})`)
        : error
    }
  }
  const found = async (
    option: string,
    value: unknown,
    answered: Answered,
    number: number,
  ): Promise<Resolved> => {
    const { schemaType: type = 'AVRO' } = answered
    if (type !== format.type)
      throw fault(option, value, `a schema of ${format.type}, and the registry has one of ${type}`)
    const refer = (r: Reference) =>
      asked(
        option,
        value,
        `schemas whose references the registry has`,
        client.byVersion(r.subject, r.version),
      )
    return { id: number, text: answered.schema, references: await collect(answered.references ?? [], refer) }
  }

  if (id !== undefined)
    return found('id', id, await asked('id', id, 'an id that the registry has', client.byId(id)), id)
  if (schema === undefined) {
    const of = 'a subject that the registry has, in that version'
    const answered = await asked('subject', subject, of, client.byVersion(subject, version))
    if (answered.id === undefined)
      throw fault('subject', subject, 'a registry that answers the id of a schema')
    return found('subject', subject, answered, answered.id)
  }
  const own = { schema, schemaType: format.type, references }
  const known = register
    ? await asked(
        'schema',
        subject,
        'a schema that the registry takes for this subject',
        client.register(subject, own),
      )
    : await asked(
        'schema',
        subject,
        'a schema that this subject has, or register: true to add it',
        client.lookup(subject, own),
      )
  // what a consumer will read it with
  const answered = await asked('schema', known.id, 'a schema to be found by its id', client.byId(known.id))
  return found('schema', known.id, answered, known.id)
}

/** The references of a schema and theirs, each before the ones that need it. */
async function collect(
  references: readonly Reference[],
  get: (reference: Reference) => Promise<Answered>,
  all = new Map<string, string>(),
  open = new Set<string>(),
): Promise<SchemaText['references']> {
  for (const reference of references) {
    const { name } = reference
    if (all.has(name) || open.has(name)) continue
    open.add(name)
    const { schema, references: theirs = [] } = await get(reference)
    await collect(theirs, get, all, open)
    all.set(name, schema)
  }
  return [...all].map(([name, text]) => ({ name, text }))
}
