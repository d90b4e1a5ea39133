/**
 * What a record costs the wire producer: records at full speed through the port, from one pooled draft into the embedded
 * broker in its own process, acks=1. Beside it the floor: a request of the same producer, sent again and again as it is.
 * CPU is this process's, all threads.
 */

import type { Producer, ProducerPort, ProducerSettings } from '../../core/driver.ts'
import { createFiller } from '../../core/filler.ts'
import { PooledDraft } from '../../core/record.ts'
import { type BrokerProcess, spawnBroker } from '../../plugins/broker/spawn.ts'
import { Cluster } from '../../plugins/drivers/wire/cluster.ts'
import { WireDriver } from '../../plugins/drivers/wire/driver.ts'
import { produce } from '../../plugins/protocol/messages/produce.ts'
import { batchOf, frameOf } from '../plugins/broker/client.ts'
import type { Figure } from './run.ts'

const SECONDS = 4
const PARTITIONS = 4
const TIMEOUT_US = 10_000_000
/** Records between two looks at what came back. */
const TURN = 2048

const settings: ProducerSettings = {
  acks: 1,
  idempotent: false,
  compression: 'none',
  lingerUs: 5000,
  batchBytes: 65_536,
  maxInFlight: 5,
  connections: 1,
  batchRecords: 1_000_000,
  bufferBytes: 32 << 20,
  bufferRecords: 250_000,
  deliveryTimeoutUs: 60_000_000,
}

const started = process.hrtime.bigint()
const now = () => Number((process.hrtime.bigint() - started) / 1000n)

interface Cost {
  readonly rate: number
  /** µs of CPU a record. */
  readonly cpu: number
}

async function measure(records: () => number, run: (until: number) => Promise<void>): Promise<Cost> {
  await run(performance.now() + 1000)
  const [before, cpu, from] = [records(), process.cpuUsage(), performance.now()]
  await run(from + SECONDS * 1000)
  const { user, system } = process.cpuUsage(cpu)
  const count = records() - before
  return { rate: (count / (performance.now() - from)) * 1000, cpu: (user + system) / count }
}

interface Load {
  readonly size: number
  readonly keyed?: boolean
  /** Values as the engine makes them; otherwise whatever was in that memory before. */
  readonly filled?: boolean
}

async function throughPort(
  broker: BrokerProcess,
  { size, keyed = false, filled = false }: Load,
): Promise<Cost> {
  const driver = new WireDriver([broker.address], now, TIMEOUT_US)
  const admin = await driver.admin()
  const topic = `produced-${size}-${keyed}-${filled}`
  await admin.create(topic, { partitions: PARTITIONS, replicationFactor: 1, configs: {} })
  const fill = createFiller(1)
  let acked = 0
  let wake = () => {}
  const port: ProducerPort = {
    outcome: ({ state, count, error }) => {
      if (state !== 'acked') throw new Error(`${count} records ${state}: ${error}`)
      acked += count
    },
    room: () => wake(),
    event: event => {
      throw new Error(JSON.stringify(event))
    },
    late: () => undefined,
    fill: filled ? ({ index }, target) => fill(target, 0, index) : () => undefined,
    stamp: () => undefined,
  }
  const producer = await driver.producer(
    { id: 0, topic, partitions: PARTITIONS, timeoutUs: TIMEOUT_US, settings },
    port,
  )
  const draft = new PooledDraft()
  let index = 0
  const turn = (to: Producer) => {
    const at = now()
    for (let n = 0; n < TURN; n++) {
      if (!to.room()) return false
      draft.begin(index++, at, at, 0)
      if (keyed) draft.key = index % 100_000
      draft.size = size
      draft.stampHeader = false
      to.append(draft)
    }
    return true
  }
  try {
    return await measure(
      () => acked,
      async until => {
        while (performance.now() < until) {
          if (turn(producer)) await new Promise(resolve => setImmediate(resolve))
          else
            await new Promise<void>(resolve => {
              wake = resolve
            })
        }
        await producer.flush(AbortSignal.timeout(10_000))
      },
    )
  } finally {
    await driver.close()
  }
}

/** The largest batch of such records that fits. */
function fullBatch(size: number): { readonly batch: Buffer; readonly records: number } {
  let records = Math.floor(settings.batchBytes / (size + 12))
  while (batchOf(records, size).length > settings.batchBytes) records--
  return { batch: batchOf(records, size), records }
}

/** Nothing is encoded, answers are counted and not looked at. */
async function floor(broker: BrokerProcess, size: number): Promise<Cost> {
  const topic = `replayed-${size}`
  const driver = new WireDriver([broker.address], now, TIMEOUT_US)
  await (await driver.admin()).create(topic, { partitions: PARTITIONS, replicationFactor: 1, configs: {} })
  const cluster = new Cluster([broker.address], { timeoutMs: TIMEOUT_US / 1000 })
  try {
    const link = await cluster.any()
    const { batch, records } = fullBatch(size)
    const partitionData = Array.from({ length: PARTITIONS }, (_, index) => ({ index, records: batch }))
    const frame = frameOf(produce, 11, {
      acks: 1,
      timeoutMs: 1000,
      topicData: [{ name: topic, partitionData }],
    })
    let answers = 0
    let over = false
    let done = () => {}
    const send = () => {
      const id = link.nextId()
      frame.writeInt32BE(id, 8)
      link.send(frame, id, () => {
        answers++
        if (!over) send()
        else if (link.inFlight === 0) done()
      })
    }
    return await measure(
      () => answers * records * PARTITIONS,
      async until => {
        over = false
        for (let n = 0; n < settings.maxInFlight; n++) send()
        await new Promise(resolve => setTimeout(resolve, until - performance.now()))
        over = true
        await new Promise<void>(resolve => {
          done = resolve
        })
      },
    )
  } finally {
    cluster.close()
    await driver.close()
  }
}

export async function bench(): Promise<Figure[]> {
  const broker = await spawnBroker({ port: 0 })
  try {
    const figures: Figure[] = []
    const tell = (what: string, { rate, cpu }: Cost, aim: Partial<Figure> = {}) => {
      figures.push({ name: `${what}: records/s`, value: rate, unit: '1/s' })
      figures.push({ name: `${what}: CPU`, value: cpu, unit: 'µs a record', ...aim })
    }
    for (const size of [100, 1024]) {
      tell(`${size} B, the same bytes replayed`, await floor(broker, size))
      const aim = size === 100 ? { atMost: 0.25 } : {}
      tell(`${size} B`, await throughPort(broker, { size }), aim)
      tell(`${size} B, keyed`, await throughPort(broker, { size, keyed: true }))
      tell(`${size} B, keyed, values filled`, await throughPort(broker, { size, keyed: true, filled: true }))
    }
    return figures
  } finally {
    await broker.close()
  }
}
