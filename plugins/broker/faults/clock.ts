/** Time as rules have it; tests bring their own. */
export interface Clock {
  /** ms since the broker started. */
  now(): number
  /** Calls `fn` in `ms`, unless the returned function is called before. Keeps no process alive. */
  after(ms: number, fn: () => void): () => void
}

export function systemClock(): Clock {
  const start = performance.now()
  return {
    now: () => performance.now() - start,
    after: (ms, fn) => {
      const timer = setTimeout(fn, ms).unref()
      return () => clearTimeout(timer)
    },
  }
}
