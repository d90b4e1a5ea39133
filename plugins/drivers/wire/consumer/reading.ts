/** One time of reading, from subscribing or assigning to leaving: fetches, delivers, and may be a member meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Batch, ConsumerOptions, Offsets, RunEvent } from '../../../../core/plugin.ts'
import { errorCodes } from '../../../protocol/errors.ts'
import { backoffMs, type Cluster } from '../cluster.ts'
import { BrokerError } from '../failure.ts'
import { ownPurpose } from '../purpose.ts'
import { untilLed } from '../topic.ts'
import { Coordinator } from './coordinator.ts'
import { Delivery } from './delivery.ts'
import { EpochMember } from './epoch-member.ts'
import { Fetching } from './fetching.ts'
import { positionsOf } from './holdings.ts'
import { Inbox } from './inbox.ts'
import { Links } from './links.ts'
import { Member } from './member.ts'
import type { Membership } from './membership.ts'
import { commitOffsets, endsOf, type Identity } from './offsets.ts'
import { Partition } from './partition.ts'
import { Reports } from './reports.ts'
import { isPassing } from './retrying.ts'
import type { Tuning } from './tuning.ts'

export interface ReadingOptions {
  readonly cluster: Cluster
  readonly options: ConsumerOptions
  readonly tuning: Tuning
  readonly now: () => number
  readonly emit: (event: RunEvent) => void
}

export class Reading {
  readonly #o: ReadingOptions
  readonly #inbox = new Inbox()
  readonly #links: Links
  readonly #fetching: Fetching
  readonly #delivery: Delivery
  readonly #reports: Reports
  readonly #committed: boolean
  #member: Membership | undefined
  #assigned: readonly Partition[] = []
  #failure: Error | undefined
  #ended = false

  constructor(o: ReadingOptions) {
    const { cluster, tuning, now, options, emit } = o
    this.#o = o
    this.#committed = (options.isolation ?? 'read_committed') === 'read_committed'
    this.#reports = new Reports(emit, now)
    this.#links = new Links(cluster, ownPurpose('consumer'))
    const inbox = this.#inbox
    const reports = this.#reports
    this.#fetching = new Fetching({
      cluster,
      links: new Links(cluster, ownPurpose('fetch')),
      tuning,
      committed: this.#committed,
      inbox,
      reports,
      now,
      onOutOfRange: partition => void this.#reset(partition),
      onRefused: error => this.#fail(error),
    })
    const { checksums } = tuning
    this.#delivery = new Delivery({ inbox, fetching: this.#fetching, reports, checksums })
  }

  /** Resolves when it has an assignment and positions. */
  async subscribe(group: string, topics: readonly string[]): Promise<void> {
    const { cluster, tuning, options } = this.#o
    const { from = 'latest', timeoutUs, instance, assignor, protocol } = options
    const Kind = protocol === 'consumer' ? EpochMember : Member
    await this.#untilLed(topics, () => 1)
    this.#member = new Kind({
      cluster,
      links: this.#links,
      group,
      instance,
      assignor,
      topics,
      from,
      committed: this.#committed,
      tuning,
      timeoutUs,
      reports: this.#reports,
      assign: partitions => this.#fetching.assign(partitions),
      onFailed: error => this.#fail(error),
    })
    await this.#member.join()
  }

  async assign(from: readonly Offsets[]): Promise<void> {
    const topics = [...new Set(from.map(each => each.topic))]
    await this.#untilLed(topics, topic =>
      Math.max(...from.filter(each => each.topic === topic).map(each => each.partition + 1)),
    )
    this.#assigned = from.map(({ topic, partition, offset }) => new Partition(topic, partition, offset, -1))
    this.#fetching.assign(this.#assigned)
  }

  /** @param partitions that each topic has at least. */
  async #untilLed(topics: readonly string[], partitions: (topic: string) => number): Promise<void> {
    const { cluster, options } = this.#o
    const { timeoutUs } = options
    await Promise.all(topics.map(each => untilLed(cluster, each, partitions(each), timeoutUs, 'Read')))
    if (this.#ended) throw new Error('the consumer left before it had joined')
  }

  async poll(
    onBatch: (batch: Batch) => void,
    options: { readonly timeoutUs: number; readonly signal: AbortSignal },
  ): Promise<void> {
    if (this.#failure === undefined) await this.#delivery.poll(onBatch, options)
    if (this.#failure !== undefined) throw this.#failure
  }

  set paused(paused: boolean) {
    this.#delivery.paused = paused
    this.#fetching.paused = paused
    if (!paused) this.#inbox.wake()
  }

  get partitions(): readonly Partition[] {
    return this.#member?.partitions ?? this.#assigned
  }

  get membership(): Identity | undefined {
    return this.#member?.identity
  }

  /** @param offsets by default how far it has read what it has. */
  async commit(group: string, offsets?: readonly Offsets[]): Promise<void> {
    if (this.#member) return this.#member.commit(offsets)
    const all = offsets ?? positionsOf(this.#assigned)
    if (all.length === 0) return
    const nobody = { groupId: group, generation: -1, memberId: '', instance: undefined }
    await commitOffsets(new Coordinator(this.#o.cluster, this.#links, group), nobody, all)
  }

  /** @throws Error for what is no member; what trying again does not help. */
  async rewind(): Promise<void> {
    if (this.#member === undefined) throw new Error('only members of a group have offsets to go back to')
    await this.#member.rewind()
  }

  /** The log has not the offset that was asked for: goes on where the log begins or ends now. */
  async #reset(partition: Partition): Promise<void> {
    const { cluster, options } = this.#o
    const { topic, number } = partition
    const at = options.from ?? 'latest'
    for (let failures = 1; partition.active; failures++) {
      try {
        const wanted = [{ topic, partition: number }]
        const asking = { cluster, links: this.#links, committed: this.#committed }
        const [end] = await endsOf(wanted, at, asking)
        if (end === undefined) throw new BrokerError(errorCodes.UNKNOWN_TOPIC_OR_PARTITION, `${partition}`)
        if (partition.active) this.#fetching.seek(partition, end.offset)
        return
      } catch (error) {
        if (!partition.active) return
        if (!isPassing(error)) return this.#fail(error as Error)
        this.#reports.failure(error as Error)
        await cluster.refresh([topic]).catch(reason => this.#reports.failure(reason as Error))
        await sleep(backoffMs(failures), undefined, { ref: false })
      }
    }
  }

  #fail(error: Error): void {
    if (this.#ended) return
    this.#failure = error
    this.#fetching.assign([])
    this.#inbox.wake()
  }

  async leave(): Promise<void> {
    this.#stop()
    await this.#member?.leave()
    this.#links.end()
  }
  kill(): void {
    this.#stop()
    this.#member?.kill()
    this.#links.end()
  }
  #stop(): void {
    this.#ended = true
    this.#fetching.end()
    this.#inbox.wake()
  }
}
