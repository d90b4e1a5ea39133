/** The fake driver's log and what reads it back. */
import type { Batch, Consumer, Offsets, TopicInfo } from '../driver.ts'
import { ConsumedRecord } from '../record.ts'
import { STAMP_HEADER } from '../stamp.ts'

export interface Time {
  now(): number
  at(us: number, fn: () => void): void
}
export interface LoggedRecord {
  readonly offset: number
  readonly partition: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly stamp: Buffer | undefined
}

/** Shared by all fake drivers of a thread, so that main and worker see the same topics. */
export const topics = new Map<string, { info: TopicInfo; logs: LoggedRecord[][] }>()

/** Each reads all partitions: there is nobody to share them with. */
export class FakeConsumer implements Consumer {
  readonly #time: Time
  #topic = ''
  #positions: number[] = []
  /** Where it goes on when it comes back: what it was killed with is read again. */
  #committed: number[] = []
  constructor(time: Time) {
    this.#time = time
  }
  async subscribe([topic = '']: readonly string[]): Promise<void> {
    this.#topic = topic
    this.#positions = (topics.get(topic)?.logs ?? []).map((_, p) => this.#committed[p] ?? 0)
  }
  async assign(): Promise<void> {}
  async poll(onBatch: (batch: Batch) => void, o: { timeoutUs: number }): Promise<void> {
    let read = 0
    const polledAt = this.#time.now()
    for (const [partition, log] of (topics.get(this.#topic)?.logs ?? []).entries()) {
      const from = this.#positions[partition] ?? 0
      if (from === log.length) continue
      const records = log.slice(from)
      read += records.length
      this.#positions[partition] = log.length
      onBatch({
        count: records.length,
        polledAt,
        each: fn => {
          for (const record of records) fn(new LogView(this.#topic, record))
        },
      })
    }
    if (read === 0)
      await new Promise<void>(resolve =>
        this.#time.at(this.#time.now() + Math.min(o.timeoutUs, 1000), resolve),
      )
  }
  pause(): void {}
  resume(): void {}
  async commit(offsets: readonly Offsets[] = this.position()): Promise<void> {
    for (const { partition, offset } of offsets) this.#committed[partition] = offset
  }
  async rewind(): Promise<void> {
    this.#positions = this.#positions.map((_, p) => this.#committed[p] ?? 0)
  }
  onEvent(): void {}
  lag() {
    return this.position().map(p => ({
      ...p,
      lag: (topics.get(p.topic)?.logs[p.partition]?.length ?? 0) - p.offset,
    }))
  }
  position() {
    return this.#positions.map((offset, partition) => ({ topic: this.#topic, partition, offset }))
  }
  async leave(): Promise<void> {
    await this.commit()
    this.kill()
  }
  kill(): void {
    this.#positions = []
  }
}

class LogView extends ConsumedRecord {
  readonly #record: LoggedRecord
  constructor(topic: string, record: LoggedRecord) {
    super()
    this.#record = record
    this.topic = topic
    this.partition = record.partition
    this.offset = record.offset
    this.timestamp = 0
    this.bytes = record.value ?? this.bytes
    this.keyLength = record.key?.length ?? -1
    this.valueLength = record.value?.length ?? -1
  }
  key(): Buffer | null {
    return this.#record.key
  }
  value(): Buffer | null {
    return this.#record.value
  }
  header(name: string): Buffer | undefined {
    return name === STAMP_HEADER ? this.#record.stamp : undefined
  }
  findHeader(name: string) {
    const bytes = this.header(name)
    return bytes && { bytes, start: 0, length: bytes.length }
  }
  headers(): [string, Buffer][] {
    const { stamp } = this.#record
    return stamp === undefined ? [] : [[STAMP_HEADER, stamp]]
  }
}
