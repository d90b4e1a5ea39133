/** Waiting for the schedule: sleeps to the next due record, and lets answers be read between turns. */
import type { Clock } from './clock.ts'

/** A timer of the platform is good to a millisecond; what is due sooner is not worth a sleep of its own. */
const STEP_US = 1000

/** What is given turns. */
export interface Paced {
  /** Does what is due. Answers when something is next, in µs since t0, at most `now` for at once; Infinity: never again. */
  turn(now: number): number
  /** The schedule ends here. */
  stop(now: number): void
}

/** Runs the senders until all are done; `wake` looks again at once. */
export function pace(
  clock: Clock,
  senders: readonly Paced[],
  now: () => number,
): { done: Promise<void>; wake(): void } {
  const { promise: done, resolve, reject } = Promise.withResolvers<void>()
  let cancel: () => void = () => undefined
  let woken = false
  const turn = () => {
    woken = false
    try {
      let next = Number.POSITIVE_INFINITY
      for (const sender of senders) next = Math.min(next, sender.turn(now()))
      if (next === Number.POSITIVE_INFINITY) return resolve()
      const wait = next - now()
      if (wait <= 0) wake()
      else cancel = clock.after(Math.max(STEP_US, wait), turn)
    } catch (error) {
      reject(error)
    }
  }
  const wake = () => {
    if (woken) return
    woken = true
    cancel()
    clock.soon(turn)
  }
  wake()
  return { done, wake }
}
