/** What the engine is told of records that ended: a batch's columns, or a record that was not taken. */
import type { Acks, Draft, ProducerOptions, ProducerPort } from '../../../../core/plugin.ts'
import type { Batch } from './batch.ts'

export class Outcomes {
  readonly #options: ProducerOptions
  readonly #port: ProducerPort
  readonly #now: () => number

  constructor(options: ProducerOptions, port: ProducerPort, now: () => number) {
    this.#options = options
    this.#port = port
    this.#now = now
  }

  /** @param transaction number of the one it is in. */
  ended(batch: Batch, state: Acks['state'], error: string, baseOffset: number, transaction = -1): void {
    const { partition, wireAt, baseSequence, count, index, scheduledAt, enqueuedAt } = batch
    this.#port.outcome({
      ...this.#common(state, error, wireAt, transaction),
      ...{ partition, baseSequence, baseOffset, bytes: batch.valueBytes, count },
      ...{ index, scheduledAt, enqueuedAt },
    })
  }

  /** It has no partition and no sequence. */
  notTaken(draft: Draft, error: string, transaction = -1): void {
    this.#port.outcome({
      ...this.#common('failed', error, Number.NaN, transaction),
      ...{ partition: -1, baseSequence: -1, baseOffset: -1 },
      bytes: Math.max(0, draft.size),
      count: 1,
      index: Float64Array.of(draft.index),
      scheduledAt: Float64Array.of(draft.scheduledAt),
      enqueuedAt: Float64Array.of(draft.enqueuedAt),
    })
  }

  #common(state: Acks['state'], error: string, wireAt: number, transaction: number) {
    const { id, topic } = this.#options
    return { topic, state, error, wireAt, ackedAt: this.#now(), producer: id, transaction }
  }
}
