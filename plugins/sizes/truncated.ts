/**
 * What of a distribution lies between min and max, in terms of the standard normal one. A size is rounded to whole bytes, so it
 * stands for half a byte on either side: the ends have their whole cell, as every size between them.
 */
import { type TruncatedNormal, truncatedNormal } from '../options/normal.ts'

/** Φ⁻¹(0.99). */
const Z99 = 2.3263478740408408
/** Less of the distribution between min and max is a mistake, not a wish. */
export const LEAST_SHARE = 0.01

interface Ends {
  readonly min: number
  readonly max: number
}

export function normalBetween(
  o: Ends & { readonly mean: number; readonly deviation: number },
): TruncatedNormal {
  const z = (bytes: number) => (bytes - o.mean) / o.deviation
  return truncatedNormal(z(o.min - 0.5), z(o.max + 0.5))
}

interface Lognormal extends Ends {
  readonly median: number
  readonly p99: number
}
/** Deviation of the logarithm: ln p99 = ln median + σ · Φ⁻¹(0.99). */
export function lognormalSigma({ median, p99 }: Lognormal): number {
  return Math.log(p99 / median) / Z99
}
export function lognormalBetween(o: Lognormal): TruncatedNormal {
  const sigma = lognormalSigma(o)
  const z = (bytes: number) => Math.log(Math.max(0, bytes) / o.median) / sigma
  return truncatedNormal(z(o.min - 0.5), z(o.max + 0.5))
}
