/** What became of each record, beside what is in the log, and how long partitions were without an ack. */

const MOST_UNKNOWN = 0.01
/** From the moment that a partition has another leader to its next ack. */
const MOST_BACK_MS = 5000

export type State = 'acked' | 'failed' | 'unknown'

export interface Outcome {
  readonly state: State
  readonly error: string
  readonly partition: number
  /** ms since the epoch. */
  readonly at: number
}
export interface Death {
  readonly broker: number
  /** ms since the epoch. */
  readonly at: number
  /** By partition that it led: when another broker was seen to lead it. */
  readonly led: ReadonlyMap<number, number>
}
/** The account of the run itself. */
export interface Counts extends Readonly<Record<State, number>> {
  readonly scheduled: number
  readonly dropped: Readonly<Record<string, number>>
}
export interface Evidence {
  readonly idempotent: boolean
  /** Records and deaths that were to be. */
  readonly records: number
  readonly deaths: number
  readonly exitCode: number | null
  readonly counts: Counts
  /** By the record's number. */
  readonly outcomes: ReadonlyMap<number, Outcome>
  readonly happened: readonly Death[]
  /** The numbers of the records in each partition, in the order of the log. */
  readonly written: readonly (readonly number[])[]
}
export interface Judgement {
  readonly lines: readonly string[]
  readonly faults: readonly string[]
}

export function judge(evidence: Evidence): Judgement {
  const { idempotent, records, deaths, exitCode, counts, outcomes, happened, written } = evidence
  const { times, reordered } = inLog(written)
  const ended = { acked: 0, failed: 0, unknown: 0 }
  const there = { acked: 0, failed: 0, unknown: 0 }
  const errors = new Map<string, number>()
  for (const [index, { state, error }] of outcomes) {
    ended[state]++
    if (times.has(index)) there[state]++
    if (error !== '') errors.set(`${state} ${error}`, (errors.get(`${state} ${error}`) ?? 0) + 1)
  }
  const dropped = Object.values(counts.dropped).reduce((sum, each) => sum + each, 0)
  const doubled = [...times.values()].reduce((sum, each) => sum + each - 1, 0)
  const lost = ended.acked - there.acked
  const acks = acksIn(outcomes)
  const back = happened.map(death => recovery(death, acks))
  const lines = [
    `the run ended with ${exitCode}: ${counts.scheduled} scheduled, ${dropped} dropped, ${outcomes.size} records ended`,
    `  acked ${ended.acked}, of these lost ${lost}`,
    `  failed ${ended.failed}, of these written ${there.failed}`,
    `  unknown ${ended.unknown}, of these written ${there.unknown}`,
    `  doubled ${doubled}, out of order ${reordered}`,
    ...[...errors].map(([error, count]) => `  ${error}: ${count}`),
    ...happened.map((death, i) => `  ${toldOf(death, i, back[i] as number)}`),
    `  longest time of a partition without an ack: ${seconds(longestGap(acks))}`,
  ]
  const differs = (['acked', 'failed', 'unknown'] as const).some(state => counts[state] !== ended[state])
  const faults = [
    exitCode !== 0 && `the run ended with ${exitCode}, not with 0`,
    counts.scheduled !== records && `${counts.scheduled} records were scheduled, not ${records}`,
    outcomes.size !== counts.scheduled - dropped && 'not every record that was not dropped has an outcome',
    outcomes.size !== records && `${outcomes.size} records ended, not ${records}`,
    differs && 'the account of the run is another one than its outcomes',
    happened.length !== deaths && `${happened.length} brokers died, not ${deaths}`,
    happened.every(({ led }) => led.size === 0) && 'no broker that died led a partition',
    lost > 0 && 'acked records are lost',
    there.failed > 0 && 'failed records are there',
    ended.unknown > MOST_UNKNOWN * outcomes.size && 'too many are unknown',
    ...back.map(
      (ms, i) => ms > MOST_BACK_MS && `after death ${i + 1} the rate was back after ${seconds(ms)} only`,
    ),
    idempotent && doubled > 0 && 'records are there twice',
    idempotent && reordered > 0 && 'records are out of order',
  ]
  return { lines, faults: faults.filter(each => each !== false) }
}

/** How often each record is in the log, and how many came after a later one of their partition. */
function inLog(partitions: readonly (readonly number[])[]) {
  const times = new Map<number, number>()
  let reordered = 0
  for (const partition of partitions) {
    let highest = -1
    for (const index of partition ?? []) {
      const before = times.get(index) ?? 0
      times.set(index, before + 1)
      if (before === 0 && index < highest) reordered++
      highest = Math.max(highest, index)
    }
  }
  return { times, reordered }
}

/** Times of the acks of each partition, in ms since the epoch, sorted. */
function acksIn(outcomes: ReadonlyMap<number, Outcome>): ReadonlyMap<number, readonly number[]> {
  const acks = new Map<number, number[]>()
  for (const { state, partition, at } of outcomes.values()) {
    if (state !== 'acked') continue
    const known = acks.get(partition)
    if (known === undefined) acks.set(partition, [at])
    else known.push(at)
  }
  for (const times of acks.values()) times.sort((a, b) => a - b)
  return acks
}

/** ms that the slowest partition took from its new leader to its next ack; infinite where there is none. */
function recovery({ led }: Death, acks: ReadonlyMap<number, readonly number[]>): number {
  const each = [...led].map(([partition, at]) => {
    const next = acks.get(partition)?.find(ack => ack >= at) ?? Number.POSITIVE_INFINITY
    return next - at
  })
  return Math.max(0, ...each)
}

function longestGap(acks: ReadonlyMap<number, readonly number[]>): number {
  let longest = 0
  for (const times of acks.values())
    for (const [i, at] of times.entries()) longest = Math.max(longest, at - (times[i - 1] ?? at))
  return longest
}

function toldOf({ broker, at, led }: Death, index: number, backMs: number): string {
  const what = `death ${index + 1}: broker ${broker} led ${led.size} partitions`
  if (led.size === 0) return what
  return `${what}, others led them after ${seconds(Math.max(...led.values()) - at)}, acks were back ${seconds(backMs)} later`
}
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
