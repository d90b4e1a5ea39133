import { errorCodes } from '../protocol/errors.ts'
import type { Nodes } from './nodes.ts'

/** Who has a partition and who leads it. The epoch rises with every change of the leader. */
export class Leadership {
  /** Brokers that have the partition, the preferred leader first. */
  readonly replicas: readonly number[]
  /** Called after the leader has changed. */
  onChange: () => void = () => {}
  #leader: number
  #epoch = 0
  readonly #nodes: Nodes

  constructor(replicas: readonly number[], nodes: Nodes) {
    this.replicas = replicas
    this.#nodes = nodes
    this.#leader = this.isr[0] ?? -1
  }

  /** −1 while no broker that has the partition is up. */
  get leader(): number {
    return this.#leader
  }

  get epoch(): number {
    return this.#epoch
  }

  /** As answers name it to a client that asked elsewhere. */
  get current(): { readonly leaderId: number; readonly leaderEpoch: number } {
    return { leaderId: this.#leader, leaderEpoch: this.#epoch }
  }

  /** Replicas in sync: here those that are up. */
  get isr(): readonly number[] {
    return this.replicas.filter(id => this.#nodes.isUp(id))
  }

  /** Replicas whose broker is down. */
  get offline(): readonly number[] {
    return this.replicas.filter(id => !this.#nodes.isUp(id))
  }

  /** After a broker has come or gone: keeps the leader while it is up, else the first replica that is. */
  elect(): void {
    if (!this.#nodes.isUp(this.#leader)) this.#lead(this.isr[0] ?? -1)
  }

  /** @returns whether `id` is up and has the partition; else nothing changes. */
  move(id: number): boolean {
    if (!this.isr.includes(id)) return false
    this.#lead(id)
    return true
  }

  #lead(id: number): void {
    if (id === this.#leader) return
    this.#leader = id
    this.#epoch++
    this.onChange()
  }

  /**
   * Whether broker `id` may answer for the partition: an error code.
   * @param epoch the leader epoch a client believes in, −1 for one that does not say.
   * @param leaderOnly whether it has to be the leader; else any replica will do.
   */
  check(id: number, epoch: number, leaderOnly = true): number {
    if (epoch > this.#epoch) return errorCodes.UNKNOWN_LEADER_EPOCH
    if (epoch >= 0 && epoch < this.#epoch) return errorCodes.FENCED_LEADER_EPOCH
    const here = leaderOnly ? id === this.#leader : this.replicas.includes(id)
    return here ? errorCodes.NONE : errorCodes.NOT_LEADER_OR_FOLLOWER
  }
}
