/** Those who wait for something to come about, each no longer than it likes. */
export class Waiting {
  readonly #all = new Set<() => void>()

  get any(): boolean {
    return this.#all.size > 0
  }

  /** Resolves at the next `end()`; rejects with the signal's reason when it is aborted first. */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
    this.#all.add(resolve)
    try {
      await promise
    } finally {
      this.#all.delete(resolve)
      signal.removeEventListener('abort', stop)
    }
  }

  end(): void {
    for (const resolve of this.#all) resolve()
  }
}
