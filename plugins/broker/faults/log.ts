import type { ActionName } from './act.ts'

/** Faults remembered; older ones fall out and are counted. */
export const LOG_ENTRIES = 10_000
/** Partitions named in one entry. */
export const LOG_PARTITIONS = 100

/** A partition that a fault concerned. */
export interface FaultPartition {
  readonly topic?: string
  readonly partition?: number
  /** Of a batch that was lost or stored twice: the offset that the producer was told, and how many records. */
  readonly baseOffset?: number
  readonly records?: number
}

/** One fault that was injected. */
export interface FaultEntry {
  /** From 1 on, without gaps. */
  readonly n: number
  /** ms since the broker started. */
  readonly ms: number
  /** Wall clock, ISO 8601. */
  readonly time: string
  /** Id of the rule; undefined for an immediate command. */
  readonly rule?: string
  readonly action: ActionName | 'start' | 'unfreeze'
  /** What was done, in words. */
  readonly did: string
  /** The broker that was asked, or that the command was about. */
  readonly broker?: number
  readonly api?: string
  readonly version?: number
  readonly connection?: number
  readonly clientId?: string
  readonly correlationId?: number
  /** The partitions that were met, at most 100. */
  readonly partitions?: readonly FaultPartition[]
}

/** What was injected, the last 10,000 of it. */
export class FaultLog {
  readonly #now: () => number
  readonly #listeners = new Set<(entry: FaultEntry) => void>()
  #entries: FaultEntry[] = []
  /** Of the oldest one kept in `#entries`: what is before it is dropped in bulk. */
  #first = 0
  #count = 0

  /** @param now ms since the broker started. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Entries that fell out. */
  get dropped(): number {
    return this.#count - (this.#entries.length - this.#first)
  }

  /** All that is remembered, oldest first. */
  get entries(): readonly FaultEntry[] {
    return this.#entries.slice(this.#first)
  }

  /** Entries with a number above `n`, oldest first. */
  after(n: number): readonly FaultEntry[] {
    return this.#entries.slice(this.#first + Math.max(0, n - this.dropped))
  }

  add(fault: Omit<FaultEntry, 'n' | 'ms' | 'time'>): void {
    const ms = Math.round(this.#now() * 1000) / 1000
    const entry: FaultEntry = { n: ++this.#count, ms, time: new Date().toISOString(), ...fault }
    this.#entries.push(entry)
    if (this.#entries.length - this.#first > LOG_ENTRIES) this.#first++
    if (this.#first >= LOG_ENTRIES) {
      this.#entries = this.#entries.slice(this.#first)
      this.#first = 0
    }
    for (const listener of this.#listeners) listener(entry)
  }

  /** Calls `listener` with every entry from now on, until the returned function is called. */
  listen(listener: (entry: FaultEntry) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }
}
