/** A worker's share of one stream: its producers and consumers, opened and ready. */
import type { Clock } from './clock.ts'
import type { ResolvedStream } from './config/types.ts'
import { Reader } from './consumer.ts'
import type { Driver } from './driver.ts'
import type { RunEvent } from './events.ts'
import type { Host, HostStream } from './host.ts'
import { Ledger } from './measure/ledger.ts'
import type { WorkerInit } from './messages.ts'
import { openSenders } from './senders.ts'

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

/** Producer p and consumer c of the stream, its groups one after the other, live in worker p mod n and c mod n. */
export async function openWork(stream: HostStream, place: Place) {
  const { driver, host, init, clock, wallAtStart } = place
  const { hooks, number, schedule, config: s } = stream
  const { warmupUs, durationUs, timeoutUs, seed } = init.config
  const endUs = warmupUs + durationUs
  const open = schedule !== undefined || s.rate.kind === 'fed'
  const answers = s.producer.acks !== 0
  // who only reads is there for what others wrote
  const ledger = new Ledger({
    measureFrom: warmupUs,
    measureTo: endUs,
    open,
    answers,
    all: s.producers === 0,
  })
  const now = () => host.now()
  const common = { stream: s, number, run: init.run, seed, hooks, ledger, schedule, endUs, now }
  const own = (n: number) =>
    Array.from({ length: n }, (_, i) => i).filter(i => i % init.threads === init.thread)

  // consumers first: a member that joins late would not see the first records
  const { count, groups, group, instance, commitAfter = Number.POSITIVE_INFINITY, ...rest } = s.consumers
  const writers = init.config.streams.map(({ topic, producers, rate }) =>
    topic.name === s.topic.name && producers > 0 ? rate.kind : undefined,
  )
  const emit = (event: RunEvent) => host.emit(event, stream)
  const members = await Promise.all(
    own(count * groups).map(async number => {
      const index = number % count
      const name = groups > 1 ? `${group}-${Math.floor(number / count)}` : group
      const named = instance === undefined ? {} : { instance: `${instance}-${index}` }
      const consumer = await driver.consumer({ ...rest, ...named, group: name, timeoutUs })
      consumer.onEvent(event => emit(event.kind === 'rebalance' ? { ...event, member: index } : event))
      const member = { group: name, index, number }
      const reading = { consumer, member, writers, commitAfter, clock, wallAtStart, emit }
      const reader = new Reader({ ...common, ...reading })
      stream.members.push(reader.member)
      await reader.begin()
      return { consumer, reader }
    }),
  )
  const settings = open ? s.producer : closed(s)
  const sending = await openSenders(common, stream, place, { ids: own(s.producers), settings })
  return {
    stream,
    ledger,
    ...sending,
    consumers: members.map(m => m.consumer),
    readers: members.map(m => m.reader),
  }
}
