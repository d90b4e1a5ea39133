/** A bare client: one connection, any request, any bytes. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { decode, encode } from '../../plugins/protocol/codec.ts'
import { FrameReader } from '../../plugins/protocol/frames.ts'
import { ByteReader } from '../../plugins/protocol/reader.ts'
import type { Api, Decoded, Encodable, Fields } from '../../plugins/protocol/schema.ts'
import { ByteWriter } from '../../plugins/protocol/writer.ts'

const API_VERSIONS = 18

/** A request frame, length first. */
export function frameOf<Q extends Fields>(
  api: Api<Q>,
  version: number,
  request: Encodable<Q>,
  correlationId = 1,
): Buffer {
  const writer = new ByteWriter()
  writer.int16(api.key)
  writer.int16(version)
  writer.int32(correlationId)
  writer.string('test', false)
  if (version >= api.flexible) writer.uvarint(0)
  encode(api.request, version, version >= api.flexible, writer, request)
  return framed(Buffer.concat(writer.finish()))
}

/** Puts the length before a frame's bytes. */
export function framed(body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}

export class TestClient {
  readonly socket: Socket
  /** Resolves when the connection is closed, by whichever side. */
  readonly closed: Promise<void>
  readonly #frames = new FrameReader()
  readonly #waiting: ((frame: Buffer | undefined) => void)[] = []
  #correlationId = 0

  constructor(socket: Socket) {
    this.socket = socket
    this.closed = new Promise(resolve => socket.once('close', () => resolve()))
    void this.closed.then(() => {
      for (const answer of this.#waiting.splice(0)) answer(undefined)
    })
    socket.on('error', () => {})
    socket.on('data', chunk => {
      this.#frames.push(chunk)
      for (let frame = this.#frames.next(); frame; frame = this.#frames.next()) {
        this.#waiting.shift()?.(Buffer.from(frame))
      }
    })
  }

  static async to(port: number, host = '127.0.0.1'): Promise<TestClient> {
    const socket = connect(port, host)
    await once(socket, 'connect')
    return new TestClient(socket)
  }

  /** Sends bytes and answers the next frame that comes back; undefined when the connection is closed instead. */
  send(bytes: Buffer): Promise<Buffer | undefined> {
    return new Promise(resolve => {
      this.#waiting.push(resolve)
      this.socket.write(bytes)
    })
  }

  /** @throws Error when the connection is closed instead of answered. */
  async call<Q extends Fields, P extends Fields>(
    api: Api<Q, P>,
    version: number,
    request: Encodable<Q>,
  ): Promise<Decoded<P>> {
    const id = ++this.#correlationId
    const frame = await this.send(frameOf(api, version, request, id))
    if (frame === undefined) throw new Error('the connection was closed')
    const reader = new ByteReader(frame)
    if (reader.int32() !== id) throw new Error('answers are out of order')
    if (version >= api.flexible && api.key !== API_VERSIONS) reader.taggedFields()
    const answer = decode(api.response, version, version >= api.flexible, reader)
    if (reader.remaining > 0) throw new Error(`${reader.remaining} bytes after the answer`)
    return answer
  }

  close(): void {
    this.socket.destroy()
  }
}
