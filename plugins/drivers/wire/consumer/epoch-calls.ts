/** What a member of a KIP-848 group and its coordinator say to one another: one request for everything. */
import { randomUUID } from 'node:crypto'
import { ConnectError } from '../../../../core/plugin.ts'
import { errorCodes } from '../../../protocol/errors.ts'
import { consumerGroupHeartbeat } from '../../../protocol/messages/groups.ts'
import type { Cluster } from '../cluster.ts'
import { addressText, BrokerError, LinkError } from '../failure.ts'
import type { Coordinator } from './coordinator.ts'
import type { Identity, PartitionName } from './offsets.ts'
import type { Tuning } from './tuning.ts'

/** Instead of an epoch: to leave for good, or for a while where it has an instance. */
const LEAVE = -1
const LEAVE_FOR_A_WHILE = -2

/** Partitions of a topic that only its id is told of. */
export interface Share {
  readonly topicId: string
  readonly partitions: readonly number[]
}

export interface EpochAnswer {
  readonly intervalMs: number
  /** What the member is to have; undefined: as before. */
  readonly assigned: readonly Share[] | undefined
}

export interface EpochOptions {
  readonly cluster: Cluster
  readonly coordinator: Coordinator
  readonly group: string
  readonly instance: string | undefined
  readonly topics: readonly string[]
  readonly tuning: Tuning
}

export class EpochCalls {
  readonly #o: EpochOptions
  /** Its own from version 1 on; before that the broker gives another one. */
  #memberId = randomUUID() as string
  #epoch = 0
  /** The group may know it: it is to be told when it leaves. */
  #asked = false
  /** What the group was told that the member has; undefined: it is to be told everything. */
  #told: string | undefined

  constructor(options: EpochOptions) {
    this.#o = options
  }

  get identity(): Identity {
    const { group: groupId, instance } = this.#o
    return { groupId, instance, memberId: this.#memberId, generation: this.#epoch }
  }

  /**
   * Joins or stays, and says what the member has where that is news.
   * @throws BrokerError, LinkError, NoBrokerError, MalformedError; ConnectError where groups have no such protocol.
   */
  async beat(owned: readonly Share[]): Promise<EpochAnswer> {
    const { coordinator, group, topics, tuning, instance } = this.#o
    const says = JSON.stringify(owned)
    const told = this.#told
    const everything = told === undefined
    this.#asked = true
    // until there is an answer it may not have arrived
    this.#told = undefined
    const answer = await coordinator.call(consumerGroupHeartbeat, {
      groupId: group,
      memberId: this.#memberId,
      memberEpoch: this.#epoch,
      instanceId: instance ?? null,
      rebalanceTimeoutMs: everything ? tuning.rebalanceMs : -1,
      subscribedTopicNames: everything ? topics : null,
      topicPartitions: says === told ? null : owned,
    })
    this.#check(answer.errorCode, answer.errorMessage)
    this.#told = says
    this.#epoch = answer.memberEpoch
    this.#memberId = answer.memberId || this.#memberId
    return { intervalMs: answer.heartbeatIntervalMs, assigned: answer.assignment?.topicPartitions }
  }

  /** The group does not know it in this epoch: it joins as one that has nothing. */
  forget(): void {
    this.#epoch = 0
    this.#told = undefined
  }

  /** A static member comes back, to what it has. */
  async leave(): Promise<void> {
    const { coordinator, group: groupId, instance = null } = this.#o
    if (!this.#asked) return
    await coordinator.call(consumerGroupHeartbeat, {
      groupId,
      memberId: this.#memberId,
      memberEpoch: instance === null ? LEAVE : LEAVE_FOR_A_WHILE,
      instanceId: instance,
    })
  }

  /** Those whose topics are known by their ids, and the names of all partitions in them. */
  named(shares: readonly Share[]): {
    readonly known: readonly Share[]
    readonly names: readonly PartitionName[]
  } {
    const { cluster, topics } = this.#o
    const names = new Map(topics.map(topic => [cluster.topic(topic)?.id, topic]))
    const known = shares.filter(({ topicId }) => names.has(topicId))
    return {
      known,
      names: known.flatMap(({ topicId, partitions }) =>
        partitions.map(partition => ({ topic: names.get(topicId) as string, partition })),
      ),
    }
  }

  #check(code: number, message: string | null): void {
    if (code === 0) return
    this.#o.coordinator.passes(code)
    const { group, instance } = this.#o
    const unsupported = code === errorCodes.UNSUPPORTED_VERSION
    if (unsupported) throw noSuchGroups(`the coordinator of group ${group}`)
    const taken = `another consumer has instance ${instance}, and has not left or is not given up yet`
    const detail = code === errorCodes.UNRELEASED_INSTANCE_ID ? taken : message
    throw new BrokerError(code, `group ${group}`, detail)
  }
}

/** @param broker whom the driver would connect to. */
export function noSuchGroups(broker: string): ConnectError {
  return new ConnectError(
    broker,
    'it has no consumer groups of KIP-848',
    'Use Apache Kafka 4.0 or later with group.version 1, or set consumers.protocol to classic.',
  )
}

/** Throws where the broker at hand has no such groups. */
export async function checkProtocol(cluster: Cluster): Promise<void> {
  const link = await cluster.any()
  try {
    link.version(consumerGroupHeartbeat)
  } catch (error) {
    if (!(error instanceof LinkError)) throw error
    throw noSuchGroups(addressText(link.address))
  }
}
