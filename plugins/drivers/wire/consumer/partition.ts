/** An assigned partition and how far it was read. */
export class Partition {
  readonly topic: string
  readonly number: number
  /** Next offset to deliver. */
  offset: number
  /** Next offset to ask for: what lies between waits to be polled. */
  fetchFrom: number
  /** End of the log for this reader, as far as known. */
  end: number
  /** What the group knows; -1: nothing. */
  committed: number
  /** False once it was taken away: nothing of it is delivered any more. */
  active = true
  /** Its leader has to be looked up again. */
  moved = false
  /** Not to be asked for before: ms of performance.now(). */
  notBefore = 0
  /** Errors since the last answer without one. */
  failures = 0

  constructor(topic: string, number: number, offset: number, committed: number) {
    this.topic = topic
    this.number = number
    this.offset = offset
    this.fetchFrom = offset
    this.end = offset
    this.committed = committed
  }

  /** What waits was dropped: it is asked for again. */
  rewind(): void {
    this.fetchFrom = this.offset
  }

  get lag(): number {
    return Math.max(0, this.end - this.offset)
  }

  toString(): string {
    return `partition ${this.number} of ${this.topic}`
  }
}
