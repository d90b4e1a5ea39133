/** Errors and throttling as events, bounded: a broker that refuses everything would drown all others. */
import type { RunEvent } from '../../../../core/plugin.ts'

/** At most one event a second for each code, and each broker; what comes between is in the next one. */
const EVERY_US = 1_000_000

interface Pending {
  at: number
  message: string
  amount: number
}

export class Events {
  readonly #emit: (event: RunEvent) => void
  readonly #now: () => number
  readonly #errors = new Map<string, Pending>()
  readonly #throttles = new Map<number, Pending>()

  constructor(emit: (event: RunEvent) => void, now: () => number) {
    this.#emit = emit
    this.#now = now
  }

  /** @param records that ended this way; 0: they are tried again. */
  error(code: string, message: string, records: number): void {
    const pending = pendingIn(this.#errors, code)
    pending.message = message
    pending.amount += records
    if (this.#now() - pending.at >= EVERY_US) this.#sendError(code, pending)
  }

  throttle(broker: number, us: number): void {
    const pending = pendingIn(this.#throttles, broker)
    pending.amount += us
    if (this.#now() - pending.at >= EVERY_US) this.#sendThrottle(broker, pending)
  }

  /** What was held back. */
  flush(): void {
    for (const [code, pending] of this.#errors) if (pending.amount > 0) this.#sendError(code, pending)
    for (const [broker, pending] of this.#throttles)
      if (pending.amount > 0) this.#sendThrottle(broker, pending)
  }

  #sendError(code: string, pending: Pending): void {
    const { message, amount: records } = pending
    this.#emit({ kind: 'error', at: this.#sent(pending), code, message, records })
  }
  #sendThrottle(broker: number, pending: Pending): void {
    const { amount: us } = pending
    this.#emit({ kind: 'throttle', at: this.#sent(pending), broker, us })
  }
  #sent(pending: Pending): number {
    pending.at = this.#now()
    pending.amount = 0
    return pending.at
  }
}

function pendingIn<K>(map: Map<K, Pending>, key: K): Pending {
  let pending = map.get(key)
  if (pending === undefined) {
    pending = { at: Number.NEGATIVE_INFINITY, message: '', amount: 0 }
    map.set(key, pending)
  }
  return pending
}
