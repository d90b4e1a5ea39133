/** Between a client and a broker: what the broker answers to Produce, or whether it does, is up to the test. */
import { connect, createServer, type Socket } from 'node:net'
import { decode, encode } from '../../../../plugins/protocol/codec.ts'
import { metadata } from '../../../../plugins/protocol/messages/metadata.ts'
import { produce } from '../../../../plugins/protocol/messages/produce.ts'
import { ByteReader } from '../../../../plugins/protocol/reader.ts'
import type { Api, Fields, ResponseOf } from '../../../../plugins/protocol/schema.ts'
import { ByteWriter } from '../../../../plugins/protocol/writer.ts'

export type MetadataAnswer = ResponseOf<typeof metadata>
export type ProduceAnswer = ResponseOf<typeof produce>
type PartitionAnswer = ProduceAnswer['responses'][number]['partitionResponses'][number]
/** Changes the answer in place; 'swallow' keeps it back, 'close' ends the connection instead; a number delays it by ms. */
export type Fault = (
  answer: ProduceAnswer,
  partitions: PartitionAnswer[],
) => 'swallow' | 'close' | number | void

export interface FaultyProxy {
  readonly address: string
  /** Applied to each Produce answer; undefined: none. */
  fault: Fault | undefined
  /** Applied to each Metadata answer, to be changed in place; undefined: none. */
  metadataFault: ((answer: MetadataAnswer) => void) | undefined
  /** Produce requests that the broker answered. */
  produced: number
  /** What the metadata says brokers' ports are. @default the proxy's own */
  advertise: number
  close(): Promise<void>
}

export async function startProxy(target: string): Promise<FaultyProxy> {
  const [host = '', port] = target.split(':')
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const broker = connect({ host, port: Number(port), noDelay: true })
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        broker.destroy()
      })
    }
    const asked = new Map<number, { key: number; version: number }>()
    eachFrame(client, frame => {
      asked.set(frame.readInt32BE(8), { key: frame.readInt16BE(4), version: frame.readInt16BE(6) })
      broker.write(frame)
    })
    eachFrame(broker, frame => {
      const { key, version } = asked.get(frame.readInt32BE(4)) ?? { key: -1, version: 0 }
      if (key === metadata.key)
        return client.write(
          changed(metadata, version, frame, answer => {
            for (const each of answer.brokers as { port: number }[]) each.port = proxy.advertise
            proxy.metadataFault?.(answer)
          }),
        )
      if (key !== produce.key) return client.write(frame)
      proxy.produced++
      let verdict = undefined as ReturnType<Fault>
      const answer = changed(produce, version, frame, each => {
        verdict = proxy.fault?.(
          each,
          each.responses.flatMap(topic => topic.partitionResponses),
        )
      })
      if (verdict === 'close') client.destroy()
      else if (typeof verdict === 'number') setTimeout(() => client.write(answer), verdict)
      else if (verdict !== 'swallow') client.write(answer)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const own = (server.address() as { port: number }).port
  const proxy: FaultyProxy = {
    address: `127.0.0.1:${own}`,
    fault: undefined,
    metadataFault: undefined,
    produced: 0,
    advertise: own,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
  return proxy
}

function eachFrame(socket: Socket, fn: (frame: Buffer) => void): void {
  let rest = Buffer.alloc(0)
  socket.on('data', chunk => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const size = 4 + rest.readInt32BE(0)
      fn(rest.subarray(0, size))
      rest = rest.subarray(size)
    }
  })
}

/** The frame with its answer changed; kafkajs asks in versions without tagged fields. */
function changed<P extends Fields>(
  { response }: Api<Fields, P>,
  version: number,
  frame: Buffer,
  change: (answer: ResponseOf<Api<Fields, P>>) => void,
): Buffer {
  const answer = decode(response, version, false, new ByteReader(frame, 8))
  change(answer as ResponseOf<Api<Fields, P>>)
  const body = new ByteWriter()
  body.int32(frame.readInt32BE(4))
  encode(response, version, false, body, answer as never)
  const whole = new ByteWriter()
  whole.bytes(body.finish(), false)
  return Buffer.concat(whole.finish())
}
