/** What a format of documents is to the rest: the schema compiled, documents made, encoded and decoded. */
import type { Draws } from './draws.ts'

/** A schema as the registry has it, with the schemas that it refers to, each before the ones that need it. */
export interface SchemaText {
  readonly text: string
  readonly references: readonly { readonly name: string; readonly text: string }[]
}

export interface Format {
  /** As the registry calls it. */
  readonly type: 'AVRO' | 'PROTOBUF' | 'JSON'
  /** @throws Expected: the schema cannot be used, or a package is missing */
  compile(schema: SchemaText): Codec
}

/** All of these throw Expected for what does not fit the schema. */
export interface Codec {
  /** Between the schema's id and the document: Protobuf has the place of the message there. */
  readonly prefix: Uint8Array
  /** A document by chance, encoded. */
  generate(draws: Draws): Uint8Array
  encode(document: unknown): Uint8Array
  /** As plain JSON, which `encode` takes again. */
  decode(payload: Buffer): unknown
}
