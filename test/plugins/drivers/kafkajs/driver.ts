/** What the tests of the driver share: an engine's side of the port, in small. */

import type {
  Acks,
  Batch,
  Consumer,
  Driver,
  Key,
  Producer,
  ProducerPort,
  ProducerSettings,
  RunEvent,
} from '../../../../core/plugin.ts'
import { PooledDraft } from '../../../../core/record.ts'
import { KafkajsDriver } from '../../../../plugins/drivers/kafkajs/driver.ts'

const started = process.hrtime.bigint()
/** µs since the tests began. */
export const now = () => Number((process.hrtime.bigint() - started) / 1000n)
export const soon = () => AbortSignal.timeout(10_000)
export const TIMEOUT_US = 20_000_000

export function driverFor(...brokers: string[]): Driver {
  return new KafkajsDriver(brokers, now, TIMEOUT_US)
}

export const settings: ProducerSettings = {
  acks: -1,
  idempotent: false,
  compression: 'none',
  lingerUs: 1000,
  batchBytes: 16_384,
  maxInFlight: 5,
  bufferBytes: 32 << 20,
  bufferRecords: 100_000,
  deliveryTimeoutUs: 20_000_000,
}

export interface Outcome extends Omit<Acks, 'index' | 'scheduledAt' | 'enqueuedAt'> {
  readonly index: readonly number[]
  readonly scheduledAt: readonly number[]
  readonly enqueuedAt: readonly number[]
}
export interface Given {
  readonly key?: Key | null
  /** undefined: `v<index>`; null: a tombstone. */
  readonly value?: string | null
  readonly partition?: number
  readonly headers?: Readonly<Record<string, string | Uint8Array>>
  readonly timestamp?: number
  readonly stampHeader?: boolean
}

/** A producer with everything it called back. Values are what `Given` says; stamps hold partition's sequence. */
export class Harness {
  readonly outcomes: Outcome[] = []
  readonly events: RunEvent[] = []
  late = 0
  rooms = 0
  sent = 0
  producer!: Producer
  readonly #draft = new PooledDraft()
  #value: string | null = null

  static async open(
    driver: Driver,
    topic: string,
    partitions: number,
    changes: Partial<ProducerSettings> = {},
    id = 0,
  ): Promise<Harness> {
    const harness = new Harness()
    const options = { id, topic, partitions, timeoutUs: TIMEOUT_US, settings: { ...settings, ...changes } }
    harness.producer = await driver.producer(options, harness.#port())
    return harness
  }

  #port(): ProducerPort {
    return {
      outcome: acks => {
        const { count, index, scheduledAt, enqueuedAt } = acks
        const copy = (column: Float64Array) => [...column.subarray(0, count)]
        this.outcomes.push({
          ...acks,
          index: copy(index),
          scheduledAt: copy(scheduledAt),
          enqueuedAt: copy(enqueuedAt),
        })
      },
      room: () => void this.rooms++,
      event: event => void this.events.push(event),
      late: records => {
        this.late += records
      },
      fill: (_, target) => {
        target.bytes.write(this.#value ?? '', target.start, target.length)
      },
      stamp: (_, { bytes, start }, sequence) => {
        bytes.fill(0, start, start + 52)
        bytes.writeUInt32BE(sequence, start)
      },
    }
  }

  append(given: Given = {}): void {
    const draft = this.#draft
    const at = now()
    draft.begin(this.sent, at, at, 0)
    this.#value = given.value === undefined ? `v${this.sent}` : given.value
    draft.key = given.key ?? null
    draft.partition = given.partition ?? -1
    draft.size = this.#value === null ? -1 : Buffer.byteLength(this.#value)
    draft.stampHeader = given.stampHeader ?? false
    if (given.timestamp !== undefined) draft.timestamp = given.timestamp
    for (const [name, value] of Object.entries(given.headers ?? {})) draft.setHeader(name, value)
    this.producer.append(draft)
    this.sent++
  }

  /** Records the driver holds, counted as the engine counts them. */
  held(): number {
    let records = 0
    this.producer.held(batch => {
      records += batch.count
    })
    return records
  }
  count(state: Acks['state']): number {
    return this.outcomes.filter(each => each.state === state).reduce((sum, each) => sum + each.count, 0)
  }
  errors(): Set<string> {
    return new Set(this.outcomes.map(each => each.error))
  }
  /** sent = acked + failed + unknown + held, at this instant. */
  balance(): number {
    return this.sent - this.count('acked') - this.count('failed') - this.count('unknown') - this.held()
  }
}

export interface ReadRecord {
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly value: string | null
}

/** Polls until so many records are read (or `done` says so), and a little longer, to see that there are no more. */
export async function read(
  consumer: Consumer,
  count: number,
  each?: (batch: Batch) => void,
): Promise<ReadRecord[]> {
  const records: ReadRecord[] = []
  const signal = AbortSignal.timeout(20_000)
  const onBatch = (batch: Batch) => {
    each?.(batch)
    batch.each(view => {
      const { partition, offset } = view
      records.push({
        partition,
        offset,
        key: view.key()?.toString() ?? null,
        value: view.value()?.toString() ?? null,
      })
    })
  }
  while (records.length < count && !signal.aborted)
    await consumer.poll(onBatch, { timeoutUs: 100_000, signal })
  await consumer.poll(onBatch, { timeoutUs: 150_000, signal })
  return records
}

export async function until(what: string, condition: () => boolean): Promise<void> {
  const end = Date.now() + 15_000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not in time: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
