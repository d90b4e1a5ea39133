import { errorCodes } from '../../protocol/errors.ts'
import type { Node } from '../nodes.ts'
import type { PartitionAnswer } from './read.ts'
import { type FetchRequest, keyOf, type Wanted, wantedOf } from './wanted.ts'

/** Sessions of all brokers together: Kafka's `max.incremental.fetch.session.cache.slots`. */
const MAX_SESSIONS = 1000
/** A session not used for as long, in ms, makes room for another: `min.incremental.fetch.session.eviction.ms`. */
const STALE_MS = 120_000
/** Memory of all sessions together, in bytes, roughly. */
const MAX_BYTES = 64 * 1024 * 1024
/** What a partition in a session takes besides its topic's name, roughly. */
const PARTITION_BYTES = 512

/** Epochs that begin a session, and end it. */
const INITIAL_EPOCH = 0
const FINAL_EPOCH = -1
const MAX_EPOCH = 2 ** 31 - 1
export const NO_SESSION = 0

interface Kept {
  readonly wanted: Wanted
  /** What the client was last told; −1 after an error, so that it is told again. */
  highWatermark: number
  logStartOffset: number
}

/** What a client fetches again and again: it sends what changes, and is told what is new. */
class Session {
  readonly id: number
  readonly node: Node
  readonly byId: boolean
  epoch = 1
  lastUsed = Date.now()
  bytes = 0
  readonly partitions = new Map<string, Kept>()

  constructor(id: number, node: Node, byId: boolean) {
    this.id = id
    this.node = node
    this.byId = byId
  }

  keep(key: string, wanted: Wanted, told: { highWatermark: number; logStartOffset: number }): void {
    const { highWatermark, logStartOffset } = told
    this.partitions.set(key, { wanted, highWatermark, logStartOffset })
    this.bytes += bytesOf(wanted)
  }

  forget(key: string): void {
    const kept = this.partitions.get(key)
    if (kept === undefined) return
    this.bytes -= bytesOf(kept.wanted)
    this.partitions.delete(key)
  }

  update(asked: ReadonlyMap<string, Wanted>, forgotten: FetchRequest['forgottenTopicsData']): void {
    for (const [key, wanted] of asked) {
      const kept = this.partitions.get(key)
      if (kept === undefined) this.keep(key, wanted, { highWatermark: -1, logStartOffset: -1 })
      else Object.assign(kept.wanted, { ...wanted, known: kept.wanted.known })
    }
    for (const { topic, topicId, partitions } of forgotten) {
      for (const partition of partitions) this.forget(keyOf(topic, topicId, partition))
    }
  }

  /** The answers with something new. A partition with records goes to the end: the others have their turn first. */
  news(answers: readonly PartitionAnswer[]): PartitionAnswer[] {
    return answers.filter(answer => {
      const key = keyOf(answer.topic, answer.topicId, answer.partitionIndex)
      const kept = this.partitions.get(key)
      if (kept === undefined) return true
      const { errorCode, highWatermark, logStartOffset, divergingEpoch } = answer
      const some = answer.bytes > 0
      const moved = kept.highWatermark !== highWatermark || kept.logStartOffset !== logStartOffset
      kept.highWatermark = errorCode === 0 ? highWatermark : -1
      kept.logStartOffset = logStartOffset
      if (some) {
        this.partitions.delete(key)
        this.partitions.set(key, kept)
      }
      return some || moved || errorCode !== 0 || divergingEpoch !== undefined
    })
  }
}

function bytesOf({ topic }: Wanted): number {
  return PARTITION_BYTES + 2 * topic.length
}

/** What one request fetches, and how its answer is told. */
export interface Conversation {
  readonly wanted: readonly Wanted[]
  /** What to send of the answers, and the session to send it in. */
  tell(answers: readonly PartitionAnswer[]): Told
}

interface Told {
  readonly errorCode?: number
  readonly sessionId: number
  readonly answers: readonly PartitionAnswer[]
}

/** Keeps what is asked for and no more: it may wait for long. */
function sessionless(asked: ReadonlyMap<string, Wanted>): Conversation {
  return { wanted: [...asked.values()], tell: answers => ({ sessionId: NO_SESSION, answers }) }
}

