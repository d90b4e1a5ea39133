/** The consumer as the engine sees it: polled, and free to leave and join again. */
import type { Batch, Consumer, ConsumerOptions, Offsets, RunEvent } from '../../../../core/plugin.ts'
import type { Cluster } from '../cluster.ts'
import { checkProtocol } from './epoch-calls.ts'
import { positionsOf } from './holdings.ts'
import type { Identity } from './offsets.ts'
import { Reading } from './reading.ts'
import { type Tuning, tuned } from './tuning.ts'

export class WireConsumer implements Consumer {
  readonly #cluster: Cluster
  readonly #options: ConsumerOptions
  readonly #now: () => number
  readonly #tuning: Tuning
  readonly #listeners: ((event: RunEvent) => void)[] = []
  #reading: Reading | undefined
  #paused = false

  private constructor(cluster: Cluster, options: ConsumerOptions, now: () => number, tuning: Tuning) {
    this.#cluster = cluster
    this.#options = options
    this.#now = now
    this.#tuning = tuning
  }

  /**
   * Resolves when a broker answers.
   * @param now µs since t0.
   * @throws NoBrokerError; ConnectError where there are no groups of the protocol.
   */
  static async open(
    cluster: Cluster,
    options: ConsumerOptions,
    now: () => number,
    tuning: Partial<Tuning> = {},
  ): Promise<WireConsumer> {
    await cluster.any()
    if (options.protocol === 'consumer') await checkProtocol(cluster)
    return new WireConsumer(cluster, options, now, { ...tuned(options), ...tuning })
  }

  async subscribe(topics: readonly string[]): Promise<void> {
    const { group } = this.#options
    if (group === undefined) throw new Error('a consumer without a group cannot subscribe: use assign')
    await this.#read(reading => reading.subscribe(group, topics))
  }

  /** With a group too: nothing is committed but by `commit`, which then needs a group without members. */
  async assign(from: readonly Offsets[]): Promise<void> {
    await this.#read(reading => reading.assign(from))
  }

  async #read(begin: (reading: Reading) => Promise<void>): Promise<void> {
    if (this.#reading !== undefined) throw new Error('the consumer is reading already: leave first')
    const emit = (event: RunEvent) => {
      for (const listener of this.#listeners) listener(event)
    }
    const reading = new Reading({
      cluster: this.#cluster,
      options: this.#options,
      tuning: this.#tuning,
      now: this.#now,
      emit,
    })
    reading.paused = this.#paused
    this.#reading = reading
    try {
      await begin(reading)
    } catch (error) {
      // one that was left meanwhile is saying its farewell
      if (this.#reading === reading) {
        this.#reading = undefined
        reading.kill()
      }
      throw this.#cluster.explain(error)
    }
  }

  get #begun(): Reading {
    if (this.#reading === undefined) throw new Error('the consumer is not reading: subscribe or assign first')
    return this.#reading
  }

  async poll(
    onBatch: (batch: Batch) => void,
    options: { readonly timeoutUs: number; readonly signal: AbortSignal },
  ): Promise<void> {
    await this.#begun.poll(onBatch, options)
  }
  pause(): void {
    this.#paused = true
    if (this.#reading) this.#reading.paused = true
  }
  resume(): void {
    this.#paused = false
    if (this.#reading) this.#reading.paused = false
  }

  /** Without offsets: the positions. A member's are committed every now and then, before a rebalance and on `leave` anyway. */
  async commit(offsets?: readonly Offsets[]): Promise<void> {
    const { group } = this.#options
    if (group === undefined) throw new Error('a consumer without a group has nothing to commit to')
    // with nothing to say there need be nobody reading
    const reading = offsets?.length ? this.#begun : this.#reading
    await reading?.commit(group, offsets)
  }
  async rewind(): Promise<void> {
    await this.#begun.rewind()
  }
  onEvent(fn: (event: RunEvent) => void): void {
    this.#listeners.push(fn)
  }

  lag() {
    const partitions = this.#reading?.partitions ?? []
    return partitions.map(({ topic, number: partition, lag }) => ({ topic, partition, lag }))
  }
  position(): readonly Offsets[] {
    return positionsOf(this.#reading?.partitions ?? [])
  }

  /** As whom it commits, for transactions that commit for it; undefined: it is no member of a group. */
  get membership(): Identity | undefined {
    return this.#reading?.membership
  }

  async leave(): Promise<void> {
    const reading = this.#reading
    this.#reading = undefined
    await reading?.leave()
  }
  kill(): void {
    this.#reading?.kill()
    this.#reading = undefined
  }
}
