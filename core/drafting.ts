/** One record, from its draft to the driver: hooks, value, stamp. Allocates nothing, waits for nothing. */
import type { FedRecord } from './api.ts'
import type { ProducerPort } from './driver.ts'
import { createFiller } from './filler.ts'
import { tapped } from './hooks.ts'
import { type Key, PooledDraft, type Target } from './record.ts'
import type { Lane, SenderOptions } from './sender.ts'
import { emptyStamp, STAMP_BYTES, writeStamp } from './stamp.ts'
import type { TransactionalProducer } from './transaction.ts'

/** Bytes; no broker takes more in one record. */
const LARGEST = 2 ** 30
const UNCARRIED = 'consumed offsets are committed by transactions: tap endTransaction'

/** Of a record that was fed: its number, when it is handed over, and from when on there was room for it. */
interface Fed {
  readonly index: number
  readonly enqueuedAt: number
  readonly phase: 0 | 1
  readonly freeAt: number
}

export class Drafting {
  /** Of the only lane. */
  transactions: TransactionalProducer | undefined
  readonly #o: SenderOptions
  readonly #hooks
  readonly #draft = new PooledDraft()
  readonly #stamp = emptyStamp()
  readonly #fill: ReturnType<typeof createFiller>
  /** Bytes from which on a value holds the stamp, and below which a header does. */
  readonly #stampFrom: number
  readonly #headerBelow: number
  /** Of a record that was fed. */
  #value: Uint8Array | undefined

  constructor(options: SenderOptions) {
    this.#o = options
    const { hooks } = options
    // a literal: one hidden class, whatever is tapped
    this.#hooks = {
      keyFor: tapped(hooks.keyFor),
      partitionFor: tapped(hooks.partitionFor),
      sizeFor: tapped(hooks.sizeFor),
      beforeSend: tapped(hooks.beforeSend),
      valueFor: tapped(hooks.valueFor),
      onAck: tapped(hooks.onAck),
    }
    this.#fill = createFiller(options.seed)
    const { stamp } = options.stream
    const inValue = stamp === 'value' || (stamp === 'auto' && this.#hooks.valueFor === undefined)
    this.#stampFrom = inValue ? STAMP_BYTES : Number.POSITIVE_INFINITY
    if (stamp === 'auto') this.#headerBelow = this.#stampFrom
    else this.#headerBelow = stamp === 'header' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
    this.#stamp.run = options.run
    this.#stamp.stream = options.number
  }

  /** What the driver calls back, for one lane. */
  port(
    onRoom: () => void,
    onEvent: ProducerPort['event'],
    onFailure: (error: unknown) => void,
  ): ProducerPort {
    const { ledger } = this.#o
    return {
      outcome: acks => {
        ledger.outcome(acks)
        try {
          this.#hooks.onAck?.call(acks)
        } catch (error) {
          onFailure(error) // the driver is not to see a plugin's error
        }
      },
      room: onRoom,
      event: onEvent,
      late: records => {
        ledger.counts.late[1] += records
      },
      fill: (draft, target, sequence) => {
        if (this.#value !== undefined) return void target.bytes.set(this.#value, target.start)
        const stamped = target.length >= this.#stampFrom
        if (this.#hooks.valueFor === undefined) this.#fill(target, stamped ? STAMP_BYTES : 0, draft.index)
        else {
          // what is not written is zero, and nobody's old memory
          target.bytes.fill(0, target.start, target.start + target.length)
          this.#hooks.valueFor.call(draft, target)
        }
        if (stamped) this.#writeStamp(target, sequence)
      },
      stamp: (_draft, target, sequence) => this.#writeStamp(target, sequence),
    }
  }

  #writeStamp(target: Target, sequence: number): void {
    const s = this.#stamp
    const d = this.#draft
    s.producer = d.producer
    s.index = d.index
    s.sequence = sequence
    s.scheduledAt = d.scheduledAt
    s.enqueuedAt = d.enqueuedAt
    if (this.transactions !== undefined) s.transaction = this.transactions.number
    writeStamp(target.view, target.start, s)
  }

  /** Makes a record, and hands it to the lane's driver. */
  send(lane: Lane, index: number, scheduledAt: number, now: number, phase: 0 | 1): void {
    const { ledger, stream } = this.#o
    const hooks = this.#hooks
    const draft = this.#draft
    draft.begin(index, scheduledAt, now, lane.id)
    try {
      if (hooks.keyFor !== undefined) draft.key = hooks.keyFor.call(null, draft) as Key | null
      if (hooks.partitionFor !== undefined) this.#choosePartition(lane)
      draft.size =
        hooks.sizeFor === undefined
          ? stream.size
          : within('sizeFor', hooks.sizeFor.call(stream.size, draft), -1, LARGEST)
      draft.stampHeader = draft.size < this.#headerBelow
      if (hooks.beforeSend?.call(draft) === false) {
        ledger.drop('plugin', phase)
        return
      }
      lane.producer.append(draft)
    } catch (error) {
      ledger.drop('error', phase)
      throw error
    }
    this.#enqueued(scheduledAt, now, phase)
  }

  /** Hands over a record that was fed: its value is what it is, so that the stamp goes into a header. */
  give(lane: Lane, record: FedRecord, place: Fed): void {
    const { index, enqueuedAt: now, phase, freeAt } = place
    const { ledger, stream } = this.#o
    const hooks = this.#hooks
    const draft = this.#draft
    const { value, headers = [], consumed, at } = record
    draft.begin(index, at, now, lane.id)
    try {
      draft.key = record.key
      if (hooks.keyFor !== undefined) draft.key = hooks.keyFor.call(record.key, draft) as Key | null
      this.#choosePartition(lane)
      draft.size = value?.length ?? -1
      for (const [name, content] of headers) draft.headers.add(name, content)
      draft.stampHeader = stream.stamp !== 'off'
      if (hooks.beforeSend?.call(draft) === false) {
        ledger.drop('plugin', phase)
        return
      }
      this.#value = value ?? undefined
      if (this.transactions !== undefined) this.transactions.carried = consumed
      else if (consumed !== undefined) throw new TypeError(UNCARRIED)
      lane.producer.append(draft)
    } catch (error) {
      ledger.drop('error', phase)
      throw error
    } finally {
      this.#value = undefined
    }
    this.#enqueued(Math.max(at, freeAt), now, phase)
  }

  #choosePartition(lane: Lane): void {
    const { partitionFor } = this.#hooks
    if (partitionFor === undefined) return
    const partition = partitionFor.call(this.#draft, lane.producer.partitions())
    if (partition === undefined) return
    this.#draft.partition = within('partitionFor', partition, 0, lane.producer.partitions() - 1)
  }

  #enqueued(scheduledAt: number, now: number, phase: 0 | 1): void {
    const { transactions } = this
    // what waited for the end of a transaction was not late by the generator's fault
    const since = transactions === undefined ? scheduledAt : Math.max(scheduledAt, transactions.freeAt)
    this.#o.ledger.enqueue(phase, since, now, Math.max(0, this.#draft.size))
  }
}

function within(hook: string, answer: number, low: number, high: number): number {
  if (answer >= low && answer <= high) return answer
  throw new RangeError(`${hook} answered ${answer}, expected ${low} to ${high}`)
}
