import type { ByteReader } from './reader.ts'
import type { Scalar } from './schema.ts'
import type { ByteWriter } from './writer.ts'

/** The UUID that stands for "none". */
export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA'

const EMPTY = Buffer.alloc(0)

export function scalarDefault(type: Scalar, text: string | undefined): unknown {
  if (text === 'null') return null
  switch (type) {
    case 'bool':
      return text === 'true'
    case 'int64':
      return BigInt(text ?? 0)
    case 'string':
      return text ?? ''
    case 'uuid':
      return ZERO_UUID
    case 'bytes':
    case 'records':
      return EMPTY
    default:
      return Number(text ?? 0)
  }
}

export function readScalar(type: Scalar, compact: boolean): (reader: ByteReader) => unknown {
  switch (type) {
    case 'string':
      return reader => reader.string(compact)
    case 'bytes':
    case 'records':
      return reader => reader.bytes(compact)
    default:
      return reader => reader[type]()
  }
}

export function writeScalar(type: Scalar, compact: boolean): (writer: ByteWriter, value: unknown) => void {
  switch (type) {
    case 'bool':
      return (writer, value) => writer.bool(value as boolean)
    case 'string':
      return (writer, value) => writer.string(value as string | null, compact)
    case 'uuid':
      return (writer, value) => writer.uuid(value as string)
    case 'bytes':
    case 'records':
      return (writer, value) => writer.bytes(value as Buffer | readonly Buffer[] | null, compact)
    case 'int64':
      return (writer, value) => writer.int64(value as bigint | number)
    default:
      return (writer, value) => writer[type](value as number)
  }
}
