/** What is to go wrong with one batch: it is acknowledged and not stored, or stored twice. */
export interface StorageFault {
  readonly kind: 'lose' | 'duplicate'
  /** Hears of the offset that the producer is told, once it is done: a batch that is refused has no such fate. */
  told(baseOffset: number, records: number): void
}
