/** An engine's side of the port, in small: a producer with everything that it called back. */
import { setTimeout as sleep } from 'node:timers/promises'
import type {
  Acks,
  Batch,
  Consumer,
  Driver,
  Key,
  Producer,
  ProducerOptions,
  ProducerPort,
  ProducerSettings,
  RunEvent,
} from '../../core/plugin.ts'
import { PooledDraft } from '../../core/record.ts'
import { STAMP_BYTES } from '../../core/stamp.ts'

const started = process.hrtime.bigint()
/** µs since the tests began. */
export const now = () => Number((process.hrtime.bigint() - started) / 1000n)
export const soon = () => AbortSignal.timeout(10_000)
export const TIMEOUT_US = 20_000_000

export const settings: ProducerSettings = {
  acks: -1,
  idempotent: false,
  compression: 'none',
  lingerUs: 1000,
  batchBytes: 16_384,
  batchRecords: 1_000_000,
  maxInFlight: 5,
  connections: 1,
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
  /** As a record that is given has them: a name may come again, and have no value. */
  readonly given?: readonly (readonly [name: string, value: string | Uint8Array | null])[]
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
  /** µs since t0, as the driver has it. */
  readonly #now: () => number
  readonly #draft = new PooledDraft()
  #value: string | null = null

  private constructor(clock: () => number) {
    this.#now = clock
  }

  static async open(
    driver: Driver,
    topic: string,
    partitions: number,
    changes: Partial<ProducerSettings> = {},
    id = 0,
    others: Partial<ProducerOptions> = {},
    clock: () => number = now,
  ): Promise<Harness> {
    const harness = new Harness(clock)
    const own = { id, topic, partitions, timeoutUs: TIMEOUT_US, settings: { ...settings, ...changes } }
    harness.producer = await driver.producer({ ...own, ...others }, harness.#port())
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
        bytes.fill(0, start, start + STAMP_BYTES)
        bytes.writeUInt32BE(sequence, start)
      },
    }
  }

  append(given: Given = {}): void {
    const draft = this.#draft
    const at = this.#now()
    draft.begin(this.sent, at, at, 0)
    this.#value = given.value === undefined ? `v${this.sent}` : given.value
    draft.key = given.key ?? null
    draft.partition = given.partition ?? -1
    draft.size = this.#value === null ? -1 : Buffer.byteLength(this.#value)
    draft.stampHeader = given.stampHeader ?? false
    if (given.timestamp !== undefined) draft.timestamp = given.timestamp
    for (const [name, value] of Object.entries(given.headers ?? {})) draft.setHeader(name, value)
    for (const [name, value] of given.given ?? []) draft.headers.add(name, value)
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
  /** What became of each record, by its number; one that had two outcomes is an error. */
  states(): Map<number, Acks['state']> {
    const states = new Map<number, Acks['state']>()
    for (const { index, state } of this.outcomes)
      for (const each of index) {
        if (states.has(each)) throw new Error(`record ${each} had two outcomes`)
        states.set(each, state)
      }
    return states
  }
  /** Codes of the error events, in their order. */
  codes(): string[] {
    return this.events.flatMap(each => (each.kind === 'error' ? [each.code] : []))
  }
}

export interface ReadRecord {
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly value: string | null
}

function readInto(records: ReadRecord[], batch: Batch): void {
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

/** Polls until so many records are read, and a little longer, to see that there are no more. */
export async function read(
  consumer: Consumer,
  count: number,
  each?: (batch: Batch) => void,
): Promise<ReadRecord[]> {
  const records: ReadRecord[] = []
  const signal = AbortSignal.timeout(20_000)
  const onBatch = (batch: Batch) => {
    each?.(batch)
    readInto(records, batch)
  }
  while (records.length < count && !signal.aborted)
    await consumer.poll(onBatch, { timeoutUs: 100_000, signal })
  await consumer.poll(onBatch, { timeoutUs: 150_000, signal })
  return records
}

/** Polls in the background, as the engine does, until it is stopped. */
export function keepReading(consumer: Consumer) {
  const records: ReadRecord[] = []
  const stop = new AbortController()
  let failure: Error | undefined
  const loop = async () => {
    while (!stop.signal.aborted)
      await consumer.poll(batch => readInto(records, batch), { timeoutUs: 50_000, signal: stop.signal })
  }
  const ended = loop().catch(error => {
    failure = error as Error
  })
  return {
    records,
    get failure() {
      return failure
    },
    async stop() {
      stop.abort()
      await ended
    },
  }
}

/** Their values, sorted. */
export const valuesOf = (all: readonly ReadRecord[]) => all.map(each => String(each.value)).sort()
/** Where each of them is, as `partition:offset`. */
export const identities = (all: readonly ReadRecord[]) =>
  all.map(({ partition, offset }) => `${partition}:${offset}`)

/** Waits for something that has to come about, however long the machine takes. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  patienceMs = 15_000,
): Promise<void> {
  const end = Date.now() + patienceMs
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not in time: ${what}`)
    await sleep(10)
  }
}
