import type { Cluster } from '../cluster.ts'
import type { Clock } from './clock.ts'
import type { FaultEntry, FaultLog } from './log.ts'

/** What can be done to the brokers; ids are checked, RangeError for one that no broker has. */
export interface Operations {
  stopBroker(id: number): Promise<void>
  startBroker(id: number): Promise<void>
  /** Resolves when it goes on. */
  freezeBroker(id: number): Promise<void>
  unfreezeBroker(id: number): void
  moveLeader(topic: string, partition: number, id: number): void
  moveCoordinator(key: string, id: number): void
}

/** Who did it: the request that a rule met, or nobody but the caller. */
export type Cause = Partial<FaultEntry>

/** Faults of brokers and their places, each noted in the log. */
export class Commands {
  readonly #cluster: Cluster
  readonly #operations: Operations
  readonly #log: FaultLog
  readonly #clock: Clock
  readonly #complain: (line: string) => void
  readonly #waiting = new Set<() => void>()

  /** @param complain takes a line when a broker does not come back. */
  constructor(
    cluster: Cluster,
    operations: Operations,
    log: FaultLog,
    clock: Clock,
    complain: (line: string) => void,
  ) {
    this.#cluster = cluster
    this.#operations = operations
    this.#log = log
    this.#clock = clock
    this.#complain = complain
  }

  /** @param forMs comes back by itself after so long. */
  kill(id: number, forMs?: number, cause: Cause = {}): Promise<void> {
    const stopped = this.#operations.stopBroker(id)
    const back = forMs === undefined ? '' : `, for ${forMs} ms`
    this.#log.add({ ...cause, action: 'kill', did: `broker ${id} went away${back}`, broker: id })
    if (forMs !== undefined) {
      this.#later(forMs, () => {
        this.start(id).catch(error => this.#complain(`broker: broker ${id} does not come back: ${error}`))
      })
    }
    return stopped
  }

  async start(id: number): Promise<void> {
    await this.#operations.startBroker(id)
    this.#log.add({ action: 'start', did: `broker ${id} came back`, broker: id })
  }

  /** Resolves when it goes on. */
  freeze(id: number, forMs?: number, cause: Cause = {}): Promise<void> {
    const thawed = this.#operations.freezeBroker(id)
    const back = forMs === undefined ? '' : ` for ${forMs} ms`
    this.#log.add({ ...cause, action: 'freeze', did: `broker ${id} stands still${back}`, broker: id })
    if (forMs !== undefined) this.#later(forMs, () => this.unfreeze(id))
    return thawed
  }

  unfreeze(id: number): void {
    this.#operations.unfreezeBroker(id)
    this.#log.add({ action: 'unfreeze', did: `broker ${id} goes on`, broker: id })
  }

  /** @throws RangeError when no such replica is in sync, or there is no such partition. */
  moveLeader(topic: string, partition: number, to: 'next' | number, cause: Cause = {}): void {
    const leadership = this.#cluster.topics.get(topic)?.partitions[partition]?.leadership
    const before = leadership?.leader ?? -1
    const id = to === 'next' ? following(leadership?.isr ?? [], before) : to
    if (id === undefined) throw new RangeError(`partition ${partition} of "${topic}" has no other replica`)
    this.#operations.moveLeader(topic, partition, id)
    const partitions = [{ topic, partition }]
    const did = `leader of ${topic}-${partition} moved from broker ${before} to ${id}`
    this.#log.add({ broker: id, ...cause, action: 'moveLeader', did, partitions })
  }

  moveCoordinator(key: string, to: 'next' | number, cause: Cause = {}): void {
    const { nodes } = this.#cluster
    const before = nodes.coordinatorOf(key)?.id ?? -1
    const up = nodes.up.map(node => node.id)
    const id = to === 'next' ? following(up, before) : to
    if (id === undefined) throw new RangeError('no other broker is up')
    this.#operations.moveCoordinator(key, id)
    const did = `coordinator of ${key} moved from broker ${before} to ${id}`
    this.#log.add({ broker: id, ...cause, action: 'moveCoordinator', did })
  }

  /** Nothing comes back any more. */
  close(): void {
    for (const cancel of this.#waiting) cancel()
    this.#waiting.clear()
  }

  #later(ms: number, fn: () => void): void {
    const cancel = this.#clock.after(ms, () => {
      this.#waiting.delete(cancel)
      fn()
    })
    this.#waiting.add(cancel)
  }
}

/** The one after `id`, round the list; undefined when there is no other. */
function following(ids: readonly number[], id: number): number | undefined {
  const next = ids[(ids.indexOf(id) + 1) % ids.length]
  return next === id ? undefined : next
}
