/**
 * What the embedded broker takes and gives on one core, from bare sockets that send the same encoded requests again and
 * again: records of 100 B in batches of 16 KiB, acks=1. Its process does nothing else, so its CPU time is the broker's.
 */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BrokerProcess, spawnBroker } from '../../plugins/broker/spawn.ts'
import { fetch, listOffsets } from '../../plugins/protocol/messages/fetch.ts'
import { produce } from '../../plugins/protocol/messages/produce.ts'
import { createTopics } from '../../plugins/protocol/messages/topics.ts'
import { batchOf, frameOf, TestClient } from '../plugins/broker/client.ts'
import type { Figure } from './run.ts'

const VALUE_BYTES = 100
const BATCH_BYTES = 16 * 1024
const IN_FLIGHT = 32
const SECONDS = 8
const IDLE_SECONDS = 10
const ROUNDS = 5
/** Timestamps with a meaning of their own in ListOffsets. */
const LATEST = -1
const EARLIEST = -2
/** Clock ticks a second in /proc: sysconf(_SC_CLK_TCK) is 100 on every Linux that Node runs on. */
const TICKS = 100

/** CPU time of a process so far, in seconds. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

function rssMiB(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

/** The largest batch of records that fits. */
function fullBatch(): { batch: Buffer; records: number } {
  let records = 1
  while (batchOf(records + 1, VALUE_BYTES).length <= BATCH_BYTES) records++
  return { batch: batchOf(records, VALUE_BYTES), records }
}

/** Keeps requests in flight until told to stop; counts answers and their bytes by reading lengths alone. */
class Loop {
  answers = 0
  bytes = 0
  readonly #socket: Socket
  readonly #request: Buffer
  #missing = 0
  #head: Buffer = Buffer.alloc(0)
  #running = true

  constructor(socket: Socket, request: Buffer, inFlight: number) {
    this.#socket = socket
    this.#request = request
    socket.on('data', chunk => this.#read(chunk))
    for (let n = 0; n < inFlight; n++) socket.write(request)
  }

  static async to(port: number, request: Buffer, inFlight: number): Promise<Loop> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.setNoDelay(true)
    return new Loop(socket, request, inFlight)
  }