/** The fetch sessions of all brokers. */
export class FetchSessions {
  /** In the order of their last use, as maps keep it. */
  readonly #sessions = new Map<number, Session>()
  #held = 0

  /** Begins, continues or ends a session, as the request says; an error code when it cannot. */
  converse(request: FetchRequest, node: Node, byId: boolean): Conversation | number {
    const { sessionId, sessionEpoch } = request
    const asked = wantedOf(request)
    if (sessionEpoch === FINAL_EPOCH || sessionEpoch === INITIAL_EPOCH) {
      const earlier = this.#get(sessionId, node)
      if (earlier !== undefined) this.#remove(earlier)
      return sessionEpoch === FINAL_EPOCH ? sessionless(asked) : this.#first(asked, node, byId)
    }
    const session = this.#get(sessionId, node)
    if (session === undefined) return errorCodes.FETCH_SESSION_ID_NOT_FOUND
    if (session.epoch !== sessionEpoch) return errorCodes.INVALID_FETCH_SESSION_EPOCH
    if (session.byId !== byId) return errorCodes.FETCH_SESSION_TOPIC_ID_ERROR
    this.#remove(session)
    session.update(asked, request.forgottenTopicsData)
    if (session.partitions.size === 0) return sessionless(asked)
    if (!this.#room(session.bytes)) return errorCodes.FETCH_SESSION_ID_NOT_FOUND
    return this.#goOn(session)
  }

  /** The partitions of a session as it was left; none when there is no such session. */
  partitionsOf(id: number, node: Node): readonly Wanted[] {
    return Array.from(this.#get(id, node)?.partitions.values() ?? [], ({ wanted }) => wanted)
  }

  #first(asked: ReadonlyMap<string, Wanted>, node: Node, byId: boolean): Conversation {
    const wanted = [...asked.values()]
    return {
      wanted,
      tell: answers => ({ sessionId: this.#begin(asked, answers, node, byId), answers }),
    }
  }

  #goOn(session: Session): Conversation {
    const { id } = session
    this.#add(session)
    session.lastUsed = Date.now()
    session.epoch = session.epoch === MAX_EPOCH ? 1 : session.epoch + 1
    const { epoch } = session
    return {
      wanted: Array.from(session.partitions.values(), ({ wanted }) => wanted),
      tell(answers) {
        if (session.epoch === epoch) return { sessionId: id, answers: session.news(answers) }
        return { errorCode: errorCodes.INVALID_FETCH_SESSION_EPOCH, sessionId: id, answers: [] }
      },
    }
  }

  #get(id: number, node: Node): Session | undefined {
    const session = this.#sessions.get(id)
    return session?.node === node ? session : undefined
  }

  /** @returns the session's id; NO_SESSION when there is no room for one. */
  #begin(
    asked: ReadonlyMap<string, Wanted>,
    answers: readonly PartitionAnswer[],
    node: Node,
    byId: boolean,
  ): number {
    let id = NO_SESSION
    while (id === NO_SESSION || this.#sessions.has(id)) id = 1 + Math.floor(Math.random() * (2 ** 31 - 1))
    const session = new Session(id, node, byId)
    for (const answer of answers) {
      const key = keyOf(answer.topic, answer.topicId, answer.partitionIndex)
      const wanted = asked.get(key)
      if (wanted !== undefined) session.keep(key, wanted, answer)
    }
    if (!this.#room(session.bytes)) return NO_SESSION
    this.#add(session)
    return id
  }

  /** Whether there is room for a session of `bytes`, after the stale ones have gone. */
  #room(bytes: number): boolean {
    const stale = Date.now() - STALE_MS
    const fits = () => this.#sessions.size < MAX_SESSIONS && this.#held + bytes <= MAX_BYTES
    for (const session of this.#sessions.values()) {
      if (fits() || session.lastUsed > stale) break
      this.#remove(session)
    }
    return fits()
  }

  #add(session: Session): void {
    this.#sessions.set(session.id, session)
    this.#held += session.bytes
  }

  #remove(session: Session): void {
    if (this.#sessions.delete(session.id)) this.#held -= session.bytes
  }

  /** A broker has gone, and its sessions with it. */
  drop(node: Node): void {
    for (const session of this.#sessions.values()) if (session.node === node) this.#remove(session)
  }
}
