import { decode, encode } from '../protocol/codec.ts'
import { errorCodes } from '../protocol/errors.ts'
import { MalformedError } from '../protocol/failure.ts'
import { apiVersions } from '../protocol/messages/api-versions.ts'
import { ByteReader } from '../protocol/reader.ts'
import type { Api, Decoded, Encodable, Fields } from '../protocol/schema.ts'
import { ByteWriter } from '../protocol/writer.ts'
import { handlers, supportedVersions } from './api/table.ts'
import { hasField } from './faults/entries.ts'
import type { Faulted } from './faults/faulted.ts'
import type { Faults } from './faults/faults.ts'
import type { Context, Handler } from './handler.ts'

/** A response frame in pieces, length first; undefined when the request has none. */
export type Frame = readonly Buffer[] | undefined

type ConnectionContext = Omit<Context, 'version' | 'clientId' | 'storage'> & {
  readonly faults?: Faults | undefined
}

/** Elements of all arrays of a request together, at most. */
const MAX_ELEMENTS = 100_000
/** What an element of an array takes besides its bytes in the frame, roughly. */
const ELEMENT_BYTES = 256

/**
 * Answers one request frame.
 * @throws MalformedError for what is not a request, or asks for an API or version that ApiVersions does not list: the
 * connection cannot go on.
 */
export function dispatch(
  frame: Buffer,
  connection: ConnectionContext,
): Frame | Promise<Frame> | Promise<Frame | Faulted> {
  const { faults } = connection
  // A request that waits for its fault outlives its frame.
  const bytes = faults?.active ? Buffer.from(frame) : frame
  const reader = new ByteReader(bytes, 0, bytes.length, MAX_ELEMENTS)
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
  const context = { ...connection, version, clientId }
  const weight = frame.length + ELEMENT_BYTES * reader.elements
  const fate = faults?.active ? meetFaults(handler, correlationId, request, context, faults) : undefined
  if (fate !== undefined) {
    if (fate instanceof Promise) connection.hold(weight)
    return fate
  }
  const answer = handler.handle(request, context)
  if (!(answer instanceof Promise)) return respond(api, version, correlationId, answer)
  connection.hold(weight)
  return answer.then(response => respond(api, version, correlationId, response))
}

function meetFaults(
  { api, handle }: Handler,
  correlationId: number,
  request: Decoded<Fields>,
  context: Context,
  faults: Faults,
) {
  return faults.meet({
    api,
    correlationId,
    request,
    context,
    handle: (changed, within) => handle(changed as Decoded<Fields>, within),
    encode: (answer, version) => respond(api, version, correlationId, answer as Encodable<Fields>),
  })
}

/** An error as the answer to a request frame whose API has a place for it on top; undefined for any other. */
export function refusalOf(frame: Buffer, errorCode: number): Frame {
  const reader = new ByteReader(frame)
  const api = handlers.get(reader.int16())?.api
  const version = reader.int16()
  const correlationId = reader.int32()
  if (api === undefined || version < api.min || version > api.max) return undefined
  return hasField(api.response, 'errorCode', version)
    ? respond(api, version, correlationId, { errorCode })
    : undefined
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
