/** The taps of `sample` and `report`: one that fails stops no other, one that is slow delays nobody. */
import type { Snapshot } from './api.ts'
import { messageOf } from './errors.ts'
import type { FiredRunHooks } from './hooks.ts'
import type { Result } from './result.ts'

export function createReporting(hooks: FiredRunHooks, say: (text: string) => void) {
  const failures: unknown[] = []
  const busy = new Map<number, Promise<void>>()
  /** A tap that fails every second says so once. */
  const failed = (error: unknown) => {
    if (!failures.some(e => messageOf(e) === messageOf(error))) say(messageOf(error))
    failures.push(error)
  }
  return {
    failures,
    /** Snapshots that a tap was too busy to see, all taps together. */
    missed: 0,
    /** Hands a snapshot to every tap that has finished the last one. */
    sample(snapshot: Snapshot): void {
      for (const [i, tap] of hooks.sample.taps.entries()) {
        if (busy.has(i)) this.missed++
        else {
          const answer = (tap.fn as (s: Snapshot) => Promise<void>)(snapshot)
          busy.set(
            i,
            answer.catch(failed).finally(() => busy.delete(i)),
          )
        }
      }
    },
    /** Resolves when no tap is busy. */
    async settle(): Promise<void> {
      await Promise.all(busy.values())
    },
    async report(result: Result): Promise<void> {
      for (const tap of hooks.report.taps)
        await (tap.fn as (r: Result) => Promise<void>)(result).catch(failed)
    },
  }
}
