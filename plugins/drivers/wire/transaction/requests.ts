/** What a transactional producer asks of coordinators, by either of the two protocols. */
import type { Offsets, ProducerOptions } from '../../../../core/plugin.ts'
import { errorCodes } from '../../../protocol/errors.ts'
import { initProducerId } from '../../../protocol/messages/produce.ts'
import {
  addOffsetsToTxn,
  addPartitionsToTxn,
  endTxn,
  txnOffsetCommit,
} from '../../../protocol/messages/transactions.ts'
import type { Cluster } from '../cluster.ts'
import type { Identity as Membership } from '../consumer/offsets.ts'
import type { Identity } from '../producer/sequences.ts'
import { ownPurpose } from '../purpose.ts'
import { Coordinator, type Patience } from './coordinator.ts'

/** The cluster's level of transaction.version from which on each end gives the producer a new epoch (KIP-890). */
const V2 = 2
/** Newest versions of the protocol before that, and of it. AddPartitionsToTxn is the brokers' own from 4 on. */
const CLASSIC = { addPartitions: 3, addOffsets: 4, commitOffsets: 4, end: 4 } as const
const NEW = { commitOffsets: 5, end: 5 } as const
const NOBODY: Identity = { producerId: -1n, producerEpoch: -1 }
/** Kafka's own default: shorter ones gain nothing. */
const LEAST_TIMEOUT_MS = 60_000

/**
 * ms after which the coordinator aborts a transaction that has not ended, transaction.timeout.ms: what its last records may take,
 * and then its end; at least a minute.
 */
export function transactionTimeoutMs({ settings, timeoutUs }: ProducerOptions): number {
  return Math.max(LEAST_TIMEOUT_MS, Math.ceil((settings.deliveryTimeoutUs + timeoutUs) / 1000))
}

export class TransactionRequests {
  /** Whether transactions are of version 2; known after the first `init`. */
  v2 = false
  readonly transactionalId: string
  readonly #cluster: Cluster
  readonly #options: ProducerOptions
  readonly #purpose: string
  readonly #patience: Patience
  readonly #coordinator: Coordinator
  readonly #groups = new Map<string, Coordinator>()

  /** @param signal ends all asking. */
  constructor(cluster: Cluster, transactionalId: string, options: ProducerOptions, signal: AbortSignal) {
    const { timeoutUs } = options
    this.transactionalId = transactionalId
    this.#cluster = cluster
    this.#options = options
    // one that fences another of the same id goes on when the other hangs up
    this.#purpose = ownPurpose('transaction')
    this.#patience = { timeoutMs: timeoutUs / 1000, signal }
    this.#coordinator = new Coordinator(cluster, 'transaction', transactionalId, this.#purpose)
  }

  /** Whether something that was asked since the last call may take effect late. */
  takeDoubt(): boolean {
    let doubt = false
    for (const each of [this.#coordinator, ...this.#groups.values()]) {
      doubt ||= each.doubtful
      each.doubtful = false
    }
    return doubt
  }

  /** Fences who has the id. @param identity of the producer that goes on; undefined for a new one, which fences them all. */
  async init(identity: Identity = NOBODY) {
    const request = {
      transactionalId: this.transactionalId,
      transactionTimeoutMs: transactionTimeoutMs(this.#options),
      ...identity,
    }
    const reply = await this.#coordinator.ask(
      initProducerId,
      initProducerId.max,
      request,
      answer => answer.errorCode,
      this.#patience,
    )
    if (reply.code === 0 && identity === NOBODY)
      this.v2 = (await this.#coordinator.link()).feature('transaction.version') >= V2
    return reply
  }

  /** Classic only: these are about to be written to. */
  addPartitions({ producerId, producerEpoch }: Identity, partitions: number[]) {
    const request = {
      v3AndBelowTransactionalId: this.transactionalId,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: [{ name: this.#options.topic, partitions }],
    }
    return this.#coordinator.ask(
      addPartitionsToTxn,
      CLASSIC.addPartitions,
      request,
      ({ resultsByTopicV3AndBelow }) =>
        firstError(
          resultsByTopicV3AndBelow.flatMap(topic =>
            topic.resultsByPartition.map(each => each.partitionErrorCode),
          ),
        ),
      this.#patience,
    )
  }

  /** Commits for the member when the transaction is committed: a final code, or why there is none. */
  async commitOffsets(identity: Identity, membership: Membership, offsets: readonly Offsets[]) {
    const { transactionalId, v2 } = this
    const { groupId } = membership
    if (!v2) {
      const added = await this.#coordinator.ask(
        addOffsetsToTxn,
        CLASSIC.addOffsets,
        { transactionalId, ...identity, groupId },
        answer => answer.errorCode,
        this.#patience,
      )
      if (added.code !== 0) return added
    }
    let group = this.#groups.get(groupId)
    if (group === undefined) {
      group = new Coordinator(this.#cluster, 'group', groupId, this.#purpose)
      this.#groups.set(groupId, group)
    }
    const request = {
      ...{ transactionalId, ...identity, groupId },
      generationId: membership.generation,
      memberId: membership.memberId,
      groupInstanceId: membership.instance ?? null,
      topics: [...Map.groupBy(offsets, each => each.topic)].map(([name, all]) => ({
        name,
        partitions: all.map(({ partition, offset }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedMetadata: '',
        })),
      })),
    }
    return group.ask(
      txnOffsetCommit,
      (v2 ? NEW : CLASSIC).commitOffsets,
      request,
      ({ topics }) => firstError(topics.flatMap(each => each.partitions.map(({ errorCode }) => errorCode))),
      this.#patience,
    )
  }

  end(identity: Identity, committed: boolean, patience = this.#patience) {
    return this.#coordinator.ask(
      endTxn,
      (this.v2 ? NEW : CLASSIC).end,
      { transactionalId: this.transactionalId, ...identity, committed },
      answer => answer.errorCode,
      patience,
    )
  }

  close(): void {
    this.#coordinator.close()
    for (const each of this.#groups.values()) each.close()
  }
}

/** Of all, the one that says most: partitions that were not tried because of another one only say so. */
function firstError(codes: readonly number[]): number {
  const errors = codes.filter(code => code !== 0)
  return errors.find(code => code !== errorCodes.OPERATION_NOT_ATTEMPTED) ?? errors[0] ?? 0
}
