/** Errors as events, bounded: a broker that refuses everything would drown all others. */
import type { RunEvent } from '../../../core/plugin.ts'

/** At most one event a second for each code; what comes between is in the next one. */
const EVERY_US = 1_000_000

interface Pending {
  reportedAt: number
  message: string
  records: number
}

export class ErrorEvents {
  readonly #emit: (event: RunEvent) => void
  readonly #now: () => number
  readonly #codes = new Map<string, Pending>()

  constructor(emit: (event: RunEvent) => void, now: () => number) {
    this.#emit = emit
    this.#now = now
  }

  report(code: string, message: string, records: number): void {
    const now = this.#now()
    let pending = this.#codes.get(code)
    if (pending === undefined) {
      pending = { reportedAt: Number.NEGATIVE_INFINITY, message, records: 0 }
      this.#codes.set(code, pending)
    }
    pending.message = message
    pending.records += records
    if (now - pending.reportedAt >= EVERY_US) this.#send(code, pending, now)
  }

  /** What was held back. */
  flush(): void {
    const now = this.#now()
    for (const [code, pending] of this.#codes) if (pending.records > 0) this.#send(code, pending, now)
  }

  #send(code: string, pending: Pending, at: number): void {
    const { message, records } = pending
    pending.reportedAt = at
    pending.records = 0
    this.#emit({ kind: 'error', at, code, message, records })
  }
}
