/** What is known of a cluster: its nodes, who leads what, and the connections to them. One for each driver, shared by all it makes. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Security } from '../../../core/plugin.ts'
import { errorCodes } from '../../protocol/errors.ts'
import { findCoordinator } from '../../protocol/messages/groups.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import type { ResponseOf } from '../../protocol/schema.ts'
import { Denials } from './denials.ts'
import {
  type Address,
  addressText,
  BrokerError,
  connectError,
  LinkError,
  NoBrokerError,
  parseAddress,
} from './failure.ts'
import { Link } from './link.ts'
import { learned, type TopicMetadata } from './metadata.ts'
import { sample } from './sample.ts'

/** For any broker, and answered at once by a healthy one: another broker is asked after so many ms. */
const QUICK_MS = 5000
/** … or after this part of the time-out, so that there is time for another one. */
const QUICK_SHARE = 3
/** Newest version of Metadata that is asked in. */
const METADATA_VERSION = 12
const LEAST_BACKOFF_MS = 50
const MOST_BACKOFF_MS = 1000

const keyTypes = { group: 0, transaction: 1 } as const

/** One connection, made again when it is asked for after it ended. */
interface Slot {
  link: Promise<Link> | undefined
  failures: number
}

/** ms before the n-th try: doubled each time, give or take a fifth, so that clients do not come all at once. */
export function backoffMs(n: number): number {
  return Math.min(MOST_BACKOFF_MS, LEAST_BACKOFF_MS * 2 ** (n - 1)) * (0.8 + 0.4 * Math.random())
}

export class Cluster {
  readonly #bootstrap: readonly Address[]
  readonly #timeoutMs: number
  readonly #security: Security
  readonly #nodes = new Map<number, Address>()
  readonly #topics = new Map<string, TopicMetadata>()
  /** Names asked for at each refresh. */
  readonly #wanted = new Set<string>()
  readonly #slots = new Map<string, Slot>()
  readonly #any: Slot = { link: undefined, failures: 0 }
  readonly #links = new Set<Link>()
  readonly #denials = new Denials()
  readonly #closing = new AbortController()
  #refreshing: Promise<void> | undefined
  #next: Promise<void> | undefined
  #controller = -1
  #refreshedAt = Number.NEGATIVE_INFINITY
  /** Refreshes that followed one another closely without anything new. */
  #inRow = 0

  /**
   * @param bootstrap addresses as host:port.
   * @param timeoutMs of each request, and of a refresh.
   * @throws ConnectError for an address that is none.
   */
  constructor(
    bootstrap: readonly string[],
    { timeoutMs, security = {} }: { readonly timeoutMs: number; readonly security?: Security },
  ) {
    this.#bootstrap = bootstrap.map(parseAddress)
    this.#timeoutMs = timeoutMs
    this.#security = security
  }

  /** undefined: it was never asked for, or there is none. */
  topic(name: string): TopicMetadata | undefined {
    return this.#topics.get(name)
  }

  /** Numbers of the brokers that the last answer named. */
  get nodes(): readonly number[] {
    return [...this.#nodes.keys()]
  }

  /** Number of the node that takes changes of topics; -1: none is known. */
  get controller(): number {
    return this.#controller
  }

  /**
   * Asks for the topics, and for all that were asked for before. One refresh is under way at a time: who asks meanwhile
   * gets the next one. Those that bring nothing new are
   * spread out.
   * @throws NoBrokerError at once as long as no broker ever answered, later after `timeoutMs`.
   */
  refresh(topics: readonly string[]): Promise<void> {
    for (const topic of topics) {
      if (!this.#wanted.has(topic)) this.#inRow = 0
      this.#wanted.add(topic)
    }
    this.#next ??= this.#follow()
    return this.#next
  }

  async #follow(): Promise<void> {
    await this.#refreshing?.catch(() => undefined)
    const since = performance.now() - this.#refreshedAt
    if (since > MOST_BACKOFF_MS) this.#inRow = 0
    try {
      if (this.#inRow > 0) await this.#sleep(backoffMs(this.#inRow) - since)
    } finally {
      this.#next = undefined
    }
    this.#inRow++
    this.#refreshing = this.#ask([...this.#wanted])
    return this.#refreshing
  }

  async #ask(names: readonly string[]): Promise<void> {
    const end = performance.now() + this.#timeoutMs
    for (let failures = 1; ; failures++) {
      try {
        const link = await this.any()
        this.#learn(
          await link.call(
            metadata,
            {
              topics: names.map(name => ({ name })),
              allowAutoTopicCreation: false,
              includeTopicAuthorizedOperations: true,
            },
            METADATA_VERSION,
          ),
          names,
        )
        return
      } catch (error) {
        const known = this.#nodes.size > 0
        if (!(error instanceof NoBrokerError || isPassing(error)) || !known || performance.now() > end)
          throw error
        await this.#sleep(backoffMs(failures))
      } finally {
        this.#refreshedAt = performance.now()
      }
    }
  }

  #learn(answer: ResponseOf<typeof metadata>, names: readonly string[]): void {
    if (answer.brokers.length > 0) this.#nodes.clear()
    this.#controller = answer.controllerId
    for (const { nodeId, host, port } of answer.brokers) this.#nodes.set(nodeId, { host, port })
    for (const name of names) {
      const found = answer.topics.find(each => each.name === name)
      if (found === undefined || found.errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION) {
        this.#topics.delete(name)
        continue
      }
      const { topic, moved } = learned(found, this.#topics.get(name))
      if (moved) this.#inRow = 0
      this.#topics.set(name, topic)
    }
  }

