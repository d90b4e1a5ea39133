import type { Group } from './group.ts'
import { OBJECT_BYTES } from './offsets.ts'

export interface MemberProtocol {
  readonly name: string
  readonly metadata: Buffer
}

/** Memory that a member takes with these protocols and texts, in bytes, roughly. */
export function memberBytes(
  protocols: readonly MemberProtocol[],
  ...texts: readonly (string | null)[]
): number {
  let bytes = 4 * OBJECT_BYTES
  for (const text of texts) bytes += 2 * (text?.length ?? 0)
  for (const { name, metadata } of protocols) bytes += OBJECT_BYTES + 2 * name.length + metadata.length
  return bytes
}

export interface JoinResult {
  readonly errorCode: number
  readonly generationId?: number
  readonly protocolType?: string | null
  readonly protocolName?: string | null
  readonly leader?: string
  readonly skipAssignment?: boolean
  readonly memberId?: string
  readonly members?: readonly { memberId: string; groupInstanceId: string | null; metadata: Buffer }[]
}

export interface SyncResult {
  readonly errorCode: number
  readonly protocolType?: string | null
  readonly protocolName?: string | null
  readonly assignment?: Buffer
}

/** One member of a group; timeouts in ms. */
export class Member {
  readonly id: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  sessionTimeoutMs = 0
  rebalanceTimeoutMs = 0
  protocols: readonly MemberProtocol[] = []
  assignment: Buffer = Buffer.alloc(0)
  /** Set while a JoinGroup waits for its answer; likewise for SyncGroup. */
  joining: ((result: JoinResult) => void) | undefined
  syncing: ((result: SyncResult) => void) | undefined
  #session: NodeJS.Timeout | undefined

  constructor(id: string, instanceId: string | null, clientId: string, clientHost: string) {
    this.id = id
    this.instanceId = instanceId
    this.clientId = clientId
    this.clientHost = clientHost
  }

  /** Starts or renews the session; a member that waits for an answer cannot expire. */
  touch(group: Group): void {
    clearTimeout(this.#session)
    this.#session = setTimeout(() => {
      if (this.joining || this.syncing) this.touch(group)
      else group.expire(this)
    }, this.sessionTimeoutMs)
  }

  stop(): void {
    clearTimeout(this.#session)
  }

  /** Memory held, in bytes, roughly. */
  get bytes(): number {
    return memberBytes(this.protocols, this.clientId, this.instanceId) + this.assignment.length
  }

  supports(protocol: string): boolean {
    return this.protocols.some(each => each.name === protocol)
  }

  metadataFor(protocol: string): Buffer {
    return this.protocols.find(each => each.name === protocol)?.metadata ?? Buffer.alloc(0)
  }

  sameProtocols(protocols: readonly MemberProtocol[]): boolean {
    return (
      protocols.length === this.protocols.length &&
      protocols.every((each, at) => {
        const mine = this.protocols[at]!
        return mine.name === each.name && mine.metadata.equals(each.metadata)
      })
    )
  }

  answerJoin(result: JoinResult): void {
    const answer = this.joining
    this.joining = undefined
    answer?.(result)
  }

  answerSync(result: SyncResult): void {
    const answer = this.syncing
    this.syncing = undefined
    answer?.(result)
  }
}
