import { decode, encode } from '../protocol/codec.ts'
import { errorCodes } from '../protocol/errors.ts'
import { MalformedError } from '../protocol/failure.ts'
import { apiVersions } from '../protocol/messages/api-versions.ts'
import { ByteReader } from '../protocol/reader.ts'
import type { Api, Encodable, Fields } from '../protocol/schema.ts'
import { ByteWriter } from '../protocol/writer.ts'
import { handlers, supportedVersions } from './api/table.ts'
import type { Context } from './handler.ts'

/** A response frame in pieces, length first; undefined when the request has none. */
export type Frame = readonly Buffer[] | undefined

type ConnectionContext = Omit<Context, 'version' | 'clientId'>

/** Elements of all arrays of a request together, at most. */
const MAX_ELEMENTS = 100_000

/**
 * Answers one request frame.
 * @throws MalformedError for what is not a request, or asks for an API or version that ApiVersions does not list: the
 * connection cannot go on.
 */
export function dispatch(frame: Buffer, connection: ConnectionContext): Frame | Promise<Frame> {
  const reader = new ByteReader(frame, 0, frame.length, MAX_ELEMENTS)
  const key = reader.int16()
  const version = reader.int16()
  const correlationId = reader.int32()
  const handler = handlers.get(key)
  if (handler === undefined) throw new MalformedError(`it asks for API ${key}, which is not here`)
  const { api } = handler
  if (version < api.min || version > api.max) {
    if (api.key === apiVersions.key) return versionsFallback(correlationId)
    throw new MalformedError(
      `it asks for version ${version} of ${api.name}, here are ${api.min} to ${api.max}`,
    )
  }
  const flexible = version >= api.flexible
  const clientId = reader.string(false) ?? ''
  if (flexible) reader.taggedFields()
  const request = decode(api.request, version, flexible, reader)
  const answer = handler.handle(request, { ...connection, version, clientId })
  if (!(answer instanceof Promise)) return respond(api, version, correlationId, answer)
  return answer.then(response => respond(api, version, correlationId, response))
}

function respond(
  api: Api,
  version: number,
  correlationId: number,
  response: Encodable<Fields> | undefined,
): Frame {
  if (response === undefined) return undefined
  const flexible = version >= api.flexible
  const writer = new ByteWriter()
  writer.int32(0)
  writer.int32(correlationId)
  // ApiVersions keeps the oldest header, so that a client can read the answer before it knows any version.
  if (flexible && api.key !== apiVersions.key) writer.uvarint(0)
  encode(api.response, version, flexible, writer, response)
  const length = writer.length
  const pieces = writer.finish()
  pieces[0]!.writeInt32BE(length - 4, 0)
  return pieces
}

/** For a version of ApiVersions that is not known, the protocol has an answer in version 0 that lists what is. */
function versionsFallback(correlationId: number): Frame {
  const apiKeys = supportedVersions()
  return respond(apiVersions, 0, correlationId, { errorCode: errorCodes.UNSUPPORTED_VERSION, apiKeys })
}
