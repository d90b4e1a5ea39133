/** Mean response time of the records of two windows. */
import type { Acks } from '../../core/plugin.ts'
import type { Windows } from './windows.ts'

/** A tap of `onAck`; `rose` hears of the difference in µs whenever a batch changes it. */
export function watchResponse({ early, late }: Windows, rose: (us: number) => void): (acks: Acks) => void {
  let [earlySum, earlyCount, lateSum, lateCount] = [0, 0, 0, 0]
  return ({ state, count, scheduledAt, ackedAt }) => {
    if (state !== 'acked' || count === 0) return
    // a batch is in order of its times, and lies nearly always outside of both
    const [first, last] = [scheduledAt[0] as number, scheduledAt[count - 1] as number]
    if (last < early.from || first >= late.to || (first >= early.to && last < late.from)) return
    for (let i = 0; i < count; i++) {
      const at = scheduledAt[i] as number
      if (at >= early.from && at < early.to) {
        earlySum += ackedAt - at
        earlyCount++
      } else if (at >= late.from && at < late.to) {
        lateSum += ackedAt - at
        lateCount++
      }
    }
    if (earlyCount > 0 && lateCount > 0) rose(Math.round(lateSum / lateCount - earlySum / earlyCount))
  }
}
