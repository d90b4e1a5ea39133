/** From a client's run to its figures. */
import { type Client, measure } from './client.ts'
import { engine, type Start } from './contenders.ts'
import { resultIn } from './place.ts'
import type { Measured, Round } from './round.ts'

/** A client's own end lies behind the interval: it tells once a second, and the first record takes its time. */
const SLACK_S = 4
/** Records/s at which the topic that is read is filled, and how much of it: so many intervals' worth. */
const FILL_RATE = 1_000_000
const FILL_INTERVALS = 2

export interface Load {
  readonly partitions: number
  /** Bytes of a value. */
  readonly size: number
  /** Different keys; none: keyless. */
  readonly keys?: number
  /** Records/s; none: as many as it can. */
  readonly rate?: number
}

/** A peer at work. */
export const peer =
  (start: Start, load: Load) =>
  (round: Round): Promise<Measured> =>
    run(start, load, round, round.place.brokers)

/** The whole engine, with a configuration of this folder. */
export const wire =
  (config: string, load: Load) =>
  (round: Round): Promise<Measured> =>
    wireAt(config, load, round, round.place.brokers, ['--topic', round.topic, '--topic.existing'])

/** The same against the embedded broker. */
export const wireEmbedded =
  (config: string, load: Load) =>
  (round: Round): Promise<Measured> =>
    round.place.embedded(brokers =>
      wireAt(config, load, round, brokers, ['--topic.partitions', `${load.partitions}`]),
    )

async function wireAt(
  config: string,
  load: Load,
  round: Round,
  brokers: string,
  topic: readonly string[],
): Promise<Measured> {
  const out = round.place.folder()
  const rate = load.rate === undefined ? {} : { rate: `${load.rate}/s` }
  const figures = await run(engine(config, { out, topic, ...rate }), load, round, brokers)
  return { ...figures, ...latenciesIn(out) }
}

/** The engine fills the row's topic, then reads it: end-to-end latency needs the stamps of its own run. */
export async function wireConsuming(load: Load, round: Round): Promise<Measured> {
  const { place, span, topic } = round
  const out = place.folder()
  const fill = Math.ceil(span.seconds * FILL_INTERVALS) + 1
  const read = span.warmup + span.seconds + SLACK_S
  const stages = [
    { rate: `${FILL_RATE}/s`, for: `${fill}s` },
    { rate: 0, for: `${read}s` },
  ]
  const start = engine('consume', {
    out,
    topic: ['--topic', topic, '--topic.existing'],
    rate: JSON.stringify(stages),
    count: 'consumed',
    env: { PEERS_FILLED_AT_S: `${fill}` },
  })
  const figures = await run(start, load, round, place.brokers, { seconds: fill + read, warmup: 0 })
  const latencies = latenciesIn(out)
  if (latencies['endToEnd'] === undefined) throw new Error('the run measured no end-to-end latency')
  return { ...figures, ...latencies }
}

async function run(
  start: Start,
  load: Load,
  { span, topic, show }: Round,
  brokers: string,
  whole = { seconds: span.warmup + span.seconds + SLACK_S, warmup: span.warmup },
): Promise<Measured> {
  const client: Client = start({ keys: 0, ...load, brokers, topic, ...whole })
  show(client)
  const { records, seconds, cpuUs } = await measure(client, span, whole.seconds)
  return { perCpu: records / (cpuUs / 1e6), rate: records / seconds, us: cpuUs / records, seconds }
}

/** p99 in ms, of what was measured after the warm-up. */
function latenciesIn(out: string): Measured {
  const { latency, counts } = resultIn(out).streams['default']!.phases.measure
  const lost = counts.failed + counts.unknown
  if (lost > 0) throw new Error(`${lost} records of the run failed or are unknown`)
  const told = ['schedulingLag', 'service', 'response', 'endToEnd'].flatMap(name => {
    const found = latency[name]
    return found === undefined || found.acked.count === 0 ? [] : [[name, found.acked.p99 / 1000] as const]
  })
  const dropped = Object.values(counts.dropped).reduce((sum, n) => sum + n, 0)
  return { ...Object.fromEntries(told), dropped }
}
