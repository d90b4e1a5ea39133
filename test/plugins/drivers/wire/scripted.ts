/** A server that speaks the protocol and answers what the test says. */
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { decode, encode } from '../../../../plugins/protocol/codec.ts'
import { FrameReader } from '../../../../plugins/protocol/frames.ts'
import { apiVersions } from '../../../../plugins/protocol/messages/api-versions.ts'
import { ByteReader } from '../../../../plugins/protocol/reader.ts'
import type { Api, Decoded, Encodable, Fields } from '../../../../plugins/protocol/schema.ts'
import { ByteWriter } from '../../../../plugins/protocol/writer.ts'

export interface Script {
  readonly api: Api
  /** Versions that it says it has. */
  readonly versions: readonly [min: number, max: number]
  /** 'close' ends the connection instead. */
  readonly answer: (request: never) => object | 'close'
}

/** One API, with its types. */
export function script<Q extends Fields, P extends Fields>(
  api: Api<Q, P>,
  versions: readonly [min: number, max: number],
  answer: (request: Decoded<Q>) => Encodable<P> | 'close',
): Script {
  return { api: api as unknown as Api, versions, answer: answer as Script['answer'] }
}

export interface Scripted {
  readonly port: number
  readonly address: string
  close(): void
}

export async function startScripted(scripts: readonly Script[]): Promise<Scripted> {
  const apiKeys = [...scripts, { api: apiVersions, versions: [0, 3] as const }].map(({ api, versions }) => ({
    apiKey: api.key,
    minVersion: versions[0],
    maxVersion: versions[1],
  }))
  const all = [...scripts, script(apiVersions, [0, 3], () => ({ apiKeys }))]
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    const frames = new FrameReader()
    socket.on('error', () => undefined)
    socket.on('data', chunk => {
      frames.push(chunk)
      for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
        const bytes = answer(all, frame)
        if (bytes === undefined) socket.destroy()
        else socket.write(bytes)
      }
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    address: `127.0.0.1:${port}`,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

function answer(scripts: readonly Script[], frame: Buffer): Buffer | undefined {
  const reader = new ByteReader(frame)
  const [key, version, id] = [reader.int16(), reader.int16(), reader.int32()]
  const found = scripts.find(each => each.api.key === key)
  if (found === undefined) throw new Error(`the script has no API ${key}`)
  const { api } = found
  const flexible = version >= api.flexible
  reader.string(false)
  if (flexible) reader.taggedFields()
  const said = found.answer(decode(api.request, version, flexible, reader) as never)
  if (said === 'close') return undefined
  const writer = new ByteWriter()
  writer.int32(id)
  if (flexible && key !== apiVersions.key) writer.uvarint(0)
  encode(api.response, version, flexible, writer, said)
  const body = Buffer.concat(writer.finish())
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}
