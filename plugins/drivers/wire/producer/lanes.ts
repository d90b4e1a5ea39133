/** A producer's brokers: who leads what by now, and the connections to them. */
import type { ProducerOptions } from '../../../../core/plugin.ts'
import { errorCodes } from '../../../protocol/errors.ts'
import { produce } from '../../../protocol/messages/produce.ts'
import type { Cluster } from '../cluster.ts'
import { BrokerError, LinkError } from '../failure.ts'
import type { Link } from '../link.ts'
import { ownPurpose } from '../purpose.ts'
import type { Accumulator } from './accumulator.ts'
import { Lane } from './lane.ts'
import { LEAST_VERSION, MOST_VERSION, ProduceRequests } from './request.ts'
import type { Sequences } from './sequences.ts'

/** Part of the time an answer may take that the broker gets for its replicas, so that it says itself when they are late. */
const BROKER_SHARE = 0.9

export interface LanesPort {
  /** Something may go out that could not before. */
  changed(): void
  /** A connection that was full is not any more. */
  drained(): void
  /** What waits cannot be sent now. */
  trouble(error: unknown): void
}

export class Lanes {
  readonly #cluster: Cluster
  readonly #accumulator: Accumulator
  readonly #sequences: Sequences | undefined
  readonly #options: ProducerOptions
  readonly #port: LanesPort
  /** Nobody else's answers wait on its connections, nor does it end with others. */
  readonly #purpose = ownPurpose('produce')
  /** Also of brokers that lead nothing any more: requests may be under way there, and they may lead again. */
  readonly #lanes = new Map<string, Lane>()
  /** By partition: it stays on its connection, and so in order. */
  readonly #numbers: number[] = []
  /** Also to brokers that lead nothing any more: their answers are still to come. */
  readonly #links = new Set<Link>()
  #refreshing = false
  #closed = false

  constructor(
    cluster: Cluster,
    accumulator: Accumulator,
    sequences: Sequences | undefined,
    options: ProducerOptions,
    port: LanesPort,
  ) {
    this.#cluster = cluster
    this.#accumulator = accumulator
    this.#sequences = sequences
    this.#options = options
    this.#port = port
  }

  [Symbol.iterator](): Iterator<Lane> {
    return this.#lanes.values()
  }

  /** Takes over who leads what; requests under way stay where they are. */
  follow(): void {
    const { topic, settings } = this.#options
    const partitions = this.#cluster.topic(topic)?.partitions ?? []
    const led = new Map<number, number>()
    for (const lane of this) lane.queues = []
    for (const queue of this.#accumulator.queues) {
      const node = partitions[queue.id]?.leader ?? -1
      queue.leader = node
      const nth = led.get(node) ?? 0
      led.set(node, nth + 1)
      // evenly over the connections to each broker, as they are led at first
      const number = (this.#numbers[queue.id] ??= nth % settings.connections)
      this.#lane(node, number).queues.push(queue)
    }
  }
  #lane(node: number, number: number): Lane {
    const key = `${node} ${number}`
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = new Lane(node, number, this.#accumulator, this.#options.settings, this.#sequences)
      this.#lanes.set(key, lane)
    }
    return lane
  }

  /** Nothing goes out to a broker before `until`, in µs since t0. */
  pause(node: number, until: number): void {
    for (const lane of this) if (lane.node === node) lane.notBefore = Math.max(lane.notBefore, until)
  }

  /** Connects to all that lead. @throws LinkError */
  async open(): Promise<void> {
    await Promise.all([...this].map(lane => this.#open(lane)))
  }

  async #open(lane: Lane): Promise<void> {
    const { topic, timeoutUs, settings, transactionalId } = this.#options
    const link = await this.#cluster.link(lane.node, `${this.#purpose}-${lane.number}`)
    const version = link.version(produce, this.#sequences?.produceVersion ?? MOST_VERSION)
    if (version < LEAST_VERSION) {
      link.close()
      const reason = `Produce ${LEAST_VERSION} is needed, the broker has versions up to ${version}`
      throw new LinkError(link.address, 'unsupported', reason)
    }
    const brokerMs = Math.max(1, Math.floor((timeoutUs / 1000) * BROKER_SHARE))
    const requests = new ProduceRequests(topic, version, settings.acks, brokerMs, transactionalId)
    lane.connection = { link, requests }
    link.onDrain(() => this.#port.drained())
    this.#links.add(link)
    link.onEnd(() => {
      this.#links.delete(link)
      if (lane.connection?.link === link) lane.connection = undefined
      this.#port.changed()
    })
    if (this.#closed) link.close()
  }

  /** Connects again, and asks who leads when that fails. */
  connect(lane: Lane): void {
    if (lane.connecting) return
    lane.connecting = true
    this.#open(lane)
      .catch((error: unknown) => {
        if (this.#closed) return undefined
        this.#port.trouble(error)
        return this.#refresh()
      })
      .finally(() => {
        lane.connecting = false
        this.#port.changed()
      })
  }

  /** Asks who leads what: somebody does not any more. */
  refresh(): void {
    if (this.#refreshing || this.#closed) return
    this.#refreshing = true
    this.#refresh().finally(() => {
      this.#refreshing = false
      this.#port.changed()
    })
  }

  async #refresh(): Promise<void> {
    const { topic } = this.#options
    try {
      await this.#cluster.refresh([topic])
      this.follow()
      const unknown = errorCodes.UNKNOWN_TOPIC_OR_PARTITION
      if (this.#cluster.topic(topic) === undefined) throw new BrokerError(unknown, `topic ${topic}`)
    } catch (error) {
      if (!this.#closed) this.#port.trouble(error)
    }
  }

  close(): void {
    this.#closed = true
    for (const link of this.#links) link.close()
  }
}
