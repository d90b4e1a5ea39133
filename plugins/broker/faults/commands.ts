import type { Cluster } from '../cluster.ts'
import type { Clock } from './clock.ts'
import type { FaultEntry, FaultLog } from './log.ts'

/** What can be done to the brokers; ids are checked, RangeError for one that no broker has. */
export interface Operations {
  isUp(id: number): boolean
  isFrozen(id: number): boolean
  /** Takes it away, or keeps it from coming back. */
  stopBroker(id: number): Promise<void>
  /** Whether it has come back: not when it was up, or was stopped in between. */
  startBroker(id: number): Promise<boolean>
  /** Resolves when it goes on. */
  freezeBroker(id: number): Promise<void>
  unfreezeBroker(id: number): void
  moveLeader(topic: string, partition: number, id: number): void
  moveCoordinator(key: string, id: number): void
}

/** Who did it: the request that a rule met, or nobody but the caller. */
export type Cause = Partial<FaultEntry>

/**
 * Faults of brokers and their places, each noted in the log; a command that changes nothing is not. Of the times that a
 * broker is to come back after, or to go on after, the last one holds: there is one at most, since a broker that is down
 * stands still no more.
 */
export class Commands {
  readonly #cluster: Cluster
  readonly #operations: Operations
  readonly #log: FaultLog
  readonly #clock: Clock
  readonly #complain: (line: string) => void
  /** What is to happen to a broker by itself, as what ends that. */
  readonly #pending = new Map<number, () => void>()

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

  /** @param forMs comes back by itself after so long; undefined: not by itself. Holds for a broker that is down, too. */
  kill(id: number, forMs?: number, cause: Cause = {}): Promise<void> {
    const up = this.#operations.isUp(id)
    const stopped = this.#operations.stopBroker(id)
    const awaited = this.#forget(id)
    if (up || awaited || forMs !== undefined) {
      const back = forMs === undefined ? '' : `, for ${forMs} ms`
      const did = `broker ${id} ${up ? 'went' : 'stays'} away${back}`
      this.#log.add({ ...cause, action: 'kill', did, broker: id })
    }
    if (forMs !== undefined) {
      this.#later(id, forMs, () => {
        this.start(id).catch(error => this.#complain(`broker: broker ${id} does not come back: ${error}`))
      })
    }
    return stopped
  }

  /** Resolves when it is up, or was stopped in between. */
  async start(id: number): Promise<void> {
    if (this.#operations.isUp(id)) return
    this.#forget(id)
    const coming = () => {}
    this.#pending.set(id, coming)
    try {
      if (!(await this.#operations.startBroker(id))) return
      this.#log.add({ action: 'start', did: `broker ${id} came back`, broker: id })
    } finally {
      if (this.#pending.get(id) === coming) this.#pending.delete(id)
    }
  }

  /**
   * Resolves when it goes on, or goes away.
   * @throws RangeError for a broker that is down.
   */
  freeze(id: number, forMs?: number, cause: Cause = {}): Promise<void> {
    if (!this.#operations.isUp(id)) throw new RangeError(`broker ${id} is down`)
    const frozen = this.#operations.isFrozen(id)
    const thawed = this.#operations.freezeBroker(id)
    const awaited = this.#forget(id)
    if (!frozen || awaited || forMs !== undefined) {
      const back = forMs === undefined ? '' : ` for ${forMs} ms`
      const did = `broker ${id} ${frozen ? 'goes on standing' : 'stands'} still${back}`
      this.#log.add({ ...cause, action: 'freeze', did, broker: id })
    }
    if (forMs !== undefined) this.#later(id, forMs, () => this.unfreeze(id))
    return thawed
  }

  unfreeze(id: number): void {
    if (!this.#operations.isFrozen(id)) return
    this.#forget(id)
    this.#operations.unfreezeBroker(id)
    this.#log.add({ action: 'unfreeze', did: `broker ${id} goes on`, broker: id })
  }

  /** @throws RangeError when no such replica is in sync, or there is no such topic or partition. */
  moveLeader(topic: string, partition: number, to: 'next' | number, cause: Cause = {}): void {
    const { leader: before, isr } = this.#cluster.partition(topic, partition).leadership
    const id = to === 'next' ? following(isr, before) : to
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
    for (const id of [...this.#pending.keys()]) this.#forget(id)
  }

  #later(id: number, ms: number, fn: () => void): void {
    const cancel = this.#clock.after(ms, () => {
      this.#pending.delete(id)
      fn()
    })
    this.#pending.set(id, cancel)
  }

  /** @returns whether something was to happen by itself, that now does not. */
  #forget(id: number): boolean {
    this.#pending.get(id)?.()
    return this.#pending.delete(id)
  }
}

/** The one after `id`, round the list; undefined when there is no other. */
function following(ids: readonly number[], id: number): number | undefined {
  const next = ids[(ids.indexOf(id) + 1) % ids.length]
  return next === id ? undefined : next
}