  /**
   * The connection to a node for one purpose ('produce-0', 'fetch', 'coordinator', …), since a broker serves one request at
   * a time on each. It is made when first asked for and again after it ended, with growing delay while that fails.
   * @throws LinkError
   */
  link(nodeId: number, purpose: string): Promise<Link> {
    const key = `${nodeId} ${purpose}`
    let slot = this.#slots.get(key)
    if (slot === undefined) {
      slot = { link: undefined, failures: 0 }
      this.#slots.set(key, slot)
    }
    return this.#keep(slot, async () => {
      const address = this.#nodes.get(nodeId)
      if (address === undefined)
        throw new LinkError(
          { host: `broker ${nodeId}`, port: 0 },
          'unreachable',
          'the cluster does not name it now, it may be down',
        )
      return this.#open(address, this.#timeoutMs)
    })
  }

  /**
   * A connection for questions that every broker answers.
   * @throws NoBrokerError
   */
  any(): Promise<Link> {
    return this.#keep(this.#any, async () => {
      const errors: LinkError[] = []
      for (const addresses of [sample([...this.#nodes.values()]), this.#bootstrap]) {
        try {
          return await this.#race(addresses)
        } catch (error) {
          errors.push(...(error as AggregateError).errors)
        }
      }
      throw new NoBrokerError(errors)
    })
  }

  /** The first that answers; the others are closed. */
  async #race(addresses: readonly Address[]): Promise<Link> {
    const all = addresses.map(address =>
      this.#open(address, Math.min(QUICK_MS, this.#timeoutMs / QUICK_SHARE)),
    )
    const first = await Promise.any(all)
    for (const each of all) {
      each.then(
        link => link !== first && link.close(),
        () => undefined,
      )
    }
    return first
  }

  async #open(address: Address, timeoutMs: number): Promise<Link> {
    const options = { timeoutMs, connectMs: Math.min(QUICK_MS, timeoutMs), security: this.#security }
    const link = await this.#denials.open(address, () => Link.open(address, options))
    this.#links.add(link)
    link.onEnd(() => this.#links.delete(link))
    if (this.#closing.signal.aborted) {
      link.close()
      throw this.#closing.signal.reason
    }
    return link
  }

  #keep(slot: Slot, open: () => Promise<Link>): Promise<Link> {
    slot.link ??= this.#fill(slot, open)
    return slot.link
  }

  async #fill(slot: Slot, open: () => Promise<Link>): Promise<Link> {
    try {
      if (slot.failures > 0) await this.#sleep(backoffMs(slot.failures))
      else this.#closing.signal.throwIfAborted()
      const link = await open()
      slot.failures = 0
      link.onEnd(() => {
        slot.link = undefined
        slot.failures = 1
      })
      return link
    } catch (error) {
      slot.link = undefined
      slot.failures++
      throw error
    }
  }

  /**
   * Number of the node that coordinates a group or a transactional id. Not remembered: ask again after NOT_COORDINATOR.
   * @throws BrokerError; NoBrokerError; all after `timeoutMs` of trying, where trying may help.
   */
  async coordinator(kind: 'group' | 'transaction', key: string): Promise<number> {
    const end = performance.now() + this.#timeoutMs
    for (let failures = 1; ; failures++) {
      try {
        return await this.#askCoordinator(kind, key)
      } catch (error) {
        if (!isPassing(error) || performance.now() > end) throw error
      }
      await this.#sleep(backoffMs(failures))
    }
  }

  async #askCoordinator(kind: 'group' | 'transaction', key: string): Promise<number> {
    const link = await this.any()
    const keyType = keyTypes[kind]
    const answer = await link.call(findCoordinator, { key, keyType, coordinatorKeys: [key] })
    const [{ errorCode, errorMessage, nodeId, host, port } = answer] = answer.coordinators
    if (errorCode !== 0) throw new BrokerError(errorCode, `the coordinator of ${kind} ${key}`, errorMessage)
    this.#nodes.set(nodeId, { host, port })
    return nodeId
  }

  /** What went wrong at the start, as the sentence that a user reads; anything else as it is. */
  explain(error: unknown): unknown {
    return connectError(error, this.#bootstrap.map(addressText), this.#security)
  }

  /** Ends all connections; what waits for one is rejected. */
  close(): void {
    this.#closing.abort(
      new LinkError(this.#bootstrap[0] ?? { host: '', port: 0 }, 'closed', 'the driver was closed'),
    )
    for (const link of this.#links) link.close()
  }

  async #sleep(ms: number): Promise<void> {
    const { signal } = this.#closing
    if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined)
    signal.throwIfAborted()
  }
}

/** Whether it may be over when asked again. */
function isPassing(error: unknown): boolean {
  if (error instanceof LinkError) return error.fault !== 'unsupported'
  return (
    error instanceof BrokerError &&
    (error.code === errorCodes.COORDINATOR_LOAD_IN_PROGRESS ||
      error.code === errorCodes.COORDINATOR_NOT_AVAILABLE)
  )
}
