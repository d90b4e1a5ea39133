/** Exact draws of counts. */
import type { Random } from '../../core/plugin.ts'

/**
 * Poisson with a mean of 10 or more, in about 1.2 rounds whatever the mean: Hörmann's transformed rejection with squeeze
 * (PTRS), "The transformed rejection method for generating Poisson random variables", Insurance: Mathematics and Economics 12
 * (1993).
 */
export function spanCount(mean: number, random: Random): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean)
  const a = -0.059 + 0.02483 * b
  const alpha = 1.1239 + 1.1328 / (b - 3.4)
  const squeeze = 0.9277 - 3.6224 / (b - 2)
  for (;;) {
    const u = random.float() - 0.5
    const v = random.float()
    const us = 0.5 - Math.abs(u)
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43)
    if (us >= 0.07 && v <= squeeze) return k
    if (k < 0 || (us < 0.013 && v > us)) continue
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= logPoisson(k, mean)) return k
  }
}

/** ln P(k): −mean + k ln mean − ln k!, by Stirling's series, and without the large terms that cancel. */
function logPoisson(k: number, mean: number): number {
  if (k < 10) {
    let sum = k * Math.log(mean) - mean
    for (let i = 2; i <= k; i++) sum -= Math.log(i)
    return sum
  }
  const d = (mean - k) / k
  const stirling = (1 - 1 / (30 * k * k)) / (12 * k)
  return k * (Math.log1p(d) - d) - 0.5 * Math.log(2 * Math.PI * k) - stirling
}

/** Heads of n coins: Binomial(n, ½), each coin a bit. */
export function coins(n: number, random: Random): number {
  let heads = 0
  let left = n
  for (; left >= 32; left -= 32) heads += ones(random.int(0x100000000))
  return left > 0 ? heads + ones(random.int(2 ** left)) : heads
}
function ones(bits: number): number {
  let n = bits | 0
  n = (n - ((n >>> 1) & 0x55555555)) | 0
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333)
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
