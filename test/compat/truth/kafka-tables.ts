/** Message tables made of Kafka's own JSON files: the scripts judge the embedded broker's bytes by them, not by our tables. */
import type { Api, Field, Fields, Nested } from '../../../plugins/protocol/schema.ts'
import { type KafkaField, type KafkaMessage, kafkaMessages } from '../kafka-messages.ts'

const tables = new Map<string, Api>()
/**
 * The table of an API by its name in the protocol (`Produce`), for all versions that Kafka knows.
 * @throws Error for a name that Kafka does not have.
 */
export function tableOf(name: string): Api {
  const made = tables.get(name)
  if (made) return made
  const [request, response] = ['Request', 'Response'].map(type =>
    kafkaMessages().find(each => each.name === `${name}${type}`),
  )
  if (!request || !response) throw new Error(`Kafka has no API "${name}"`)
  const [min = '', max = min] = request.validVersions.split('-')
  const flexible =
    request.flexibleVersions === 'none'
      ? Number.POSITIVE_INFINITY
      : Number.parseInt(request.flexibleVersions, 10)
  const table = {
    name,
    key: request.apiKey,
    min: Number(min),
    max: Number(max),
    flexible,
    request: fieldsOf(request, request.fields),
    response: fieldsOf(response, response.fields),
  }
  tables.set(name, table)
  return table
}

/** The name of an API by its key. */
export function nameOf(key: number): string {
  const found = kafkaMessages().find(each => each.apiKey === key && each.type === 'request')
  return found?.name.replace(/Request$/, '') ?? `API ${key}`
}

function fieldsOf(owner: KafkaMessage, fields: readonly KafkaField[]): Fields {
  return Object.fromEntries(
    fields.map(field => [`${field.name[0]?.toLowerCase()}${field.name.slice(1)}`, fieldOf(owner, field)]),
  )
}

function fieldOf(owner: KafkaMessage, field: KafkaField): Field {
  const element = field.type.replace('[]', '')
  const list = field.type !== element
  const nested = field.fields ?? owner.commonStructs?.find(each => each.name === element)?.fields
  const spec = [field.versions]
  if (field.nullableVersions) spec.push(`null:${field.nullableVersions}`)
  if (field.tag !== undefined) spec.push(`tag:${field.tag}`)
  if (nested) return { spec: spec.join(' '), list, fields: fieldsOf(owner, nested) } satisfies Nested
  const fallback = field.default
  if (fallback !== undefined && fallback !== '') {
    spec.push(`=${/^int/.test(element) && fallback !== 'null' ? BigInt(fallback) : fallback}`)
  }
  return `${list ? '[]' : ''}${element} ${spec.join(' ')}` as Field
}

/** @throws Error for a field that the table does not have: the codec would leave it out without a word. */
export function checkNames(fields: Fields, value: unknown, path: string): void {
  if (Array.isArray(value)) for (const each of value) checkNames(fields, each, path)
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined
      if (field === undefined) throw new Error(`${path} has no field "${name}"`)
      if (typeof field !== 'string') checkNames(field.fields, inner, `${path}.${name}`)
    }
  }
}
