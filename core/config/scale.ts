/** `scale`: the same load, larger or smaller. Durations, sizes and partitions stay as they are written. */
import type { Kind } from './options.ts'
import type { RateSpec, ResolvedStream } from './types.ts'

export const scale: Kind = {
  metavar: 'x',
  expected: 'a number above 0, at most 1000, such as 0.1',
  read: v => {
    const n = typeof v === 'string' && /^\d*\.?\d+$/.test(v) ? Number(v) : v
    return typeof n === 'number' && n > 0 && n <= 1000 ? n : undefined
  },
}

/** What `producers` and `consumers.count` take at most, so that a scale cannot ask for more either. */
const MOST = 100_000

/** Rates, producers and consumers times `scale`; of what is there at least one stays. `many` hears of too many. */
export function scaled<S extends Pick<ResolvedStream, 'rate' | 'producers' | 'consumers'>>(
  stream: S,
  scale: number,
  many: (expected: string) => void,
): S {
  const members = (n: number, what: string) => {
    const some = n > 0 ? Math.max(1, Math.round(n * scale)) : n
    if (some > MOST) many(`a scale that makes at most ${MOST} ${what} of ${n}, not ${some}`)
    return some
  }
  const { rate, producers, consumers } = stream
  const count = members(consumers.count, 'consumers')
  return {
    ...stream,
    rate: times(rate, scale),
    producers: members(producers, 'producers'),
    consumers: { ...consumers, count },
  }
}

/** What was written wrongly is no rate, and a fault already. */
function times(rate: RateSpec | undefined, scale: number): RateSpec {
  if (rate?.kind === 'stages')
    return { ...rate, stages: rate.stages.map(stage => ({ ...stage, rate: stage.rate * scale })) }
  return rate?.kind === 'constant' ? { ...rate, rate: rate.rate * scale } : (rate as RateSpec)
}
