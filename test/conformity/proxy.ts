/** Between the driver and the embedded broker: changes answers, byte for byte where a case wants it. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { decode, encode } from '../../plugins/protocol/codec.ts'
import { FrameReader } from '../../plugins/protocol/frames.ts'
import { apiVersions } from '../../plugins/protocol/messages/api-versions.ts'
import { findCoordinator } from '../../plugins/protocol/messages/groups.ts'
import { metadata } from '../../plugins/protocol/messages/metadata.ts'
import { ByteReader } from '../../plugins/protocol/reader.ts'
import type { Api, Fields, ResponseOf } from '../../plugins/protocol/schema.ts'
import { ByteWriter } from '../../plugins/protocol/writer.ts'
import { framed } from './raw.ts'

/** Takes an answer apart, without its length, and puts it together again. */
export interface Edit {
  readonly key: number
  readonly apply: (frame: Buffer, version: number) => Buffer
}

/** Answers of an API are changed in place. */
export function edit<P extends Fields>(
  api: Api<Fields, P>,
  change: (answer: ResponseOf<Api<Fields, P>>) => void,
): Edit {
  return {
    key: api.key,
    apply(frame, version) {
      const flexible = version >= api.flexible
      const headed = flexible && api.key !== apiVersions.key
      const reader = new ByteReader(frame)
      const writer = new ByteWriter()
      writer.int32(reader.int32())
      if (headed) reader.taggedFields()
      if (headed) writer.uvarint(0)
      const answer = decode(api.response, version, flexible, reader) as ResponseOf<Api<Fields, P>>
      change(answer)
      encode(api.response, version, flexible, writer, answer as never)
      return Buffer.concat(writer.finish())
    },
  }
}

/** An answer on its way to a client. */
export interface Answered {
  /** Length first. */
  readonly frame: Buffer
  /** Port of the client. */
  readonly client: number
}
export interface ProxyOptions {
  readonly edits?: readonly Edit[]
  /** By the API's key: the versions that the broker is made to say it has. */
  readonly versions?: Readonly<Record<number, readonly [min: number, max: number]>>
  /** By the API's key: what is written in place of an answer, piece by piece. */
  readonly send?: Readonly<Record<number, (answer: Answered) => readonly Buffer[]>>
}
export interface FaultyProxy {
  readonly address: string
  /** Connections that are open, by the client's port. */
  readonly open: ReadonlySet<number>
  /** Requests that came, of which API and when (ms). */
  readonly requests: readonly { readonly key: number; readonly at: number }[]
  close(): void
}

export async function startProxy(target: string, options: ProxyOptions): Promise<FaultyProxy> {
  const { edits = [], versions = {}, send = {} } = options
  const open = new Set<number>()
  const requests: { key: number; at: number }[] = []
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, client => {
    const upstream = connect({ port: Number(target.split(':')[1]), host: '127.0.0.1', noDelay: true })
    const port = client.remotePort ?? 0
    open.add(port)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        open.delete(port)
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    const asked = new Map<number, { key: number; version: number }>()
    eachFrame(client, frame => {
      const [key, version] = [frame.readInt16BE(0), frame.readInt16BE(2)]
      asked.set(frame.readInt32BE(4), { key, version })
      requests.push({ key, at: performance.now() })
      upstream.write(framed(frame))
    })
    eachFrame(upstream, answer => {
      const id = answer.readInt32BE(0)
      const { key, version } = asked.get(id) ?? { key: -1, version: 0 }
      asked.delete(id)
      const edited = all
        .filter(each => each.key === key)
        .reduce((frame, each) => each.apply(frame, version), answer)
      const frame = framed(edited)
      for (const bytes of send[key]?.({ frame, client: port }) ?? [frame]) client.write(bytes)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const own = (server.address() as AddressInfo).port
  const all = [
    edit(metadata, answer => {
      for (const each of answer.brokers) Object.assign(each, { port: own })
    }),
    edit(findCoordinator, answer => {
      for (const each of [answer, ...answer.coordinators]) Object.assign(each, { port: own })
    }),
    edit(apiVersions, answer => {
      for (const each of answer.apiKeys) {
        const [minVersion, maxVersion] = versions[each.apiKey] ?? [each.minVersion, each.maxVersion]
        Object.assign(each, { minVersion, maxVersion })
      }
    }),
    ...edits,
  ]
  return {
    address: `127.0.0.1:${own}`,
    open,
    requests,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

function eachFrame(socket: Socket, take: (frame: Buffer) => void): void {
  const frames = new FrameReader()
  socket.on('data', chunk => {
    frames.push(chunk)
    for (let frame = frames.next(); frame; frame = frames.next()) take(frame)
  })
}
