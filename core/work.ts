/** A worker's share of one stream: its producers and consumers, opened and ready. */
import type { Clock } from './clock.ts'
import type { ResolvedStream } from './config/types.ts'
import { Reader } from './consumer.ts'
import type { Driver } from './driver.ts'
import type { Host, HostStream } from './host.ts'
import { Ledger } from './measure/ledger.ts'
import type { WorkerInit } from './messages.ts'
import { Sender } from './sender.ts'

export type Work = Awaited<ReturnType<typeof openWork>>
export interface Place {
  readonly driver: Driver
  readonly host: Host
  readonly init: WorkerInit
  readonly clock: Clock
  /** There is room again. */
  readonly wake: () => void
  readonly fail: (error: unknown) => void
  /** ms since the epoch at t0. */
  readonly wallAtStart: () => number
}

/** Bytes; batches may be small. */
const LEAST_CLOSED = 1 << 18
/** Of a record beside its value: key, headers, stamp. */
const AROUND_VALUE = 1024

/**
 * Closed, what is more than fills the requests under way would only wait, be most of the service time, and be out of the
 * processor's cache when it is sent: a fifth more CPU for records of 100 B. A batch has one record, however large.
 */
export function closed({ producer, topic, size }: Pick<ResolvedStream, 'producer' | 'topic' | 'size'>) {
  const batch = Math.max(producer.batchBytes, size + AROUND_VALUE)
  const full = (producer.maxInFlight + 1) * topic.partitions * batch
  return { ...producer, bufferBytes: Math.min(producer.bufferBytes, Math.max(LEAST_CLOSED, full)) }
}

/** Producer p and consumer c of the stream live in worker p mod n and c mod n. */
export async function openWork(stream: HostStream, place: Place) {
  const { driver, host, init, clock, wake, fail, wallAtStart } = place
  const { hooks, number, schedule, config: s } = stream
  const { warmupUs, durationUs, timeoutUs, seed } = init.config
  const endUs = warmupUs + durationUs
  const open = schedule !== undefined
  const ledger = new Ledger({ measureFrom: warmupUs, measureTo: endUs, open, answers: s.producer.acks !== 0 })
  const now = () => host.now()
  const common = { stream: s, number, run: init.run, seed, hooks, ledger, schedule, endUs, now }
  const sender = new Sender(common)
  const own = (n: number) =>
    Array.from({ length: n }, (_, i) => i).filter(i => i % init.threads === init.thread)

  // consumers first: a member that joins late would not see the first records
  const { count, instance, ...group } = s.consumers
  const members = await Promise.all(
    own(count).map(async index => {
      const named = instance === undefined ? {} : { instance: `${instance}-${index}` }
      const consumer = await driver.consumer({ ...group, ...named, timeoutUs })
      consumer.onEvent(event => host.emit(event, stream))
      await consumer.subscribe([s.topic.name])
      return { consumer, reader: new Reader({ ...common, consumer, index, clock, wallAtStart }) }
    }),
  )
  const port = sender.port(wake, event => host.emit(event, stream), fail)
  const lanes = await Promise.all(
    own(s.producers).map(async id => {
      const { name: topic, partitions } = s.topic
      const options = { id, topic, partitions, timeoutUs, settings: open ? s.producer : closed(s) }
      return { id, producer: await driver.producer(options, port) }
    }),
  )
  sender.attach(lanes)
  return {
    stream,
    ledger,
    sender,
    producers: lanes.map(l => l.producer),
    consumers: members.map(m => m.consumer),
    readers: members.map(m => m.reader),
  }
}
