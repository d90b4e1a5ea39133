/** Memory and clocks of the process, looked at some twenty times in a tenth of the measured time. */
import type { Run } from '../../core/plugin.ts'
import type { Windows } from './windows.ts'

/** Looks in a window, and the longest time between two of them, µs. */
const LOOKS = 20
const SELDOM_US = 10e6

interface Gauge {
  set(value: number): void
}

export function watchProcess(
  run: Run,
  { early, late }: Windows,
  { memory, clock }: { readonly memory: Gauge; readonly clock: Gauge },
): void {
  const everyUs = Math.min(SELDOM_US, (early.to - early.from) / LOOKS)
  const kept = Math.ceil((early.to - early.from) / everyUs)
  const first: number[] = []
  /** Of the last tenth as it is now, so that a run that is still going, or was stopped, has its figure too. */
  const last: number[] = []
  const apart = () => Date.now() - performance.now()
  let base = Number.NaN
  let farthest = 0

  const look = () => {
    const now = run.now()
    const rss = process.memoryUsage.rss()
    if (now < early.to) first.push(rss)
    else {
      last.push(rss)
      if (last.length > kept) last.shift()
      // a collection that is about to happen, or has just happened, moves the mean and not the median
      if (first.length > 0) memory.set(median(last) - median(first))
    }
    if (Number.isNaN(base)) base = apart()
    farthest = Math.max(farthest, Math.abs(apart() - base) * 1000)
    clock.set(Math.round(farthest))
    if (now + everyUs < late.to) run.at(now + everyUs, look)
  }
  run.at(early.from, look)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
