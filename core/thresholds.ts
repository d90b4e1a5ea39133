import type { Percentile } from './api.ts'
import type { ResolvedStream, ResolvedThreshold } from './config/types.ts'
import type { ThresholdResult } from './result.ts'

/** Judges every stream's thresholds. A figure the run does not have fails its threshold: it was asked for. */
export function judgeThresholds(
  streams: readonly ResolvedStream[],
  value: (metric: string) => Percentile | undefined,
): ThresholdResult[] {
  return streams.flatMap(stream =>
    stream.thresholds.map(t => {
      const qualified = `${stream.name}.${t.phase}.${t.metric}`
      const found = value(qualified) ?? value(`${stream.name}.${t.metric}`) ?? value(t.metric)
      return {
        name: `${streams.length > 1 ? `${stream.name}.` : ''}${t.phase === 'warmup' ? 'warmup.' : ''}${t.metric}`,
        expression: t.expression,
        value: found ?? null,
        ok: found !== undefined && holds[t.op](found === 'inf' ? Number.POSITIVE_INFINITY : found, t.bound),
      }
    }),
  )
}

const holds: Readonly<Record<ResolvedThreshold['op'], (value: number, bound: number) => boolean>> = {
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  '==': (value, bound) => value === bound,
  '!=': (value, bound) => value !== bound,
}
