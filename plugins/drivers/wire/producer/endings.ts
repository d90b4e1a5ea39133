/** Batches that end without another attempt: their time is over, or their transaction can only be aborted. */
import type { ProducerSettings } from '../../../../core/plugin.ts'
import type { Accumulator } from './accumulator.ts'
import type { Batch } from './batch.ts'
import type { PartitionQueue } from './queue.ts'

export const LATE = 'DeliveryTimeout'

export class Endings {
  readonly #accumulator: Accumulator
  readonly #settings: ProducerSettings
  readonly #now: () => number
  readonly #giveUp: (queue: PartitionQueue, batch: Batch) => void

  /** @param giveUp ends a batch that waits no more, by what its attempts came to. */
  constructor(
    accumulator: Accumulator,
    settings: ProducerSettings,
    now: () => number,
    giveUp: (queue: PartitionQueue, batch: Batch) => void,
  ) {
    this.#accumulator = accumulator
    this.#settings = settings
    this.#now = now
    this.#giveUp = giveUp
  }

  /** Ends what is older than it may become. @param trouble why something was not sent lately. */
  sweep(trouble: string): void {
    const since = this.#now() - this.#settings.deliveryTimeoutUs
    const isLate = (batch: Batch) => batch.openedAt < since
    const bound = `within producer.deliveryTimeout of ${this.#settings.deliveryTimeoutUs / 1e6} s`
    for (const queue of this.#accumulator.queues) {
      for (const batch of queue.sent.filter(isLate)) {
        queue.unsend(batch)
        batch.error = LATE
        batch.message = `no answer ${bound}`
        this.#giveUp(queue, batch)
      }
      for (let first = queue.first(); first !== undefined && isLate(first); first = queue.first()) {
        this.#accumulator.shift(queue)
        if (first.attempts === 0) first.message = `not sent ${bound}: ${trouble}`
        this.#giveUp(queue, first)
      }
    }
  }

  /** Ends what waits; what is under way may still be answered. */
  abandon({ error, message }: { readonly error: string; readonly message: string }): void {
    for (const queue of this.#accumulator.queues) {
      for (
        let batch = this.#accumulator.shift(queue);
        batch !== undefined;
        batch = this.#accumulator.shift(queue)
      ) {
        if (batch.error === '') {
          batch.error = error
          batch.message = `not sent, since its transaction can only be aborted: ${message}`
        }
        this.#giveUp(queue, batch)
      }
    }
  }
}
