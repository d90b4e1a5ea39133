/** Our message tables beside Kafka's own, field by field, for every version that the embedded broker lists. */
import { describe, expect, it } from 'vitest'
import { handlers } from '../../plugins/broker/api/table.ts'
import type { Fields } from '../../plugins/protocol/schema.ts'
import { parseSpec, within } from '../../plugins/protocol/spec.ts'
import { type KafkaField, type KafkaMessage, kafkaMessages } from './kafka-messages.ts'

function message(key: number, type: 'request' | 'response'): KafkaMessage {
  const found = kafkaMessages().find(each => each.apiKey === key && each.type === type)
  if (found === undefined) throw new Error(`Kafka has no ${type} ${key}`)
  return found
}

function inVersions(text: string | undefined, version: number): boolean {
  if (text === undefined || text === 'none') return false
  const [min, max] = text.includes('-')
    ? text.split('-')
    : [text.replace('+', ''), text.endsWith('+') ? '' : text]
  return version >= Number(min) && (max === '' || version <= Number(max))
}

/** What stands for a field left out, in one notation: `0x7fffffff`, `2147483647` and a number are the same. */
function defaultOf(value: string | number | boolean | undefined, type: string): string {
  if (value === 'null') return 'null'
  if (type === 'bool') return String(value ?? false)
  if (/^int/.test(type)) return String(Number(value ?? 0))
  return String(value ?? '')
}

/**
 * One line for each field. The default is compared where it is seen by the other side: on tagged fields, which are not
 * written when they have it, and on the numbers that go out when nothing is said.
 */
function line(
  name: string,
  type: string,
  nullable: boolean,
  tag: number | undefined,
  fallback: string,
): string {
  const parts = [name, type]
  if (nullable) parts.push('nullable')
  if (tag !== undefined) parts.push(`tag ${tag}`)
  if (tag !== undefined || (!nullable && /^(int|bool)/.test(type))) parts.push(`default ${fallback}`)
  return parts.join(' ')
}

function ofKafka(owner: KafkaMessage, fields: readonly KafkaField[], version: number, path = ''): string[] {
  return fields
    .filter(each => inVersions(each.versions, version))
    .flatMap(field => {
      const name = `${path}${field.name[0]?.toLowerCase()}${field.name.slice(1)}`
      const element = field.type.replace('[]', '')
      const nested = field.fields ?? owner.commonStructs?.find(each => each.name === element)?.fields
      const type = field.type.replace(element, nested ? 'struct' : element)
      const nullable = inVersions(field.nullableVersions, version)
      const tag = inVersions(field.taggedVersions, version) ? field.tag : undefined
      const own = line(name, type, nullable, tag, defaultOf(field.default, type))
      return [own, ...(nested ? ofKafka(owner, nested, version, `${name}.`) : [])]
    })
}

function ofOurs(fields: Fields, version: number, path = ''): string[] {
  return Object.entries(fields).flatMap(([key, field]) => {
    const scalar = typeof field === 'string'
    const spec = parseSpec(scalar ? field : `- ${field.spec}`)
    if (!within(spec.versions, version)) return []
    const name = `${path}${key}`
    const isList = scalar ? spec.list : field.list
    const type = `${isList ? '[]' : ''}${scalar ? spec.type : 'struct'}`
    const nullable = spec.nullable !== undefined && within(spec.nullable, version)
    const own = line(name, type, nullable, spec.tag, defaultOf(spec.fallback, type))
    return [own, ...(scalar ? [] : ofOurs(field.fields, version, `${name}.`))]
  })
}

/** Untagged fields in their order, tagged ones by number. */
function sorted(lines: string[]): string[] {
  const tag = (text: string) => Number(/ tag (\d+)/.exec(text)?.[1] ?? -1)
  return lines
    .map((text, at) => ({ text, at }))
    .sort((a, b) => depth(a.text) - depth(b.text) || tag(a.text) - tag(b.text) || a.at - b.at)
    .map(each => each.text)
}
const depth = (text: string) => text.split(' ', 1)[0]!.split('.').length

describe.each([...handlers.values()].map(({ api }) => [api.name, api] as const))('%s', (_, api) => {
  const sides = [
    ['request', api.request],
    ['response', api.response],
  ] as const
  for (const [type, fields] of sides) {
    const theirs = message(api.key, type)
    it(`has Kafka's fields in every version of the ${type}`, () => {
      expect(theirs.name.toLowerCase()).toBe(`${api.name}${type}`.toLowerCase())
      for (let version = api.min; version <= api.max; version++) {
        expect(inVersions(theirs.validVersions, version), `${api.name} ${version} is valid`).toBe(true)
        expect(version >= api.flexible).toBe(inVersions(theirs.flexibleVersions, version))
        const expected = sorted(ofKafka(theirs, theirs.fields, version))
        expect(sorted(ofOurs(fields, version)), `${type} ${version}`).toEqual(expected)
      }
    })
  }
})
