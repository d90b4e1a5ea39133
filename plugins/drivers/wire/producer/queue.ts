/** One partition's batches, oldest first: those under way, those that wait, and the open one. */
import type { Batch } from './batch.ts'

export class PartitionQueue {
  readonly id: number
  /** Number of the leading node; -1: none is known. */
  leader = -1
  open: Batch | undefined
  /** Never sent, or to be sent again. */
  readonly closed: Batch[] = []
  /** Sent, without outcome or answer. */
  readonly sent: Batch[] = []
  /** Records it was given so far. */
  appended = 0
  /** µs since t0 before which nothing goes out: an attempt failed. */
  notBefore = Number.NEGATIVE_INFINITY
  /** Bytes of memory to open the next batch with: what the last one came to. */
  expected = 0

  /** Who sends, of which epoch, and the next sequence; see sequences.ts. */
  producerId = -1n
  producerEpoch = -1
  nextSequence = 0
  /** A batch with a sequence was given up: unless it was written after all, the broker takes none that follows. */
  gap = false
  /** The partition has acked a batch of this epoch. */
  known = false

  constructor(id: number) {
    this.id = id
  }

  get empty(): boolean {
    return this.open === undefined && this.closed.length === 0
  }
  first(): Batch | undefined {
    return this.closed[0] ?? this.open
  }

  /** Whether an older batch has no outcome yet. */
  hasBefore(batch: Batch): boolean {
    const older = (each: Batch) => each.baseSequence < batch.baseSequence
    return this.sent.some(older) || this.closed.some(older)
  }

  /** Takes batches in among those that wait, by their age. */
  putBack(...batches: readonly Batch[]): void {
    for (const batch of batches) {
      const after = this.closed.findIndex(each => each.baseSequence > batch.baseSequence)
      this.closed.splice(after === -1 ? this.closed.length : after, 0, batch)
    }
  }

  unsend(batch: Batch): void {
    const at = this.sent.indexOf(batch)
    if (at !== -1) this.sent.splice(at, 1)
  }
}
