/** What a run came to, in words: the first thing that is read. */
import type { ResolvedConfig, ResultData } from '../../core/plugin.ts'
import { count, percent, printable, rate, shortened } from './format.ts'

type Tone = 'good' | 'warning' | 'bad'
export interface Headline {
  readonly word: string
  readonly tone: Tone
  readonly text: string
}

/** The word follows the exit code, whose most specific cause has won; a verdict it does not say is added. */
export function headline(result: ResultData, config: ResolvedConfig): Headline {
  const { state } = result.verdict
  const { word, tone, text, says } = cause(result, config)
  return {
    word: state === 'valid' || says === state ? word : `${word}, ${state.toUpperCase()}`,
    tone: tone === 'good' && state !== 'valid' ? 'warning' : tone,
    text,
  }
}

function cause(
  result: ResultData,
  config: ResolvedConfig,
): Headline & { readonly says?: ResultData['verdict']['state'] } {
  const { exitCode, thresholds, verdict } = result
  const failed = thresholds.filter(t => !t.ok).length
  const bad = { tone: 'bad', says: 'invalid' } as const
  switch (exitCode) {
    case 0:
      return passed(result, config)
    case 4:
      return {
        word: 'REPORT FAILED',
        tone: 'warning',
        text: `a file was not written, see above; ${passed(result, config).text}`,
      }
    case 5:
      if (verdict.state === 'tainted')
        return {
          word: 'TAINTED',
          tone: 'warning',
          says: 'tainted',
          text: 'the generator was late or busy; --allow-tainted accepts it',
        }
      return { word: 'INVALID', ...bad, text: 'these figures cannot be trusted: do not use them' }
    case 6:
      return { word: 'VIOLATION', tone: 'bad', text: 'verification found what must not happen' }
    case 70:
      return {
        word: 'ERROR',
        ...bad,
        text: 'a plugin or the engine broke; the figures end there',
      }
    case 99:
      return {
        word: 'FAILED',
        tone: 'bad',
        text: `${failed} of ${thresholds.length} threshold${thresholds.length > 1 ? 's' : ''} ${failed > 1 ? 'do' : 'does'} not hold`,
      }
    case 130:
    case 143:
      return {
        word: 'STOPPED',
        tone: 'warning',
        text: `by ${exitCode === 130 ? 'SIGINT' : 'SIGTERM'}: these are the figures until then`,
      }
    default:
      return { word: 'FAILED', tone: 'bad', text: `${verdict.state} figures` }
  }
}

/** Nobody asked for more than figures; that records were lost, or that there are none, is said all the same. */
function passed(result: ResultData, config: ResolvedConfig): Headline {
  const { scheduled, lost, read } = outcomeOf(result, config)
  const n = result.thresholds.length
  const allowed = result.verdict.state === 'tainted' ? ' (--allow-tainted)' : ''
  const thresholds = n === 0 ? '' : n === 1 ? ', the threshold holds' : `, all ${n} thresholds hold`
  const but =
    scheduled + read === 0
      ? ', but nothing was measured'
      : lost > 0
        ? `, but ${count(lost)} of ${count(scheduled)} records were not acked`
        : ''
  return {
    word: 'PASSED',
    tone: but === '' ? 'good' : 'warning',
    text: `${result.verdict.state} figures${allowed}${thresholds}${but}`,
  }
}
function outcomeOf(result: ResultData, config: ResolvedConfig) {
  let [scheduled, lost, read] = [0, 0, 0]
  for (const { name, producer, producers } of config.streams) {
    const counts = result.streams[name]?.phases.measure.counts
    if (counts === undefined) continue
    scheduled += counts.scheduled
    if (producers === 0) read += counts.consumed
    lost += counts.failed + Object.values(counts.dropped).reduce((a, b) => a + b, 0)
    if (producer.acks !== 0) lost += counts.unknown + counts.pending + counts.inFlight
  }
  return { scheduled, lost, read }
}

/** Who kept the run from going faster, and how that shows. */
export function limitOf(result: ResultData, config: ResolvedConfig): string {
  const { limit, state } = result.verdict
  const streams = Object.entries(result.streams)
  if (state === 'invalid') return 'not judged – the figures are invalid'
  const { scheduled, read } = outcomeOf(result, config)
  if (scheduled + read === 0) return 'not judged – nothing was measured'
  const closed = config.streams.some(s => s.rate.kind === 'max')
  const sending = config.streams.filter(s => s.producers !== 0)
  if (limit === 'generator' && sending.length === 0)
    return 'generator – busy most of the time: the broker may give more'
  if (limit === 'generator')
    return closed
      ? 'generator – busy most of the time: the broker may take more'
      : 'generator – late or busy: records were not sent when they were due'
  // one bad second taints nothing: to be without any says nothing either
  if (limit === 'none' && result.series.filter(row => row.phase === 'measure').length < 2)
    return 'too short to judge – it takes two measured seconds to see who is late'
  if (limit === 'none' && sending.length === 0)
    return 'none seen – nothing was sent, and the generator had time to spare'
  if (limit === 'none')
    return sending.some(s => s.producer.acks !== 0)
      ? 'none – broker and generator kept up with the offered rate'
      : 'none seen – with acks=0 nothing tells whether the broker kept up'
  const short = streams
    .map(([name, { phases }]) => ({ name, ...phases.measure.rates }))
    .filter(r => r.achieved !== undefined && r.offered !== undefined && r.achieved < 0.99 * r.offered)
    .map(({ name, achieved = 0, offered = 0 }) => {
      const of = streams.length > 1 ? `of ${printable(name)} ` : ''
      return `acked ${rate(achieved)} of ${rate(offered)} records/s ${of}(${percent(achieved / offered)})`
    })
  if (short.length > 0) return `broker – ${short.join(', ')}`
  const full = streams.reduce((n, [, s]) => n + (s.phases.measure.counts.dropped['backlog'] ?? 0), 0)
  return full > 0
    ? `broker – answers came late: ${count(full)} records found the client full`
    : 'broker – it set the pace, as is meant with rate max'
}

/** Characters of a reason: three lines. */
const REASON = 200

/** The first reasons of the verdict, and how many more there are. */
export function reasonsOf({ verdict }: ResultData, shown = 3): { reasons: string[]; more: number } {
  return {
    reasons: verdict.reasons
      .slice(0, shown)
      .map(r => shortened(r.second === undefined ? r.detail : `second ${r.second}: ${r.detail}`, REASON)),
    more: Math.max(0, verdict.reasons.length - shown),
  }
}
