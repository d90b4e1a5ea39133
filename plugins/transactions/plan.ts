/** What becomes of a transaction is fixed by the seed, its producer and its number, or by the time it begins. */
import type { Random } from '../../core/plugin.ts'

/**
 * Whether a transaction is aborted. One of each 1/share in a row is, at a place that chance chooses: so of n transactions of a
 * producer n · share are, give or take one.
 */
export function abortsOf(
  share: number,
  random: Random,
  producers: number,
): (producer: number, transaction: number) => boolean {
  if (share === 0) return () => false
  return (producer, transaction) => {
    const block = Math.floor(transaction * share)
    const first = firstOf(block, share)
    random.seek(block * producers + producer)
    return transaction === first + random.int(firstOf(block + 1, share) - first)
  }
}

/** The first transaction of a block, by the same rounding as that which says where a transaction belongs. */
function firstOf(block: number, share: number): number {
  let n = Math.ceil(block / share)
  while (n > 0 && Math.floor((n - 1) * share) >= block) n--
  while (Math.floor(n * share) < block) n++
  return n
}

/** Times k · period, k from 1, go to the producers in turn: how many were a producer's by `at`, in µs since t0. */
export function turnsOf(producer: number, producers: number, periodUs: number, at: number): number {
  const ticks = Math.floor(at / periodUs)
  return ticks <= producer ? 0 : Math.floor((ticks - 1 - producer) / producers) + 1
}
