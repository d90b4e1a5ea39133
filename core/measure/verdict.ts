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

export function judgeGenerator(options: {
  readonly config: ResolvedConfig
  readonly series: readonly SeriesRow[]
  readonly measured: Readonly<Record<string, PhaseResult>>
  /** Rounds of a virtual clock say nothing about the machine. */
  readonly virtual: boolean
}): Verdict {
  const { config, series, measured, virtual } = options
  const rows = series.filter(row => row.phase === 'measure')
  const bad = virtual ? [] : rows.map(badSecond).filter(reason => reason !== undefined)
  const open = config.streams.some(s => s.rate.kind !== 'max')
  // a closed run saturates by design: its seconds name the limit and taint nothing
  const tainted = open && bad.length >= 2 && bad.length > rows.length / 100
  const short = config.streams.some(s => {
    const phase = measured[s.name]
    if (phase === undefined || s.rate.kind === 'max') return false
    const { offered, achieved } = phase.rates
    return (
      (phase.counts.dropped['backlog'] ?? 0) > 0 ||
      (offered !== undefined && achieved !== undefined && achieved < 0.95 * offered)
    )
  })
  const closed = config.streams.some(s => s.rate.kind === 'max')
  const saturated = rows.length > 0 && bad.length > rows.length / 2
  const limit = tainted || (closed && saturated) ? 'generator' : short || closed ? 'broker' : 'none'
  const detail = `the generator was late or busy in ${bad.length} of ${rows.length} measured seconds`
  return {
    state: tainted ? 'tainted' : 'valid',
    limit,
    reasons: tainted ? [{ code: 'tainted', detail }, ...bad.slice(0, 20)] : [],
  }
}

function ms(us: number): string {
  return `${(us / 1000).toFixed(1)} ms`
}
function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
