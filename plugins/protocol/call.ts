/** A request by its table, and the answer to it. */
import { decode, encode } from './codec.ts'
import { apiVersions } from './messages/api-versions.ts'
import { ByteReader } from './reader.ts'
import type { Api, Decoded, Encodable, Fields } from './schema.ts'
import { ByteWriter } from './writer.ts'

export const CLIENT_ID = 'kafka-loadtest'
const UNSUPPORTED_VERSION = 35

export type Answered<P extends Fields> = Decoded<P> & { readonly version: number }

/** The frame, with its length before it. */
export function framed<Q extends Fields, P extends Fields>(
  api: Api<Q, P>,
  version: number,
  id: number,
  request: Encodable<Q>,
): readonly Buffer[] {
  const flexible = version >= api.flexible
  const writer = new ByteWriter()
  writer.int32(0)
  writer.int16(api.key)
  writer.int16(version)
  writer.int32(id)
  writer.string(CLIENT_ID, false)
  if (flexible) writer.uvarint(0)
  encode(api.request, version, flexible, writer, request)
  const { length } = writer
  const pieces = writer.finish()
  pieces[0]!.writeInt32BE(length - 4, 0)
  return pieces
}

/**
 * What stands in a frame from after its correlation id on. The frame may be gone afterwards.
 * @throws MalformedError
 */
export function answered<Q extends Fields, P extends Fields>(
  api: Api<Q, P>,
  version: number,
  frame: Buffer,
): Answered<P> {
  // what is decoded may hold views of the frame
  const reader = new ByteReader(Buffer.from(frame))
  const unversioned = api.key === apiVersions.key
  if (version >= api.flexible && !unversioned) reader.taggedFields()
  // a broker that does not know the version of this one request answers in version 0
  const asked = unversioned && frame.readInt16BE(0) === UNSUPPORTED_VERSION ? 0 : version
  const body = decode(api.response, asked, asked >= api.flexible, reader)
  return Object.assign(body, { version: asked })
}
