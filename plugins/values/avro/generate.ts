/** A value of an Avro schema, by chance. */
import type * as Avsc from 'avsc'
import { Expected } from '../expected.ts'
import { DAY_MS, DEEP, type Draws, TOO_DEEP } from '../registry/draws.ts'

export type LogicalTypes = WeakMap<Avsc.Type, { readonly name: string; readonly precision: number }>

export function generate(type: Avsc.Type, draws: Draws, logical: LogicalTypes, depth: number): unknown {
  if (depth > TOO_DEEP) throw new Expected('records that end: these contain themselves without an end')
  const inner = (other: Avsc.Type) => generate(other, draws, logical, depth + 1)
  const count = () => (depth > DEEP ? 0 : draws.between(0, 4))
  const meant = logical.get(type)
  if (meant !== undefined) {
    const value = logicalValue(type, meant.name, meant.precision, draws)
    if (value !== undefined) return value
  }
  switch (type.typeName) {
    case 'null':
      return null
    case 'boolean':
      return draws.chance(0.5)
    case 'int':
      return draws.digits(6)
    case 'long':
      return draws.digits(12)
    case 'float':
      return Math.fround(draws.between(0, 1e6) / 100)
    case 'double':
      return draws.between(0, 1e9) / 1000
    case 'string':
      return draws.phrase()
    case 'bytes':
      return draws.bytes(draws.between(1, 32))
    case 'fixed':
      return draws.bytes((type as Avsc.types.FixedType).size)
    case 'enum':
      return draws.pick((type as Avsc.types.EnumType).symbols)
    case 'array':
      return Array.from({ length: count() }, () => inner((type as Avsc.types.ArrayType).itemsType))
    case 'map': {
      const { valuesType } = type as Avsc.types.MapType
      return Object.fromEntries(
        Array.from({ length: count() }, () => [draws.word(), inner(valuesType as Avsc.Type)]),
      )
    }
    case 'union:wrapped': {
      const { types } = type as Avsc.types.WrappedUnionType
      const branch = (depth > DEEP && types.find(t => !CONTAINERS.has(t.typeName))) || draws.pick(types)
      return branch.typeName === 'null' ? null : { [branch.branchName as string]: inner(branch) }
    }
    case 'record':
      return Object.fromEntries((type as Avsc.types.RecordType).fields.map(f => [f.name, inner(f.type)]))
    default:
      throw new Expected(`types that can be drawn, not ${type.typeName}: give documents or a template`)
  }
}

const CONTAINERS = new Set(['record', 'array', 'map', 'union:wrapped'])

/** undefined: no logical type that is known for this type, which then stands for itself, as the specification says. */
function logicalValue(type: Avsc.Type, name: string, precision: number, draws: Draws): unknown {
  const { typeName } = type
  const scale: Record<string, number> = { millis: 1, micros: 1000 }
  const [, time, unit = ''] = /^(?:local-)?(timestamp|time)-(millis|micros)$/.exec(name) ?? []
  if (time === 'timestamp' && typeName === 'long') return draws.time() * (scale[unit] as number)
  if (time === 'time' && (typeName === 'long' || typeName === 'int'))
    return draws.between(0, DAY_MS - 1) * (scale[unit] as number)
  if (name === 'date' && typeName === 'int') return Math.floor(draws.time() / DAY_MS)
  if (name === 'uuid' && typeName === 'string') return draws.uuid()
  if (name === 'decimal' && (typeName === 'bytes' || typeName === 'fixed')) {
    const size = typeName === 'fixed' ? (type as Avsc.types.FixedType).size : 4
    // 2^31 is of ten digits, and the sign bit stays clear
    const digits = Math.min(precision, 9, Math.floor((size * 8 - 1) * Math.log10(2)))
    const bytes = Buffer.alloc(size)
    let unscaled = digits < 1 ? 0 : draws.digits(digits)
    for (let i = size - 1; unscaled > 0; i--, unscaled = Math.floor(unscaled / 256)) bytes[i] = unscaled % 256
    return bytes
  }
  return undefined
}