  #read(chunk: Buffer): void {
    this.bytes += chunk.length
    let at = Math.min(this.#missing, chunk.length)
    this.#missing -= at
    let finished = at > 0 && this.#missing === 0 ? 1 : 0
    while (at < chunk.length) {
      const bytes = Buffer.concat([this.#head, chunk.subarray(at, at + 4 - this.#head.length)])
      at += bytes.length - this.#head.length
      this.#head = bytes
      if (bytes.length < 4) break
      this.#head = Buffer.alloc(0)
      const length = bytes.readInt32BE(0)
      const here = Math.min(length, chunk.length - at)
      at += here
      this.#missing = length - here
      if (this.#missing === 0) finished++
    }
    this.answers += finished
    if (!this.#running) return
    this.#socket.cork()
    for (let n = 0; n < finished; n++) this.#socket.write(this.#request)
    this.#socket.uncork()
  }

  stop(): void {
    this.#running = false
    this.#socket.destroy()
  }
}

const topic = { name: 'load', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
const portOf = (broker: BrokerProcess) => Number(broker.address.split(':')[1])

async function withBroker<T>(run: (broker: BrokerProcess) => Promise<T>): Promise<T> {
  const broker = await spawnBroker({ port: 0 })
  try {
    return await run(broker)
  } finally {
    await broker.close()
  }
}

async function startMs(): Promise<number> {
  const from = performance.now()
  return withBroker(async () => performance.now() - from)
}

async function throughput(): Promise<Figure[]> {
  return withBroker(async broker => {
    const port = portOf(broker)
    const admin = await TestClient.to(port)
    await admin.call(createTopics, 5, { topics: [topic], timeoutMs: 1000 })
    const { batch, records } = fullBatch()
    const partitionData = [{ index: 0, records: batch }]
    const write = frameOf(produce, 8, {
      acks: 1,
      timeoutMs: 1000,
      topicData: [{ name: 'load', partitionData }],
    })
    const rates = async (loops: readonly Loop[]) => {
      await sleep(1000)
      const [answers, bytes, cpu, from] = [
        loops.map(loop => loop.answers),
        loops.map(loop => loop.bytes),
        cpuOf(broker.pid),
        performance.now(),
      ]
      await sleep(SECONDS * 1000)
      const seconds = (performance.now() - from) / 1000
      return {
        seconds,
        cpu: cpuOf(broker.pid) - cpu,
        answers: loops.map((loop, n) => loop.answers - answers[n]!),
        bytes: loops.map((loop, n) => loop.bytes - bytes[n]!),
      }
    }
    const producer = await Loop.to(port, write, IN_FLIGHT)
    const alone = await rates([producer])
    producer.stop()
    await sleep(500)
    // from the first offset that is kept
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1024 * 1024 }]
    const offsetAt = async (timestamp: number) => {
      const asked = [{ name: topic.name, partitions: [{ partitionIndex: 0, timestamp }] }]
      const answer = await admin.call(listOffsets, 5, { replicaId: -1, topics: asked })
      return answer.topics[0]!.partitions[0]!.offset
    }
    const [start, end] = [await offsetAt(EARLIEST), await offsetAt(LATEST)]
    // lengths alone were read: that no answer was a refusal shows in the log
    if (Number(end) < producer.answers * records) throw new Error('not all that was answered is there')
    const read = frameOf(fetch, 11, {
      topics: [{ topic: 'load', partitions: [{ ...partitions[0]!, fetchOffset: start }] }],
      maxWaitMs: 100,
      minBytes: 1,
      maxBytes: 16 * 1024 * 1024,
    })
    const consumer = await Loop.to(port, read, 2)
    const consumed = await rates([consumer])
    consumer.stop()
    if (consumed.bytes[0]! / consumed.answers[0]! < batch.length) throw new Error('answers without records')
    const memory = rssMiB(broker.pid)
    admin.close()
    const perBatch = batch.length / records
    return [
      {
        name: `produce, records/s (${records} a batch of ${batch.length} B)`,
        value: (alone.answers[0]! * records) / alone.seconds,
        unit: '1/s',
        atLeast: 1_000_000,
      },
      {
        name: "produce, records per second of the broker's CPU",
        value: (alone.answers[0]! * records) / alone.cpu,
        unit: '1/s',
      },
      {
        name: 'consume, records/s',
        value: consumed.bytes[0]! / perBatch / consumed.seconds,
        unit: '1/s',
        atLeast: 1_000_000,
      },
      {
        name: "consume, records per second of the broker's CPU",
        value: consumed.bytes[0]! / perBatch / consumed.cpu,
        unit: '1/s',
      },
      // retention, two answers of 16 MiB under way again and again, and what the collector has not come to
      { name: 'largest memory, retention 256 MiB', value: memory, unit: 'MiB', atMost: 640 },
    ]
  })
}

/** CPU in % of a core while a consumer waits at the end of a log, as idle ones do: a fetch every half second. */
async function idle(): Promise<number> {
  return withBroker(async broker => {
    const client = await TestClient.to(portOf(broker))
    await client.call(createTopics, 5, { topics: [topic], timeoutMs: 1000 })
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1024 }]
    const waiting = { topics: [{ topic: topic.name, partitions }], maxWaitMs: 500, minBytes: 1 }
    await sleep(1000)
    const from = cpuOf(broker.pid)
    for (let n = 0; n < IDLE_SECONDS * 2; n++) await client.call(fetch, 11, waiting)
    client.close()
    return ((cpuOf(broker.pid) - from) / IDLE_SECONDS) * 100
  })
}

export async function bench(): Promise<Figure[]> {
  await startMs()
  const starts: number[] = []
  for (let n = 0; n < ROUNDS; n++) starts.push(await startMs())
  const start = starts.sort((a, b) => a - b)[ROUNDS >> 1]!
  return [
    { name: 'start to listening, median', value: start, unit: 'ms', atMost: 400 },
    { name: 'idle', value: await idle(), unit: '% CPU', atMost: 1 },
    ...(await throughput()),
  ]
}
