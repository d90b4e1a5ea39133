/** Avro, by avsc: an optional peer dependency. */
import type * as Avsc from 'avsc'
import { Expected } from '../expected.ts'
import { peer } from '../peer.ts'
import type { Draws } from '../registry/draws.ts'
import type { Codec, Format } from '../registry/format.ts'
import { fromJson } from './from-json.ts'
import { generate, type LogicalTypes } from './generate.ts'

export const avroFormat: Format = {
  type: 'AVRO',
  compile({ text, references }) {
    const avsc = peer<typeof Avsc>('avsc')
    const logical: LogicalTypes = new WeakMap()
    const options = {
      registry: {} as Record<string, Avsc.Type>,
      // a union's branch is named wherever it is not null, so that none is taken for another
      wrapUnions: 'always' as const,
      typeHook: (schema: unknown, opts: Partial<Avsc.Type> & object) =>
        rememberLogical(avsc, schema, opts, logical),
    }
    const read = (name: string, written: string): Avsc.Type => {
      try {
        return avsc.Type.forSchema(JSON.parse(written) as never, options as never)
      } catch (error) {
        throw new Expected(`an Avro schema${name}: ${(error as Error).message}`)
      }
    }
    for (const reference of references) read(` ${reference.name}`, reference.text)
    return codecOf(read('', text), logical)
  },
}

function codecOf(type: Avsc.Type, logical: LogicalTypes): Codec {
  const encode = (value: unknown) => {
    try {
      return type.toBuffer(value)
    } catch (error) {
      throw new Expected((error as Error).message)
    }
  }
  return {
    prefix: Buffer.alloc(0),
    generate: (draws: Draws) => encode(generate(type, draws, logical, 0)),
    encode: document => encode(fromJson(type, document, '')),
    decode: payload => JSON.parse(type.toString(type.fromBuffer(payload))) as unknown,
  }
}

/** avsc forgets the logical type of what it knows no implementation for: it is only what values are like. */
function rememberLogical(
  avsc: typeof Avsc,
  schema: unknown,
  options: object,
  logical: LogicalTypes,
): Avsc.Type | undefined {
  if (typeof schema !== 'object' || schema === null || !('logicalType' in schema)) return undefined
  const { logicalType, ...plain } = schema
  const type = avsc.Type.forSchema(plain as never, options as never)
  const { precision = 9 } = plain as { precision?: number }
  logical.set(type, { name: String(logicalType), precision })
  return type
}
