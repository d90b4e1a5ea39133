import type { Percentile } from './api.ts'
import type { ResolvedConfig, ResolvedStream, ResolvedThreshold } from './config/types.ts'
import type { Driver } from './driver.ts'
import { ConfigError } from './errors.ts'
import type { ThresholdResult } from './result.ts'

/** Judges every stream's thresholds. A figure the run does not have fails its threshold: it was asked for. */
export function judgeThresholds(
  streams: readonly ResolvedStream[],
  value: (metric: string) => Percentile | undefined,
): ThresholdResult[] {
  return streams.flatMap(stream =>
    stream.thresholds.map(t => {
      const qualified = `${stream.name}.${t.phase}.${t.metric}`
      // a plugin's figures have no phase, and a name of the stream's only where there are several
      const own = t.phase === 'measure' ? (value(`${stream.name}.${t.metric}`) ?? value(t.metric)) : undefined
      const found = value(qualified) ?? own
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

/** @throws ConfigError for a threshold on a figure that this driver cannot tell. */
export function wantsWireTime(driver: Driver, config: ResolvedConfig): void {
  if (driver.can.wireTime) return
  const all = config.streams.flatMap(s => s.thresholds)
  const asked = all.filter(t => /^(request|clientQueue)\./.test(t.metric))
  const faults = asked.map(({ metric, expression: value }) => ({
    path: `thresholds.${metric}`,
    value,
    expected: `a figure this run has, but the driver ${driver.name} does not know when a request is written`,
    hint: 'use service or response',
  }))
  if (faults.length > 0) throw new ConfigError(faults)
}
