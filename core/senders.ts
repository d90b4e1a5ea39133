/** A worker's producers of one stream, opened, and what makes their records. */
import type { Producer, ProducerSettings } from './driver.ts'
import type { RunEvent } from './events.ts'
import { FedSender, feederOf } from './feed.ts'
import type { HostStream } from './host.ts'
import type { Pair } from './measure/ledger.ts'
import type { Paced } from './pace.ts'
import { Sender, type SenderOptions } from './sender.ts'
import { TransactionalProducer } from './transaction.ts'
import type { Place } from './work.ts'

export interface Senders {
  readonly senders: readonly Paced[]
  readonly producers: readonly Producer[]
  /** What they had to send by now, from F alone, for each phase; without a schedule what they were given or generated. */
  scheduled(now: number): Pair
}
interface Opening {
  /** Of the producers. */
  readonly ids: readonly number[]
  readonly settings: ProducerSettings
}

export async function openSenders(
  common: SenderOptions,
  stream: HostStream,
  place: Place,
  opening: Opening,
): Promise<Senders> {
  const { schedule, ledger } = common
  const generated = (): Pair => [...ledger.counts.generated]
  if (stream.config.rate.kind === 'fed') {
    const { senders, producers } = await openEach(
      id => new FedSender(common, id, place.fail),
      stream,
      place,
      opening,
    )
    stream.feeder = feederOf(senders)
    return { senders, producers, scheduled: generated }
  }
  const { senders, producers } = isTransactional(stream)
    ? // each has a sender of its own: what waits for the end of a transaction is to hold up no other's records
      await openEach(() => new Sender(common), stream, place, opening)
    : await openTogether(new Sender(common), stream, place, opening)
  if (schedule === undefined) return { senders, producers, scheduled: generated }
  const scheduled = (now: number) => {
    const sum: Pair = [0, 0]
    for (const sender of senders) {
      const [warmup, measure] = sender.scheduled(schedule, now)
      sum[0] += warmup
      sum[1] += measure
    }
    return sum
  }
  return { senders, producers, scheduled }
}

function isTransactional({ hooks, config }: HostStream): boolean {
  return config.producers > 0 && hooks.endTransaction.isUsed()
}

async function openTogether(sender: Sender, stream: HostStream, place: Place, { ids, settings }: Opening) {
  const options = optionsOf(stream, place, settings)
  const port = sender.drafting.port(place.wake, eventsOf(stream, place), place.fail)
  const open = async (id: number) => ({ id, producer: await place.driver.producer({ id, ...options }, port) })
  const lanes = await Promise.all(ids.map(open))
  sender.attach(lanes)
  return { senders: [sender], producers: lanes.map(lane => lane.producer) }
}

async function openEach<S extends Sender | FedSender>(
  make: (id: number) => S,
  stream: HostStream,
  place: Place,
  { ids, settings }: Opening,
) {
  const { driver, host, init, clock, wake, fail } = place
  const { hooks, config: s } = stream
  const { warmupUs, durationUs } = init.config
  const transactional = isTransactional(stream)
  const event = eventsOf(stream, place)
  const prefix = s.producer.transactionalId ?? `loadtest-${init.run.toString(16).padStart(8, '0')}`
  const common = { clock, now: () => host.now(), endUs: warmupUs + durationUs, wake, event, fail }
  const opened = ids.map(async id => {
    const sender = make(id)
    const port = sender.drafting.port(wake, event, fail)
    const options = { id, ...optionsOf(stream, place, settings) }
    if (!transactional) {
      const producer = await driver.producer(options, port)
      sender.attach([{ id, producer }])
      return { sender, producer }
    }
    const transactionalId = `${prefix}-${s.name}-${id}`
    const open = async () => driver.producer({ ...options, transactionalId }, port)
    const producer = await TransactionalProducer.open({ id, ...common, hook: hooks.endTransaction, open })
    sender.attach([{ id, producer }], producer)
    return { sender, producer }
  })
  const all = await Promise.all(opened)
  return { senders: all.map(each => each.sender), producers: all.map((each): Producer => each.producer) }
}

function optionsOf({ config }: HostStream, { init }: Place, settings: ProducerSettings) {
  const { name: topic, partitions } = config.topic
  return { topic, partitions, timeoutUs: init.config.timeoutUs, settings }
}
function eventsOf(stream: HostStream, { host }: Place) {
  return (event: RunEvent) => host.emit(event, stream)
}
