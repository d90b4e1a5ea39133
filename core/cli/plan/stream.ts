/** All that is drawn of one stream. `--json` prints it as it is. */
import { isSecret } from '../../config/plain.ts'
import type { ResolvedConfig } from '../../config/types.ts'
import { messageOf, PluginError } from '../../errors.ts'
import type { HostStream } from '../../host.ts'
import { type ConsumersPlan, consumersOf } from './consumers.ts'
import { shownBytes } from './figures.ts'
import { type Hosts, type Making, makesRecords } from './hosts.ts'
import { type KeysPlan, keysOf } from './keys.ts'
import { type Offered, offered } from './offered.ts'
import { stopwatch } from './patience.ts'
import { drawSample, type Sample } from './sample.ts'
import { type SizesPlan, sizesOf } from './sizes.ts'
import { type TransactionsPlan, transactionsOf } from './transactions.ts'
import { type ValuesPlan, valuesOf } from './values.ts'

/** Records that are drawn at most; with fewer in the schedule it is all of them. */
const SAMPLE = 100_000
/** Before that so few, to see how long it takes: a plugin may read a file for each record. */
const PILOT = 2000
/** ms of CPU that it may take about. */
const PATIENCE = 10_000

/** Times in µs, sizes in bytes, shares from 0 to 1. What a plugin that is left out would make is absent. */
export interface StreamPlan {
  readonly stream: string
  readonly producers: number
  /** Plugins give its records as they come: what these are is not known here. */
  readonly fed: boolean
  readonly partitions: number
  readonly warmupUs: number
  readonly endUs: number
  /** Plugins by what they make. */
  readonly by: Readonly<Record<Making | 'schedule' | 'arrivals', readonly string[]>>
  /** Absent: as fast as it goes. */
  readonly offered?: Offered
  readonly sample: Pick<Sample, 'count' | 'dropped' | 'whole'>
  readonly keys?: KeysPlan
  /** Shares of the partitions, of the records that a plugin chose one for; absent where the driver's partitioner does. */
  readonly chosen?: { readonly share: number; readonly partitions: readonly number[] }
  readonly sizes?: SizesPlan
  readonly values?: ValuesPlan
  readonly headers: HeadersPlan
  readonly transactions?: TransactionsPlan
  readonly consumers?: ConsumersPlan
  /** Plugins that make records without what they would have prepared for that in a run. */
  readonly unprepared: readonly string[]
  readonly left: readonly {
    readonly plugin: string
    readonly why: string
    readonly makes: readonly Making[]
  }[]
}
export interface HeadersPlan {
  /** Bytes of names and values, a record. */
  readonly bytes: number
  readonly each: readonly { readonly name: string; readonly share: number; readonly value: string }[]
}

/** @param width columns of a picture */
export function planStream(
  config: ResolvedConfig,
  { main, worker, left, unprepared }: Hosts,
  number: number,
  width: number,
): StreamPlan {
  // both hosts have every stream, in the configuration's order
  const stream = worker.streams[number] as HostStream
  const { schedule, hooks: inMain } = main.streams[number] as HostStream
  const { name, producers, topic } = stream.config
  const { warmupUs, seed } = config
  const endUs = schedule?.endUs ?? warmupUs + config.durationUs
  const makes = (l: (typeof left)[number]) => l.taps.get(name) ?? []
  const writes = makesRecords(stream)
  const leftHere = writes ? left.filter(l => makes(l).length > 0) : []
  const has = (...hooks: Making[]) => !leftHere.some(l => hooks.some(hook => makes(l).includes(hook)))
  const { hooks } = stream
  const tapsOf = (hook: { taps: readonly { name: string }[] }) => [...new Set(hook.taps.map(tap => tap.name))]
  const by = {
    schedule: tapsOf(inMain.schedule),
    arrivals: tapsOf(inMain.arrivals),
    keyFor: tapsOf(hooks.keyFor),
    partitionFor: tapsOf(hooks.partitionFor),
    sizeFor: tapsOf(hooks.sizeFor),
    beforeSend: tapsOf(hooks.beforeSend),
    valueFor: tapsOf(hooks.valueFor),
    endTransaction: tapsOf(hooks.endTransaction),
  }
  const makers = new Set(Object.values(by).flat())
  // what is drawn over time stands beside a name and a share
  const parts = Math.max(8, width - 36)
  const draw = (most: number) => drawSample({ stream, schedule, endUs, seed, most: writes ? most : 0 })
  const took = stopwatch()
  draw(PILOT)
  const each = took() / PILOT
  const sample = draw(Math.max(PILOT, Math.min(SAMPLE, Math.floor(PATIENCE / each))))
  const values =
    writes && has('valueFor', 'sizeFor') ? valuesOf(stream, schedule, seed, 3 * width) : undefined
  const transactions = hooks.endTransaction.isUsed() && schedule && transactionsOf(stream, schedule, seed)
  const [consumers, silent] = whatMembersDo(() => consumersOf(stream, schedule, endUs, width - 4))
  return {
    stream: name,
    producers,
    fed: stream.config.rate.kind === 'fed',
    partitions: topic.partitions,
    warmupUs,
    endUs,
    by,
    ...(schedule && { offered: offered(schedule, width) }),
    sample: { count: sample.count, dropped: sample.dropped, whole: sample.whole },
    ...(has('keyFor') && { keys: keysOf(sample, endUs, parts, width) }),
    ...(hooks.partitionFor.isUsed() && { chosen: chosenOf(sample, topic.partitions) }),
    ...(has('sizeFor') && { sizes: sizesOf(sample, endUs, width, parts) }),
    ...(values && { values }),
    headers: headersOf(sample),
    ...(transactions && { transactions }),
    ...(consumers && { consumers }),
    unprepared: writes ? unprepared.filter(plugin => makers.has(plugin)) : [],
    left: [...leftHere.map(l => ({ plugin: l.plugin, why: l.why, makes: makes(l) })), ...silent],
  }
}

/** Who tells members what to do may need a run for that. */
function whatMembersDo(
  tell: () => ConsumersPlan | undefined,
): [ConsumersPlan | undefined, StreamPlan['left']] {
  try {
    return [tell(), []]
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    const why = `what it tells consumers needs a run: ${messageOf(error.cause)}`
    return [undefined, [{ plugin: error.plugin, why, makes: [] }]]
  }
}

function chosenOf({ count, partition }: Sample, partitions: number): StreamPlan['chosen'] & object {
  const counts = new Array<number>(partitions).fill(0)
  let chosen = 0
  for (let row = 0; row < count; row++) {
    const p = partition[row] as number
    if (p < 0) continue
    counts[p] = (counts[p] as number) + 1
    chosen++
  }
  const of = (n: number, all: number) => (all === 0 ? 0 : n / all)
  return { share: of(chosen, count), partitions: counts.map(n => of(n, chosen)) }
}

function headersOf({ count, headers, headerBytes }: Sample): HeadersPlan {
  return {
    bytes: count === 0 ? 0 : headerBytes / count,
    each: [...headers].map(([name, { records, value }]) => ({
      name,
      share: records / count,
      value: isSecret(name) ? '***' : shownBytes(value, 100),
    })),
  }
}
