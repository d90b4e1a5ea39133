/** What a test of consumers asks of a run: which records were read, and how often; what the result says of its groups. */
import type { Result, Stream } from '../../../core/index.ts'

/** Lists every record of the stream that was read, by its index: how often. */
export function reads() {
  const seen = new Map<number, number>()
  const plugin = {
    name: 'reads',
    stream: (s: Stream) =>
      s.hooks.onRecord.tap(r => {
        if (r.own) seen.set(r.index, (seen.get(r.index) ?? 0) + 1)
      }),
  }
  return {
    seen,
    plugin,
    /** Reads beyond the first of each. */
    again: () => [...seen.values()].reduce((sum, n) => sum + n - 1, 0),
  }
}

interface Section {
  readonly rebalances: { readonly count: number; readonly unownedUs: number; readonly redelivered: number }
  readonly lag: {
    readonly records: number
    readonly max: number
    readonly behind: boolean
    readonly groups: readonly { readonly group: string }[]
  }
  readonly backlog?: { readonly records: number; readonly drainUs?: number; readonly rate?: number }
}
export function sectionOf(result: Result, stream = 'default'): Section {
  return result.streams[stream]?.sections['consumers'] as Section
}
