/** A document as people write it in JSON → as avsc takes it: bytes are Buffers, a union's branch is named. */
import type * as Avsc from 'avsc'
import { Expected } from '../expected.ts'

/**
 * Bytes and fixed are texts of one character for each byte. A branch may be named, { "string": "x" }, as Avro's own JSON has
 * it, or is the first one that fits.
 * @throws Expected, which names the path
 */
export function fromJson(type: Avsc.Type, value: unknown, path: string): unknown {
  const refuse = (what: string): never => {
    throw new Expected(`${what}${path === '' ? '' : ` at ${path}`}`)
  }
  const number = (what: string, fits: (n: number) => boolean) =>
    typeof value === 'number' && fits(value) ? value : refuse(what)
  switch (type.typeName) {
    case 'null':
      return value === null ? null : refuse('null')
    case 'boolean':
      return typeof value === 'boolean' ? value : refuse('true or false')
    case 'int':
      return number('a whole number of 32 bits', n => (n | 0) === n)
    case 'long':
      return number('a whole number up to 2^53', Number.isSafeInteger)
    case 'float':
    case 'double':
      return number('a number', Number.isFinite)
    case 'string':
      return typeof value === 'string' ? value : refuse('a text')
    case 'bytes':
      return bytesOf(value) ?? refuse('bytes as a text of characters up to ÿ')
    case 'fixed': {
      const { size } = type as Avsc.types.FixedType
      const bytes = bytesOf(value)
      return bytes?.length === size ? bytes : refuse(`${size} bytes as a text of characters up to ÿ`)
    }
    case 'enum': {
      const { symbols } = type as Avsc.types.EnumType
      return symbols.includes(value as string) ? value : refuse(`one of ${symbols.join(', ')}`)
    }
    case 'array':
      if (!Array.isArray(value)) return refuse('a list')
      return value.map((v, i) => fromJson((type as Avsc.types.ArrayType).itemsType, v, `${path}[${i}]`))
    case 'map':
      if (!isObject(value)) return refuse('an object')
      return each(value, (v, key) =>
        fromJson((type as Avsc.types.MapType).valuesType as Avsc.Type, v, below(path, key)),
      )
    case 'union:wrapped':
      return fromUnion((type as Avsc.types.WrappedUnionType).types, value, path, refuse)
    case 'record':
      return isObject(value) ? fromRecord(type as Avsc.types.RecordType, value, path) : refuse('an object')
    default:
      return refuse(`types that are known, not ${type.typeName},`)
  }
}

function fromRecord(
  { fields }: Avsc.types.RecordType,
  value: Readonly<Record<string, unknown>>,
  path: string,
) {
  const names = fields.map(f => f.name)
  for (const key of Object.keys(value))
    if (!names.includes(key))
      throw new Expected(`fields ${names.join(', ')} and no ${key}${path === '' ? '' : ` at ${path}`}`)
  const given = fields.filter(f => {
    if (Object.hasOwn(value, f.name)) return true
    if (f.defaultValue() === undefined)
      throw new Expected(`a field at ${below(path, f.name)}, since it has no default`)
    return false
  })
  return Object.fromEntries(given.map(f => [f.name, fromJson(f.type, value[f.name], below(path, f.name))]))
}

function fromUnion(
  types: readonly Avsc.Type[],
  value: unknown,
  path: string,
  refuse: (what: string) => never,
): unknown {
  const wrapped = (branch: Avsc.Type, inner: unknown) =>
    branch.typeName === 'null' ? null : { [branch.branchName as string]: inner }
  if (isObject(value)) {
    const [name, ...more] = Object.keys(value)
    const branch = more.length === 0 ? types.find(t => t.branchName === name) : undefined
    if (branch !== undefined)
      return wrapped(branch, fromJson(branch, value[name as string], below(path, name as string)))
  }
  const why: string[] = []
  for (const branch of types) {
    try {
      return wrapped(branch, fromJson(branch, value, path))
    } catch (error) {
      if (!(error instanceof Expected)) throw error
      why.push(error.message)
    }
  }
  return refuse(`one of its union (${[...new Set(why)].join(', or ')})`)
}

function bytesOf(value: unknown): Buffer | undefined {
  if (typeof value !== 'string') return undefined
  const bytes = Buffer.from(value, 'latin1')
  return bytes.toString('latin1') === value ? bytes : undefined
}
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
function each(value: Readonly<Record<string, unknown>>, make: (v: unknown, key: string) => unknown) {
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, make(v, key)]))
}
const below = (path: string, key: string) => (path === '' ? key : `${path}.${key}`)
