/** The consumer as the engine sees it: polled, and free to leave and join again. */
import { randomUUID } from 'node:crypto'
import type { Batch, Consumer, ConsumerOptions, Offsets, RunEvent } from '../../../core/plugin.ts'
import { Membership } from './membership.ts'
import type { Context } from './producer.ts'

/** As the Java client's auto.commit.interval.ms. */
const COMMIT_US = 5_000_000
const SESSION_US = 30_000_000

export class KafkajsConsumer implements Consumer {
  readonly #context: Context
  readonly #options: ConsumerOptions
  readonly #listeners: ((event: RunEvent) => void)[] = []
  #member: Membership | undefined

  constructor(context: Context, options: ConsumerOptions) {
    this.#context = context
    this.#options = options
  }

  async subscribe(topics: readonly string[]): Promise<void> {
    const { group } = this.#options
    if (group === undefined) throw new Error('a consumer without a group cannot subscribe: use assign')
    await this.#join(group, topics, undefined)
  }

  /**
   * kafkajs reads as a member of a group only: a group of its own, of one member and without commits, which brokers forget
   * in time once it is left. They let a new group wait for members first (group.initial.rebalance.delay.ms, 3 s by default).
   */
  async assign(from: readonly Offsets[]): Promise<void> {
    const topics = [...new Set(from.map(each => each.topic))]
    await this.#join(`kafka-loadtest-assigned-${randomUUID()}`, topics, from)
  }

  async #join(
    group: string,
    topics: readonly string[],
    fixed: readonly Offsets[] | undefined,
  ): Promise<void> {
    if (this.#member !== undefined) throw new Error('the consumer is reading already: leave first')
    const { isolation = 'read_committed', from = 'latest', timeoutUs, fetch = {} } = this.#options
    const { commitUs = COMMIT_US, sessionTimeoutUs = SESSION_US } = this.#options
    const emit = (event: RunEvent) => {
      for (const listener of this.#listeners) listener(event)
    }
    const member = new Membership(this.#context, {
      group,
      topics,
      isolation,
      from,
      timeoutUs,
      fetch,
      sessionTimeoutUs,
      commitUs,
      fixed,
      emit,
    })
    this.#member = member
    try {
      await member.join()
    } catch (error) {
      if (this.#member === member) this.#member = undefined
      throw this.#context.explain(error)
    }
  }

  get #joined(): Membership {
    if (this.#member === undefined) throw new Error('the consumer is not reading: subscribe or assign first')
    return this.#member
  }

  async poll(
    onBatch: (batch: Batch) => void,
    options: { readonly timeoutUs: number; readonly signal: AbortSignal },
  ): Promise<void> {
    await this.#joined.poll(onBatch, options)
  }
  pause(): void {
    this.#joined.pause()
  }
  resume(): void {
    this.#joined.resume()
  }

  /** Without offsets: the positions. They are committed every now and then, before a rebalance and on `leave` anyway. */
  async commit(offsets: readonly Offsets[] = this.position()): Promise<void> {
    if (this.#options.group === undefined)
      throw new Error('a consumer without a group has nothing to commit to')
    if (offsets.length > 0) await this.#joined.commit(offsets)
  }
  async rewind(): Promise<void> {
    await this.#joined.rewind()
  }
  onEvent(fn: (event: RunEvent) => void): void {
    this.#listeners.push(fn)
  }

  lag() {
    const positions = this.#member?.positions ?? []
    return positions.map(({ topic, partition, offset, end }) => ({
      topic,
      partition,
      lag: Math.max(0, end - offset),
    }))
  }
  position(): readonly Offsets[] {
    const positions = this.#member?.positions ?? []
    return positions.map(({ topic, partition, offset }) => ({ topic, partition, offset }))
  }

  async leave(): Promise<void> {
    const member = this.#member
    this.#member = undefined
    await member?.leave()
  }
  kill(): void {
    this.#member?.kill()
    this.#member = undefined
  }
}
