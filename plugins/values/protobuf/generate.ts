/** A message of a Protobuf type, by chance. */
import type * as Protobuf from 'protobufjs'
import { Expected } from '../expected.ts'
import { DEEP, type Draws, TOO_DEEP } from '../registry/draws.ts'

type Message = Record<string, unknown>
type MapField = Protobuf.Field & Pick<Protobuf.MapField, 'keyType'>

export function generate(type: Protobuf.Type, draws: Draws, depth: number): Message {
  if (depth > TOO_DEEP) throw new Expected('messages that end: these require themselves without an end')
  const known = wellKnown(type, draws)
  if (known !== undefined) return known
  const chosen = new Set(type.oneofsArray.filter(o => !o.isProto3Optional).map(o => oneOf(o, draws, depth)))
  const message: Message = {}
  for (const field of type.fieldsArray) {
    const alternative = field.partOf !== null && !field.partOf.isProto3Optional
    const skipped = alternative ? !chosen.has(field) : !field.required && isMessage(field) && depth > DEEP
    if (skipped) continue
    if (isMap(field)) message[field.name] = mapOf(field, draws, depth)
    else if (field.repeated)
      message[field.name] = Array.from({ length: depth > DEEP ? 0 : draws.between(0, 4) }, () =>
        value(field, draws, depth),
      )
    else message[field.name] = value(field, draws, depth)
  }
  return message
}

/** Which of its fields is set: far down one that is no message, if there is one. */
function oneOf({ fieldsArray }: Protobuf.OneOf, draws: Draws, depth: number): Protobuf.Field | undefined {
  const flat = fieldsArray.filter(f => !isMessage(f))
  return draws.pick(depth > DEEP && flat.length > 0 ? flat : fieldsArray)
}

function mapOf(field: MapField, draws: Draws, depth: number): Message {
  const key = () => {
    if (field.keyType === 'string') return draws.word()
    return field.keyType === 'bool' ? String(draws.chance(0.5)) : String(draws.digits(6))
  }
  const count = depth > DEEP ? 0 : draws.between(0, 4)
  return Object.fromEntries(Array.from({ length: count }, () => [key(), value(field, draws, depth)]))
}

function value(
  { type, resolvedType }: Pick<Protobuf.Field, 'type' | 'resolvedType'>,
  draws: Draws,
  depth: number,
): unknown {
  if (resolvedType !== null)
    return 'fieldsArray' in resolvedType
      ? generate(resolvedType, draws, depth + 1)
      : draws.pick(Object.values(resolvedType.values))
  switch (type) {
    case 'bool':
      return draws.chance(0.5)
    case 'string':
      return draws.phrase()
    case 'bytes':
      return draws.bytes(draws.between(1, 32))
    case 'float':
      return Math.fround(draws.between(0, 1e6) / 100)
    case 'double':
      return draws.between(0, 1e9) / 1000
    default:
      return draws.digits(type.endsWith('64') ? 12 : 6)
  }
}

/** What would be no time, or no message at all, if it were drawn as any other. */
function wellKnown({ fullName }: Protobuf.Type, draws: Draws): Message | undefined {
  switch (fullName) {
    case '.google.protobuf.Timestamp': {
      const ms = draws.time()
      return { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 }
    }
    case '.google.protobuf.Duration':
      return { seconds: draws.digits(5), nanos: draws.between(0, 999) * 1e6 }
    case '.google.protobuf.Any':
      return { type_url: 'type.googleapis.com/google.protobuf.Empty' }
    default:
      return undefined
  }
}

const isMessage = ({ resolvedType }: Protobuf.Field) => resolvedType !== null && 'fieldsArray' in resolvedType
export const isMap = (field: Protobuf.Field): field is MapField => field.map
