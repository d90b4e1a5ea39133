/** Time as the engine sees it: integer µs of one monotonic clock that all threads of a host share. */

export interface Clock {
  /** µs since an arbitrary origin. */
  now(): number
  /** Calls `fn` once, `us` from now at the earliest; the answer cancels it. */
  after(us: number, fn: () => void): () => void
  /** Calls `fn` once pending I/O had its turn. */
  soon(fn: () => void): void
  /** Time passes only when nothing is left to do: figures about the machine mean nothing then. */
  readonly virtual: boolean
}

/** `process.hrtime`: 45 to 60 ns a read. */
export const monotonicClock: Clock = {
  now() {
    const t = process.hrtime()
    return t[0] * 1e6 + Math.floor(t[1] / 1e3)
  },
  after(us, fn) {
    const timer = setTimeout(fn, Math.max(1, Math.floor(us / 1000)))
    return () => clearTimeout(timer)
  },
  soon: fn => void setImmediate(fn),
  virtual: false,
}

/** A module that exports `createClock(): Clock`, or nothing for the machine's own. */
export async function loadClock(module: string | undefined): Promise<Clock> {
  if (module === undefined) return monotonicClock
  return ((await import(module)) as { createClock(): Clock }).createClock()
}
