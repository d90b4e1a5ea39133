/** One rebalance as a member goes through it: everybody joins, one of them assigns, everybody hears of it. */
import { errorCodes } from '../../../protocol/errors.ts'
import { heartbeat, joinGroup, leaveGroup, syncGroup } from '../../../protocol/messages/groups.ts'
import type { ResponseOf } from '../../../protocol/schema.ts'
import type { Cluster } from '../cluster.ts'
import { BrokerError } from '../failure.ts'
import type { Assignor } from './assignors.ts'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  PROTOCOL_TYPE,
} from './consumer-protocol.ts'
import type { Coordinator } from './coordinator.ts'
import type { Identity, PartitionName } from './offsets.ts'
import type { Tuning } from './tuning.ts'

export interface RoundsOptions {
  readonly cluster: Cluster
  readonly coordinator: Coordinator
  readonly group: string
  readonly instance: string | undefined
  readonly topics: readonly string[]
  /** What it offers, the one it prefers first. */
  readonly assignors: readonly Assignor[]
  readonly tuning: Tuning
}

export class Rounds {
  readonly #o: RoundsOptions
  #memberId = ''
  #generation = -1
  /** The generation of the last assignment: joining alone makes it no older. */
  #assignedIn = -1
  /** As the leader: how many partitions it gave out of each topic. */
  #given: ReadonlyMap<string, number> | undefined

  constructor(options: RoundsOptions) {
    this.#o = options
  }

  get identity(): Identity {
    const { group: groupId, instance } = this.#o
    return { groupId, instance, memberId: this.#memberId, generation: this.#generation }
  }

  /** Topics of the whole group, if it is this member that assigns their partitions. */
  get led(): readonly string[] {
    return [...(this.#given?.keys() ?? [])]
  }

  /** Whether topics have other partitions than those that this member, as the leader, gave out. */
  get outdated(): boolean {
    for (const [topic, count] of this.#given ?? []) if (this.#partitionsOf(topic) !== count) return true
    return false
  }

  #partitionsOf(topic: string): number {
    return this.#o.cluster.topic(topic)?.partitions.length ?? 0
  }

  /**
   * Joins, with the member id of before if there was one, and resolves to what is assigned.
   * @param owned what it goes on with if it can; none where assignors do not ask for it.
   * @throws BrokerError, LinkError, NoBrokerError, MalformedError
   */
  async join(owned: readonly PartitionName[]): Promise<readonly PartitionName[]> {
    this.#given = undefined
    const joined = await this.#ask(owned)
    this.#memberId = joined.memberId
    this.#generation = joined.generationId
    const leads = joined.leader === joined.memberId
    const assignments = leads ? await this.#assign(joined) : []
    const { coordinator, group } = this.#o
    const { errorCode, assignment } = await coordinator.call(syncGroup, {
      ...this.#self(),
      generationId: this.#generation,
      protocolType: PROTOCOL_TYPE,
      protocolName: joined.protocolName,
      assignments,
    })
    this.#check(errorCode, `the assignment in group ${group}`)
    this.#assignedIn = joined.generationId
    return decodeAssignment(assignment)
  }

  async #ask(partitions: readonly PartitionName[]): Promise<ResponseOf<typeof joinGroup>> {
    const { coordinator, group, topics, tuning, assignors } = this.#o
    const owned = { partitions, generation: partitions.length === 0 ? -1 : this.#assignedIn }
    const protocols = assignors.map(({ name, cooperative }) => ({
      name,
      metadata: encodeSubscription(topics, cooperative ? owned : undefined),
    }))
    for (;;) {
      const answer = await coordinator.call(joinGroup, {
        ...this.#self(),
        sessionTimeoutMs: tuning.sessionMs,
        rebalanceTimeoutMs: tuning.rebalanceMs,
        protocolType: PROTOCOL_TYPE,
        protocols,
      })
      if (answer.errorCode === errorCodes.MEMBER_ID_REQUIRED) {
        this.#memberId = answer.memberId
        continue
      }
      this.#check(answer.errorCode, `joining group ${group}`)
      return answer
    }
  }

  /** As the leader: what each member gets; nothing new where a static leader has only come back. */
  async #assign({ protocolName, members, skipAssignment }: ResponseOf<typeof joinGroup>) {
    const { cluster, group, assignors } = this.#o
    const assignor = assignors.find(({ name }) => name === protocolName)
    if (assignor === undefined) throw new Error(`group ${group} chose assignor ${protocolName}, unasked`)
    const readers = members.map(({ memberId: id, groupInstanceId: instance, metadata }) => ({
      id,
      instance,
      ...decodeSubscription(metadata),
    }))
    const topics = [...new Set(readers.flatMap(each => each.topics))]
    // what they have got since they were last looked at is noticed soon: nobody waits for it now
    if (topics.some(topic => this.#partitionsOf(topic) === 0)) await cluster.refresh(topics)
    this.#given = new Map(topics.map(topic => [topic, this.#partitionsOf(topic)]))
    if (skipAssignment) return []
    const assigned = assignor.assign(readers, topic => this.#partitionsOf(topic))
    return [...assigned].map(([memberId, partitions]) => ({
      memberId,
      assignment: encodeAssignment(partitions),
    }))
  }

  /**
   * Tells the group that the member is there: true, or false when the member has to join anew, or 'lost' when the group has
   * gone on without it.
   * @throws BrokerError for anything else.
   */
  async beat(): Promise<boolean | 'lost'> {
    const { coordinator, group } = this.#o
    const { errorCode } = await coordinator.call(heartbeat, {
      ...this.#self(),
      generationId: this.#generation,
    })
    if (errorCode === errorCodes.REBALANCE_IN_PROGRESS) return false
    if (this.#forgets(errorCode)) return 'lost'
    this.#check(errorCode, `staying in group ${group}`)
    return true
  }

  /** A static member stays, so that it can come back to its partitions. */
  async leave(): Promise<void> {
    const { coordinator, instance } = this.#o
    if (instance !== undefined || this.#memberId === '') return
    const { groupId, memberId } = this.#self()
    await coordinator.call(leaveGroup, { groupId, memberId, members: [{ memberId }] })
  }

  #self() {
    const { group: groupId, instance } = this.#o
    return { groupId, memberId: this.#memberId, groupInstanceId: instance ?? null }
  }

  /** Whether the group does not know this member, or not in this generation: it joins as if it were new. */
  #forgets(code: number): boolean {
    if (code === errorCodes.UNKNOWN_MEMBER_ID) this.#memberId = ''
    if (code !== errorCodes.UNKNOWN_MEMBER_ID && code !== errorCodes.ILLEGAL_GENERATION) return false
    this.#generation = -1
    return true
  }

  #check(code: number, what: string): void {
    if (code === 0) return
    this.#o.coordinator.passes(code)
    this.#forgets(code)
    const { instance } = this.#o
    const fenced = code === errorCodes.FENCED_INSTANCE_ID
    throw new BrokerError(code, what, fenced ? `another consumer has taken instance ${instance}` : null)
  }
}
