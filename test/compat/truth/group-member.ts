/** A member of a classic group, on a connection of its own. */
import type { Answer } from './answer.ts'
import type { Connection, Request, Script } from './script.ts'

const MEMBER_ID_REQUIRED = 79
const codes = { REBALANCE_IN_PROGRESS: 27 }

/** Assignors, each with a subscription to no topic that carries a text: Kafka answers nobody when it cannot read one. */
export function protocols(texts: Readonly<Record<string, string>>): { name: string; metadata: Buffer }[] {
  return Object.entries(texts).map(([name, text]) => {
    const head = Buffer.alloc(10)
    head.writeInt32BE(text.length, 6)
    return { name, metadata: Buffer.concat([head, Buffer.from(text)]) }
  })
}

export function joinRequest(groupId: string): Request {
  return {
    groupId,
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 30_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: protocols({ range: 'a', sticky: 'b' }),
  }
}

/** Speaks version `version` of JoinGroup, and of the others the one that came with it. */
export class GroupMember {
  readonly group: string
  readonly #s: Script
  readonly #version: number
  readonly #instance: string | null
  readonly #on: Connection
  id = ''
  generation = -1
  protocolType = 'consumer'
  sessionTimeoutMs = 30_000
  rebalanceTimeoutMs = 30_000
  protocols = protocols({ range: 'a', sticky: 'b' })
  #protocol = ''

  constructor(s: Script, group: string, version: number, instance: string | null = null) {
    this.group = group
    this.#s = s
    this.#version = version
    this.#instance = instance
    this.#on = s.connect()
  }

  /** Joins, with the id that the first answer gives from version 4 on. */
  async join(label: string): Promise<Answer> {
    const first = await this.joinOnce(label)
    return first.number('errorCode') === MEMBER_ID_REQUIRED ? this.joinOnce(`${label}, with the id`) : first
  }

  async joinOnce(label: string): Promise<Answer> {
    const request = {
      ...joinRequest(this.group),
      memberId: this.id,
      sessionTimeoutMs: this.sessionTimeoutMs,
      rebalanceTimeoutMs: this.rebalanceTimeoutMs,
      groupInstanceId: this.#instance,
      protocolType: this.protocolType,
      protocols: this.protocols,
    }
    const answer = await this.#s.call(label, 'JoinGroup', this.#version, request, { on: this.#on })
    if (answer.text('memberId') !== '') this.id = answer.text('memberId')
    if (answer.number('errorCode') === 0) {
      this.generation = answer.number('generationId')
      this.#protocol = answer.text('protocolName')
    }
    return answer
  }

  /** Waits, unrecorded, until a heartbeat hears this. */
  async until(error: keyof typeof codes, patienceMs?: number): Promise<void> {
    const until = (answer: Answer) => answer.number('errorCode') === codes[error]
    await this.#s.call('', 'Heartbeat', 3, this.#own(), {
      ...{ quiet: true, on: this.#on, until },
      ...(patienceMs === undefined ? {} : { patienceMs }),
    })
  }

  #own(): Request {
    return {
      groupId: this.group,
      generationId: this.generation,
      memberId: this.id,
      groupInstanceId: this.#instance,
    }
  }

  /** @param shares what each member gets, from the leader. */
  sync(label: string, shares: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const assignments = Object.entries(shares).map(([memberId, text]) => ({
      memberId,
      assignment: Buffer.from(text),
    }))
    const request = {
      ...this.#own(),
      protocolType: this.protocolType,
      protocolName: this.#protocol,
      assignments,
    }
    return this.#s.call(label, 'SyncGroup', this.#at('SyncGroup'), request, { on: this.#on })
  }

  heartbeat(label: string, more: Request = {}): Promise<Answer> {
    return this.#s.call(
      label,
      'Heartbeat',
      this.#at('Heartbeat'),
      { ...this.#own(), ...more },
      { on: this.#on },
    )
  }

  leave(label: string): Promise<Answer> {
    const members = [{ memberId: this.id, groupInstanceId: this.#instance }]
    const request = { groupId: this.group, memberId: this.id, members }
    return this.#s.call(label, 'LeaveGroup', this.#at('LeaveGroup'), request, { on: this.#on })
  }

  #at(api: string): number {
    return this.#s.latest(api, this.#version)
  }
}
