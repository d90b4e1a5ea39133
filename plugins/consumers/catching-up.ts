/** From the largest lag of a group to the end of the log: how long, and how fast. */

interface CaughtUp {
  readonly afterUs: number
  /** Records/s read meanwhile. */
  readonly rate: number
}
interface Look {
  /** µs since t0. */
  readonly at: number
  readonly records: number
  /** Offsets that the group has passed. */
  readonly passed: number
  /** Records that were written since the look before. */
  readonly written: number
}

export class CatchingUp {
  #peak: Look | undefined
  #caughtUp: CaughtUp | undefined

  /**
   * A lag of no more than was written since the last look is no lag: positions and ends are not read at the same instant, and
   * what is written in a second is read in the next.
   */
  add(look: Look): void {
    if (this.#peak === undefined || look.records > this.#peak.records) {
      this.#peak = look
      this.#caughtUp = undefined
    } else if (this.#caughtUp === undefined && look.records <= look.written && look.at > this.#peak.at) {
      const afterUs = look.at - this.#peak.at
      this.#caughtUp = { afterUs, rate: Math.round(((look.passed - this.#peak.passed) * 1e6) / afterUs) }
    }
  }

  /** Whether the largest lag was one. */
  get behind(): boolean {
    return this.#peak !== undefined && this.#peak.records > this.#peak.written
  }
  get max(): number {
    return this.#peak?.records ?? 0
  }
  /** µs since t0 of the largest lag. */
  get at(): number {
    return this.#peak?.at ?? 0
  }
  get caughtUp(): CaughtUp | undefined {
    return this.behind ? this.#caughtUp : undefined
  }
}
