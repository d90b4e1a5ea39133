import { MalformedError } from './failure.ts'
import type { ByteReader } from './reader.ts'
import { readScalar, scalarDefault, writeScalar } from './scalar.ts'
import type { Decoded, Encodable, Field, Fields, Nested } from './schema.ts'
import { parseSpec, type Spec, within } from './spec.ts'
import { ByteWriter } from './writer.ts'

interface Entry {
  readonly name: string
  readonly tag: number | undefined
  readonly fallback: () => unknown
  readonly isDefault: (value: unknown) => boolean
  readonly read: (reader: ByteReader) => unknown
  readonly write: (writer: ByteWriter, value: unknown) => void
}

interface Message {
  readonly entries: readonly Entry[]
  /** Fields the version does not have: decoding still gives them their defaults. */
  readonly absent: readonly Entry[]
  readonly tagged: readonly Entry[]
  readonly flexible: boolean
}

const compiled = new WeakMap<Fields, Map<number, Message>>()

/** The table of one version, made once: closures per field instead of a decision per field and message. */
function messageOf(fields: Fields, version: number, flexible: boolean): Message {
  let versions = compiled.get(fields)
  if (!versions) {
    versions = new Map()
    compiled.set(fields, versions)
  }
  const key = flexible ? version : -version - 1
  let message = versions.get(key)
  if (!message) {
    const all = Object.entries(fields).map(([name, field]) => entryOf(name, field, version, flexible))
    const present = all.filter(entry => entry.present).map(entry => entry.entry)
    message = {
      entries: present.filter(entry => entry.tag === undefined),
      tagged: present.filter(entry => entry.tag !== undefined),
      absent: all.filter(entry => !entry.present).map(entry => entry.entry),
      flexible,
    }
    versions.set(key, message)
  }
  return message
}

function entryOf(name: string, field: Field, version: number, flexible: boolean) {
  const spec = typeof field === 'string' ? parseSpec(field) : parseSpec(`- ${field.spec}`)
  const nullable = spec.nullable !== undefined && within(spec.nullable, version)
  const present = within(spec.versions, version) && (spec.tag === undefined || flexible)
  const one =
    typeof field === 'string' ? scalarCodec(spec, nullable, flexible) : structCodec(field, version, flexible)
  const isList = typeof field === 'string' ? spec.list : field.list
  const codec = isList
    ? listCodec(one, nullable, flexible)
    : typeof field === 'string' || !nullable
      ? one
      : nullableStruct(one)
  const mayBeNull = present ? nullable : spec.nullable !== undefined
  const fallback =
    isList || mayBeNull || typeof field === 'string'
      ? fallbackOf(spec, isList, mayBeNull)
      : structDefaults(field, version, flexible)
  const isDefault = (value: unknown) =>
    isList && Array.isArray(value) ? value.length === 0 : value === fallback()
  const entry: Entry = { name, tag: spec.tag, fallback, isDefault, ...codec }
  return { present, entry }
}

type Codec = Pick<Entry, 'read' | 'write'>

function fallbackOf(spec: Spec, isList: boolean, nullable: boolean): () => unknown {
  if (nullable && spec.fallback === undefined) return () => null
  if (isList) return () => []
  const value = scalarDefault(spec.type, spec.fallback)
  return () => value
}

/** A structure that is left out has every field at its default. */
function structDefaults(field: Nested, version: number, flexible: boolean): () => unknown {
  const { entries, absent, tagged } = messageOf(field.fields, version, flexible)
  return () => {
    const value: Record<string, unknown> = {}
    for (const entry of [...entries, ...absent, ...tagged]) value[entry.name] = entry.fallback()
    return value
  }
}

function scalarCodec(spec: Spec, nullable: boolean, compact: boolean): Codec {
  const read = readScalar(spec.type, compact)
  const write = writeScalar(spec.type, compact)
  const allowed = nullable && !spec.list
  return {
    read: reader => {
      const value = read(reader)
      if (value === null && !allowed) throw new MalformedError(`null ${spec.type} before ${reader.position}`)
      return value
    },
    write,
  }
}

function structCodec(field: Nested, version: number, flexible: boolean): Codec {
  const message = messageOf(field.fields, version, flexible)
  return {
    read: reader => readMessage(message, reader),
    write: (writer, value) => writeMessage(message, writer, value as Readonly<Record<string, unknown>>),
  }
}

/** A structure that may be null has one byte before it: −1 for null, 1 otherwise. */
function nullableStruct(codec: Codec): Codec {
  return {
    read: reader => (reader.int8() < 0 ? null : codec.read(reader)),
    write: (writer, value) => {
      writer.int8(value === null ? -1 : 1)
      if (value !== null) codec.write(writer, value)
    },
  }
}

function listCodec(one: Codec, nullable: boolean, compact: boolean): Codec {
  return {
    read: reader => {
      const length = reader.arrayLength(compact)
      if (length === -1) {
        if (!nullable) throw new MalformedError(`null array before ${reader.position}`)
        return null
      }
      const values: unknown[] = []
      for (let n = 0; n < length; n++) values.push(one.read(reader))
      return values
    },
    write: (writer, value) => {
      if (value === null) {
        writer.arrayLength(-1, compact)
        return
      }
      const values = value as readonly unknown[]
      writer.arrayLength(values.length, compact)
      for (const each of values) one.write(writer, each)
    },
  }
}

function readMessage(message: Message, reader: ByteReader): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const entry of message.entries) value[entry.name] = entry.read(reader)
  for (const entry of message.absent) value[entry.name] = entry.fallback()
  for (const entry of message.tagged) value[entry.name] = entry.fallback()
  if (message.flexible) {
    reader.taggedFields((tag, bounded) => {
      const entry = message.tagged.find(each => each.tag === tag)
      if (entry) value[entry.name] = entry.read(bounded)
    })
  }
  return value
}

function writeMessage(message: Message, writer: ByteWriter, value: Readonly<Record<string, unknown>>): void {
  for (const entry of message.entries) {
    const given = value[entry.name]
    entry.write(writer, given === undefined ? entry.fallback() : given)
  }
  if (!message.flexible) return
  const tagged = message.tagged.filter(entry => {
    const given = value[entry.name]
    return given !== undefined && !entry.isDefault(given)
  })
  writer.uvarint(tagged.length)
  for (const entry of tagged) {
    const inner = new ByteWriter()
    entry.write(inner, value[entry.name])
    writer.uvarint(entry.tag!)
    writer.uvarint(inner.length)
    for (const piece of inner.finish()) writer.raw(piece)
  }
}

/**
 * Reads one message body.
 * @throws MalformedError when the bytes do not follow the table.
 */
export function decode<F extends Fields>(
  fields: F,
  version: number,
  flexible: boolean,
  reader: ByteReader,
): Decoded<F> {
  return readMessage(messageOf(fields, version, flexible), reader) as Decoded<F>
}

/** Writes one message body; what the version does not have is left out. */
export function encode<F extends Fields>(
  fields: F,
  version: number,
  flexible: boolean,
  writer: ByteWriter,
  value: Encodable<F>,
): void {
  writeMessage(messageOf(fields, version, flexible), writer, value)
}
