/** Waiting for a topic: brokers learn of a new one at different times. */
import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf } from './outcome.ts'

const AGAIN_MS = 50
const UNKNOWN_TOPIC = 3
const NO_LEADER = 5
const NOT_LEADER = 6

export function isUnknownTopic(error: unknown): boolean {
  return codeOf(error) === UNKNOWN_TOPIC
}

/**
 * Repeats `ask` for as long as the broker knows no such topic, or no leader of it, up to `timeoutUs`.
 * @throws Error that says so, or what `ask` threw for another reason.
 */
export async function untilKnown<T>(topic: string, timeoutUs: number, ask: () => Promise<T>): Promise<T> {
  const end = performance.now() + timeoutUs / 1000
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const code = codeOf(error)
      if (code !== UNKNOWN_TOPIC && code !== NO_LEADER && code !== NOT_LEADER) throw error
      if (performance.now() > end)
        throw new Error(
          `topic ${topic} has ${code === UNKNOWN_TOPIC ? 'not been found' : 'a partition without leader'} for ${timeoutUs / 1e6} s`,
          { cause: error },
        )
    }
    await sleep(AGAIN_MS)
  }
}
