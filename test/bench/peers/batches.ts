/** For clients without an accumulator of their own: they are handed batches of the size that the others make. */
import { parseArgs } from 'node:util'

/** Of a record besides its value: lengths, offset and timestamp as differences. */
const RECORD_OVERHEAD = 10

interface Work {
  readonly brokers: string
  readonly topic: string
  readonly inFlight: number
  readonly value: Buffer
  /** Of a batch. */
  readonly records: number
  readonly timeoutMs: number
}
interface Client {
  send(): Promise<unknown>
  close(): Promise<unknown>
}

export async function produceInBatches(connect: (work: Work) => Promise<Client>): Promise<void> {
  const text = { type: 'string', default: '' } as const
  const { values } = parseArgs({
    options: { brokers: text, topic: text, size: text, seconds: text, batch: text, 'in-flight': text },
  })
  const [size, seconds, batch, inFlight] = (['size', 'seconds', 'batch', 'in-flight'] as const).map(name =>
    Number(values[name]),
  ) as [number, number, number, number]
  const records = Math.max(1, Math.floor(batch / (size + RECORD_OVERHEAD)))
  const { brokers, topic } = values
  const value = Buffer.alloc(size, 'abcdefghijklmnopqrstuvwxyz')
  const client = await connect({ brokers, topic, inFlight, value, records, timeoutMs: 30_000 })
  let acked = 0
  const tell = () => console.log(acked)
  const telling = setInterval(tell, 1000)
  const until = performance.now() + seconds * 1000
  const lane = async () => {
    while (performance.now() < until) {
      await client.send()
      acked += records
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  clearInterval(telling)
  tell()
  await client.close()
}
