/** The taps of `sample` and `report`: one that fails stops no other, one that is slow delays nobody. */
import type { Snapshot } from './api.ts'
import { messageOf } from './errors.ts'
import type { FiredRunHooks } from './hooks.ts'
import type { Result } from './result.ts'

export class Reporting {
  readonly failures: unknown[] = []
  /** Snapshots that a tap was too busy to see, all taps together. */
  missed = 0
  readonly #hooks: FiredRunHooks
  readonly #say: (text: string) => void
  readonly #busy = new Map<number, Promise<void>>()

  constructor(hooks: FiredRunHooks, say: (text: string) => void) {
    this.#hooks = hooks
    this.#say = say
  }

  /** Hands a snapshot to every tap that has finished the last one. */
  sample(snapshot: Snapshot): void {
    this.#hooks.sample.taps.forEach((tap, i) => {
      if (this.#busy.has(i)) {
        this.missed++
        return
      }
      const answer = (tap.fn as (s: Snapshot) => Promise<void>)(snapshot)
        .catch(error => this.#failed(error))
        .finally(() => this.#busy.delete(i))
      this.#busy.set(i, answer)
    })
  }
  async settle(): Promise<void> {
    await Promise.all(this.#busy.values())
  }

  async report(result: Result): Promise<void> {
    for (const tap of this.#hooks.report.taps)
      await (tap.fn as (r: Result) => Promise<void>)(result).catch(error => this.#failed(error))
  }

  /** A tap that fails every second says so once. */
  #failed(error: unknown): void {
    if (!this.failures.some(e => messageOf(e) === messageOf(error))) this.#say(messageOf(error))
    this.failures.push(error)
  }
}
