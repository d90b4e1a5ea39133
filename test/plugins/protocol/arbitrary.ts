/** Values of any message table, for property tests. */
import fc from 'fast-check'
import { ZERO_UUID } from '../../../plugins/protocol/scalar.ts'
import type { Field, Fields } from '../../../plugins/protocol/schema.ts'
import { parseSpec, type Spec, within } from '../../../plugins/protocol/spec.ts'

/** What decodes to itself: fields that the version has not, with their defaults, are added by decoding alone. */
export function messageOf(fields: Fields, version: number): fc.Arbitrary<Record<string, unknown>> {
  const present: Record<string, fc.Arbitrary<unknown>> = {}
  for (const [name, field] of Object.entries(fields)) {
    const spec = specOf(field)
    if (within(spec.versions, version)) present[name] = contentOf(field, spec, version)
  }
  return fc.record(present)
}

function specOf(field: Field): Spec {
  return parseSpec(typeof field === 'string' ? field : `- ${field.spec}`)
}

function contentOf(field: Field, spec: Spec, version: number): fc.Arbitrary<unknown> {
  const one = typeof field === 'string' ? scalarOf(spec) : messageOf(field.fields, version)
  const isList = typeof field === 'string' ? spec.list : field.list
  const value = isList ? fc.array(one, { maxLength: 3 }) : one
  const nullable = spec.nullable !== undefined && within(spec.nullable, version)
  return nullable ? fc.option(value, { freq: 3 }) : value
}

function scalarOf({ type }: Spec): fc.Arbitrary<unknown> {
  const bytes = fc.uint8Array({ maxLength: 40 }).map(each => Buffer.from(each))
  switch (type) {
    case 'bool':
      return fc.boolean()
    case 'int8':
      return fc.integer({ min: -128, max: 127 })
    case 'int16':
      return fc.integer({ min: -32768, max: 32767 })
    case 'int32':
      return fc.integer()
    case 'int64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    case 'string':
      return fc.string({ unit: 'grapheme', maxLength: 20 })
    case 'uuid':
      return fc.oneof(
        fc.constant(ZERO_UUID),
        fc.uint8Array({ minLength: 16, maxLength: 16 }).map(each => Buffer.from(each).toString('base64url')),
      )
    case 'bytes':
    case 'records':
      return bytes
  }
}
