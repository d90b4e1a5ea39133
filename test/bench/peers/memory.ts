/** A minute at 500k/s, produced and read back, against the embedded broker: what collecting garbage takes, and what stays. */
import { steady } from '../memory.bench.ts'
import type { Measured } from './round.ts'

export async function measureMemory(): Promise<Measured> {
  const { acked, consumed, gcShare, held } = await steady()
  const [early, late] = held
  return {
    gcShare: gcShare * 100,
    grownMiB: (late - early) / 2 ** 20,
    heldMiB: late / 2 ** 20,
    rate: acked,
    consumed,
  }
}
