import type { ResolvedConfig } from '../../core/plugin.ts'

/** The first and the last tenth of the measured time, µs since t0. */
export interface Windows {
  readonly early: { readonly from: number; readonly to: number }
  readonly late: { readonly from: number; readonly to: number }
}

export function windowsOf({ warmupUs, durationUs }: ResolvedConfig): Windows {
  const tenth = durationUs / 10
  const end = warmupUs + durationUs
  return { early: { from: warmupUs, to: warmupUs + tenth }, late: { from: end - tenth, to: end } }
}
