/** What was fetched and not polled yet. */
import type { Link } from '../link.ts'
import type { AbortedTransactions } from './aborted.ts'
import type { Partition } from './partition.ts'

/** One partition's share of one answer. */
export interface Fetched {
  readonly partition: Partition
  readonly records: Buffer
  /** How far into the records it was delivered. */
  at: number
  /** undefined: nothing is left out. */
  readonly aborted: AbortedTransactions | undefined
  /** µs since t0. */
  readonly polledAt: number
  /** Where it came from. */
  readonly link: Link
  /** Its memory may be used again. */
  readonly release: () => void
}

/** What an entry costs besides its records: many small ones are to be bounded too. */
const ENTRY_BYTES = 1024

export class Inbox {
  #entries: Fetched[] = []
  #bytes = 0
  #wake: () => void = () => undefined

  /** Of memory that waits, about. */
  get bytes(): number {
    return this.#bytes
  }
  get first(): Fetched | undefined {
    return this.#entries[0]
  }

  add(entry: Fetched): void {
    this.#entries.push(entry)
    this.#bytes += entry.records.length + ENTRY_BYTES
    this.#wake()
  }

  /** The first one is done with. */
  shift(): void {
    const entry = this.#entries.shift()
    if (entry) this.#forget(entry)
  }

  has(partition: Partition): boolean {
    return this.#entries.some(each => each.partition === partition)
  }

  /** Drops what waits of these partitions, or of all. */
  drop(of: (partition: Partition) => boolean = () => true): void {
    const dropped = this.#entries.filter(({ partition }) => of(partition))
    this.#entries = this.#entries.filter(({ partition }) => !of(partition))
    for (const entry of dropped) this.#forget(entry)
  }

  #forget({ records, release }: Fetched): void {
    this.#bytes -= records.length + ENTRY_BYTES
    release()
  }

  /** Resolves when something arrives, `wake` is called, time is up or the signal says so. */
  wait(timeoutUs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise(resolve => {
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        this.#wake = () => undefined
        resolve()
      }
      const timer = setTimeout(end, timeoutUs / 1000)
      signal.addEventListener('abort', end, { once: true })
      this.#wake = end
    })
  }
  wake(): void {
    this.#wake()
  }
}
