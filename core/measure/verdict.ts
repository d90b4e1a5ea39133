/** Was the generator the limit? Rules and bounds are those of docs/measurement: a bad second, and how many taint a run. */
import type { ResolvedConfig } from '../config/types.ts'
import type { PhaseResult, Reason, SeriesRow, Verdict } from '../result.ts'

const LAG_US = 5000
const LOOP = 0.85
const DELAY_US = 10_000
const CPU = 0.9

/** Why a second's figures are the generator's; undefined: they are not. */
export function badSecond(row: SeriesRow): Reason | undefined {
  const { cpu, eventLoopUtilization: busy, eventLoopDelayP99: delay, schedulingLagP99: lag } = row.generator
  const response = Math.max(0, ...Object.values(row.streams).map(s => s.response?.p99 ?? 0))
  const bound = Math.max(LAG_US, response / 10)
  const rules = [
    ['lag', lag > bound, `scheduling lag p99 ${ms(lag)} > ${ms(bound)}`],
    ['eventLoop', busy > LOOP, `event loop ${percent(busy)} busy > ${percent(LOOP)}`],
    ['eventLoopDelay', delay > DELAY_US, `event-loop delay p99 ${ms(delay)} > ${ms(DELAY_US)}`],
    ['cpu', cpu > CPU, `a worker used ${percent(cpu)} of a core > ${percent(CPU)}`],
  ] as const
  for (const [code, bad, detail] of rules) if (bad) return { code, second: row.second, detail }
  return undefined
}

/** Judged second by second, as they come: rows that are merged later would be judged by other bounds. */
export class Seconds {
  measured = 0
  bad = 0
  /** The first 20. */
  readonly reasons: Reason[] = []

  add(row: SeriesRow): void {
    if (row.phase !== 'measure') return
    this.measured++
    const reason = badSecond(row)
    if (reason === undefined) return
    this.bad++
    if (this.reasons.length < 20) this.reasons.push(reason)
  }
}

export function judgeGenerator(options: {
  readonly config: ResolvedConfig
  readonly seconds: Seconds
  readonly measured: Readonly<Record<string, PhaseResult>>
  /** Rounds of a virtual clock say nothing about the machine. */
  readonly virtual: boolean
}): Verdict {
  const { config, seconds, measured, virtual } = options
  const bad = virtual ? 0 : seconds.bad
  const sending = config.streams.filter(s => s.producers !== 0)
  const open = sending.filter(s => s.rate.kind !== 'max')
  const closed = open.length < sending.length
  // a closed run saturates by design: its seconds name the limit and taint nothing
  const tainted = open.length > 0 && bad >= 2 && bad > seconds.measured / 100
  const short = open.some(({ name }) => {
    const { counts, rates } = measured[name] as PhaseResult
    const { offered = 0, achieved = offered } = rates
    return (counts.dropped['backlog'] ?? 0) > 0 || achieved < 0.95 * offered
  })
  const saturated = seconds.measured > 0 && bad > seconds.measured / 2
  // who only reads, reads as fast as it can
  const eager = closed || sending.length === 0
  const limit = tainted || (eager && saturated) ? 'generator' : short || closed ? 'broker' : 'none'
  const detail = `the generator was late or busy in ${bad} of ${seconds.measured} measured seconds`
  return {
    state: tainted ? 'tainted' : 'valid',
    limit,
    reasons: tainted ? [{ code: 'tainted', detail }, ...seconds.reasons] : [],
  }
}

function ms(us: number): string {
  return `${(us / 1000).toFixed(1)} ms`
}
function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
