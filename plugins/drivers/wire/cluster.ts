/** What is known of a cluster: its nodes, who leads what, and the connections to them. One for each driver, shared by all it makes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCodes } from '../../protocol/errors.ts'
import { findCoordinator } from '../../protocol/messages/groups.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import type { ResponseOf } from '../../protocol/schema.ts'
import { type Address, BrokerError, LinkError, NoBrokerError, parseAddress } from './failure.ts'
import { Link } from './link.ts'

export interface PartitionMetadata {
  /** -1: there is none at present. */
  readonly leader: number
  /** Of the leader; -1 where the broker does not tell. */
  readonly epoch: number
}

export interface TopicMetadata {
  /** ZERO_UUID where the broker does not tell. */
  readonly id: string
  /** Error code of the whole topic, e.g. TOPIC_AUTHORIZATION_FAILED. */
  readonly error: number
  /** By number. */
  readonly partitions: readonly PartitionMetadata[]
}

/** For any broker, and answered at once by a healthy one: another broker is asked after so many ms. */
const QUICK_MS = 5000
/** … or after this part of the time-out, so that there is time for another one. */
const QUICK_SHARE = 3
/** Newest version of Metadata that is asked in. */
const METADATA_VERSION = 12
/** Brokers tried at once for questions that any of them answers. */
const AT_ONCE = 4
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
  readonly #nodes = new Map<number, Address>()
  readonly #topics = new Map<string, TopicMetadata>()
  /** Names asked for at each refresh. */
  readonly #wanted = new Set<string>()
  readonly #slots = new Map<string, Slot>()
  readonly #any: Slot = { link: undefined, failures: 0 }
  readonly #links = new Set<Link>()
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
  constructor(bootstrap: readonly string[], { timeoutMs }: { readonly timeoutMs: number }) {
    this.#bootstrap = bootstrap.map(parseAddress)
    this.#timeoutMs = timeoutMs
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
    if (this.#inRow > 0) await this.#sleep(backoffMs(this.#inRow) - since)
    this.#inRow++
    this.#next = undefined
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
            { topics: names.map(name => ({ name })), allowAutoTopicCreation: false },
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
      const before = this.#topics.get(name)
      const known = before?.id === found.topicId ? before.partitions : []
      const partitions: PartitionMetadata[] = []
      for (const { partitionIndex, leaderId: leader, leaderEpoch: epoch } of found.partitions) {
        const old = known[partitionIndex]
        // a broker that lags behind the others names a leader of the past
        partitions[partitionIndex] = old !== undefined && epoch < old.epoch ? old : { leader, epoch }
        if (partitions[partitionIndex].leader !== old?.leader) this.#inRow = 0
      }
      this.#topics.set(name, { id: found.topicId, error: found.errorCode, partitions })
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
    const link = await Link.open(address, { timeoutMs, connectMs: Math.min(QUICK_MS, timeoutMs) })
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

/** Some of them at random. */
function sample(addresses: Address[]): readonly Address[] {
  for (let i = addresses.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    const other = addresses[j] as Address
    addresses[j] = addresses[i] as Address
    addresses[i] = other
  }
  return addresses.slice(0, AT_ONCE)
}
