/** Epochs remembered for each partition: the oldest go first. */
const MAX_EPOCHS = 100
const UNDEFINED_EPOCH = -1

interface Range {
  readonly logStartOffset: number
  readonly logEndOffset: number
}

/** Where each leader's part of a partition begins. */
export class EpochHistory {
  #entries: { readonly epoch: number; readonly start: number }[] = []

  /** A leader begins at `start`; leaders before it that have written nothing leave no trace. */
  begin(epoch: number, start: number): void {
    const kept = this.#entries.filter(each => each.start < start && each.epoch < epoch)
    this.#entries = [...kept, { epoch, start }].slice(-MAX_EPOCHS)
  }

  /**
   * The epoch, or the one before it that has records here, with the offset after its last record; undefined for one that
   * is not known. Below the first one that is known it is where that begins.
   */
  endOf(epoch: number, log: Range): { readonly epoch: number; readonly endOffset: number } | undefined {
    const entries = this.#within(log)
    if (epoch === UNDEFINED_EPOCH) return undefined
    if (entries.at(-1)?.epoch === epoch) return { epoch, endOffset: log.logEndOffset }
    const higher = entries.findIndex(each => each.epoch > epoch)
    if (higher < 0) return undefined
    return {
      epoch: entries[higher - 1]?.epoch ?? epoch,
      endOffset: Math.max(entries[higher]!.start, log.logStartOffset),
    }
  }

  /** The epoch of the record at `offset`, −1 when it is not known. */
  at(offset: number, log: Range): number {
    return this.#within(log).findLast(each => each.start <= offset)?.epoch ?? -1
  }

  /** The entries that still have records; the first begins no earlier than the log. */
  #within({ logStartOffset }: Range) {
    const first = this.#entries.findLastIndex(each => each.start <= logStartOffset)
    if (first <= 0) return this.#entries
    this.#entries = this.#entries.slice(first)
    return this.#entries
  }
}
