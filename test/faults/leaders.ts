/** Who leads a topic's partitions, and whose replicas are in sync, as the brokers tell that are there. */
import { setTimeout as sleep } from 'node:timers/promises'
import { metadata } from '../../plugins/protocol/messages/metadata.ts'
import { RawCluster } from '../conformity/cluster.ts'

const LOOK_MS = 50
const PATIENCE_MS = 60_000

export class Leaders {
  readonly #cluster: RawCluster
  readonly #topic: string

  /** @param brokers `host:port` of those that are asked. */
  constructor(brokers: readonly string[], topic: string) {
    this.#cluster = new RawCluster(brokers)
    this.#topic = topic
  }

  async #partitions() {
    const request = { topics: [{ name: this.#topic }], allowAutoTopicCreation: false }
    return (await (await this.#cluster.any()).call(metadata, 9, request)).topics[0]?.partitions ?? []
  }

  /** The partitions that a broker leads. */
  async ledBy(broker: number): Promise<number[]> {
    const all = await this.#partitions()
    return all.filter(each => each.leaderId === broker).map(each => each.partitionIndex)
  }

  /** When each of these partitions was first seen to be led by another broker, in ms since the epoch. */
  async elsewhere(broker: number, partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const seen = new Map<number, number>()
    await this.#until(`partitions ${partitions} of broker ${broker} have another leader`, async () => {
      for (const { partitionIndex, leaderId } of await this.#partitions())
        if (partitions.includes(partitionIndex) && ![broker, -1].includes(leaderId))
          seen.set(partitionIndex, seen.get(partitionIndex) ?? Date.now())
      return seen.size === partitions.length
    })
    return seen
  }

  /** Resolves when every partition has so many replicas in sync. */
  inSync(replicas: number): Promise<void> {
    return this.#until(`${replicas} replicas are in sync`, async () => {
      const all = await this.#partitions()
      return all.length > 0 && all.every(each => each.isrNodes.length === replicas)
    })
  }

  async #until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + PATIENCE_MS
    while (!(await condition().catch(() => false))) {
      if (Date.now() > end) throw new Error(`not within ${PATIENCE_MS / 1000} s: ${what}`)
      await sleep(LOOK_MS)
    }
  }

  close(): void {
    this.#cluster.close()
  }
}
