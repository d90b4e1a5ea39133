/** A document as people write it in JSON → as protobufjs takes it, which by itself ignores what it does not know. */
import type * as Protobuf from 'protobufjs'
import { Expected } from '../expected.ts'
import { isMap } from './generate.ts'

type Plain = Readonly<Record<string, unknown>>

/**
 * Fields by the name of the file or by their JSON name; enums by name or number, bytes as base64, whole numbers of 64 bits
 * as numbers or texts.
 * @throws Expected, which names the path
 */
export function fromJson(type: Protobuf.Type, document: unknown, path: string): Record<string, unknown> {
  if (!isObject(document)) throw refused('an object', path)
  const message: Record<string, unknown> = {}
  for (const [key, given] of Object.entries(document)) {
    const field = type.fieldsArray.find(f => f.name === key || f.jsonName === key)
    const at = path === '' ? key : `${path}.${key}`
    if (field === undefined) throw refused(`a field of message ${type.name}, and it has no ${key},`, at)
    if (given === null) continue
    message[field.name] = fieldOf(field, given, at)
  }
  for (const { name, required } of type.fieldsArray)
    if (required && message[name] === undefined) throw refused(`the required field ${name}`, path)
  return message
}

function fieldOf(field: Protobuf.Field, given: unknown, path: string): unknown {
  if (isMap(field)) {
    if (!isObject(given)) throw refused('an object', path)
    return Object.fromEntries(
      Object.entries(given).map(([key, v]) => [key, single(field, v, `${path}.${key}`)]),
    )
  }
  if (!field.repeated) return single(field, given, path)
  if (!Array.isArray(given)) throw refused('a list', path)
  return given.map((v: unknown, i) => single(field, v, `${path}[${i}]`))
}

const WHOLE: Readonly<Record<string, readonly [low: number, high: number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  sint32: [-(2 ** 31), 2 ** 31 - 1],
  sfixed32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  fixed32: [0, 2 ** 32 - 1],
}

function single({ type, resolvedType }: Protobuf.Field, given: unknown, path: string): unknown {
  if (resolvedType !== null) {
    if ('fieldsArray' in resolvedType) return fromJson(resolvedType, given, path)
    const { values } = resolvedType
    const known =
      typeof given === 'string'
        ? Object.hasOwn(values, given)
        : Object.values(values).includes(given as number)
    if (!known) throw refused(`one of ${Object.keys(values).join(', ')}`, path)
    return given
  }
  const range = WHOLE[type]
  if (range !== undefined) {
    const fits = Number.isInteger(given) && (given as number) >= range[0] && (given as number) <= range[1]
    return taken(fits, given, `a whole number from ${range[0]} to ${range[1]}`, path)
  }
  const isText = typeof given === 'string'
  switch (type) {
    case 'bool':
      return taken(typeof given === 'boolean', given, 'true or false', path)
    case 'string':
      return taken(isText, given, 'a text', path)
    case 'bytes':
      return taken(isText && /^[\w+/-]*={0,2}$/.test(given), given, 'bytes in base64', path)
    case 'float':
    case 'double':
      return taken(typeof given === 'number', given, 'a number', path)
    default: {
      const fits = isText ? /^-?\d{1,20}$/.test(given) : Number.isSafeInteger(given)
      return taken(fits, given, 'a whole number, as a text from 2^53 on', path)
    }
  }
}

function taken(fits: boolean, given: unknown, what: string, path: string): unknown {
  if (!fits) throw refused(what, path)
  return given
}
function refused(what: string, path: string): Expected {
  return new Expected(`${what}${path === '' ? '' : ` at ${path}`}`)
}
function isObject(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
