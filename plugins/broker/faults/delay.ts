import type { Random } from './random.ts'

/** The longest time that a rule may name, in ms: 24 h. */
export const MAX_MS = 86_400_000
/** The 99th percentile of the standard normal distribution. */
const Z99 = 2.326_347_874

/** Draws times in ms. */
export type Draw = (random: Random) => number

function bounded(draw: Draw): Draw {
  return random => Math.min(Math.max(draw(random), 0), MAX_MS)
}

/** Box and Muller: one standard normal number of two uniform ones. */
function standardNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

export function fixed(ms: number): Draw {
  return () => ms
}

export function uniform(min: number, max: number): Draw {
  return random => min + (max - min) * random()
}

export function normal(mean: number, deviation: number): Draw {
  return bounded(random => mean + deviation * standardNormal(random))
}

/** By two points of it: half of all draws are below `median`, 99 of 100 below `p99`. */
export function lognormal(median: number, p99: number): Draw {
  const sigma = Math.log(p99 / median) / Z99
  return bounded(random => median * Math.exp(sigma * standardNormal(random)))
}
