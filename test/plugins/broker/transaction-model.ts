/** What a broker should make of transactions, plainly: every batch in a list, every rule in a line. */
import type { Identity } from './transactional.ts'

/** A transaction: how it ended, and in which partitions its marker is written. */
export interface ModelTransaction {
  committed: boolean
  readonly ended: Set<number>
}

interface ModelBatch {
  readonly base: number
  readonly values: readonly string[]
  readonly transaction: ModelTransaction | undefined
}

export class ModelLog {
  readonly index: number
  readonly batches: ModelBatch[] = []
  end = 0
  /** Last epoch and next sequence of each producer that has written here. */
  readonly producers = new Map<bigint, { epoch: number; next: number }>()

  constructor(index: number) {
    this.index = index
  }

  append(values: readonly string[], transaction?: ModelTransaction): number {
    const base = this.end
    this.batches.push({ base, values, transaction })
    this.end += values.length
    return base
  }

  mark({ producerId, producerEpoch }: Identity): void {
    this.end++
    const known = this.producers.get(producerId)
    if (known?.epoch !== producerEpoch) this.producers.set(producerId, { epoch: producerEpoch, next: 0 })
  }

  /** First offset that a read_committed consumer must not see. */
  stable(logStart: number): number {
    const open = this.batches.filter(({ transaction }) => transaction?.ended.has(this.index) === false)
    return Math.max(logStart, Math.min(this.end, ...open.map(each => each.base)))
  }

  /** What a consumer may see from `offset` on. */
  visible(offset: number, committed: boolean, stable: number): { offset: number; value: string }[] {
    return this.batches
      .filter(({ base, transaction }) => !committed || (base < stable && transaction?.committed !== false))
      .flatMap(({ base, values }) => values.map((value, n) => ({ offset: base + n, value })))
      .filter(each => each.offset >= offset)
  }
}

export type ModelState = 'none' | 'empty' | 'ongoing' | 'ending' | 'complete'

/** A transactional id as its coordinator should know it, and the identity that its client has. */
export class ModelProducer {
  readonly id: string
  /** Whether its client knows transaction.version 2. */
  readonly bumps: boolean
  readonly timeoutMs: number
  state: ModelState = 'none'
  who: Identity = { producerId: -1n, producerEpoch: -1 }
  epoch = -1
  committed = false
  transaction: ModelTransaction | undefined
  readonly added = new Set<number>()
  deadline = 0
  /** Order of the last request that the coordinator took. */
  touched = 0
  readonly zombies: Identity[] = []

  constructor(id: string, bumps: boolean, timeoutMs: number) {
    this.id = id
    this.bumps = bumps
    this.timeoutMs = timeoutMs
  }

  get fenced(): boolean {
    return this.who.producerEpoch !== this.epoch
  }

  begin(partition: number, now: number): void {
    if (this.state !== 'ongoing') {
      this.state = 'ongoing'
      this.deadline = now + this.timeoutMs
      this.transaction = { committed: false, ended: new Set() }
    }
    this.added.add(partition)
  }

  finish(commit: boolean): void {
    this.committed = commit
    // What has nothing in it can be ended, too.
    if (this.state !== 'ongoing') this.transaction = undefined
    if (this.transaction) this.transaction.committed = commit
    this.state = 'ending'
  }

  /** Writes the markers that can be written. */
  mark(logs: readonly ModelLog[], hasLeader: (partition: number) => boolean): void {
    const { producerId } = this.who
    for (const partition of this.added) {
      if (!hasLeader(partition)) continue
      logs[partition]!.mark({ producerId, producerEpoch: this.epoch })
      this.transaction?.ended.add(partition)
      this.added.delete(partition)
    }
    if (this.added.size === 0) this.state = 'complete'
  }
}
