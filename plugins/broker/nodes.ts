import { javaHash } from './java-hash.ts'

/** Where all brokers listen: load never leaves the machine. */
export const HOST = '127.0.0.1'

/** One broker of the cluster, as clients see it. */
export interface Node {
  /** From 1 on. */
  readonly id: number
  /** 0 until it listens. */
  port: number
  /** Whether it answers: a broker that is down is in no metadata, leads nothing and is no coordinator. */
  up: boolean
}

/**
 * The brokers of the cluster. They share one process and one state, so a replica lags behind by nothing: what a move of
 * leaders or a broker that goes away shows is how a client finds its way, never a loss.
 */
export class Nodes {
  readonly all: readonly Node[]
  /** Moved coordinators, by the key they coordinate (a group, a transactional id). */
  readonly #coordinators = new Map<string, number>()
  #coordinatorEpoch = 0

  constructor(count: number) {
    this.all = Array.from({ length: count }, (_, index) => ({ id: index + 1, port: 0, up: true }))
  }

  get(id: number): Node | undefined {
    return this.all[id - 1]
  }

  isUp(id: number): boolean {
    return this.get(id)?.up === true
  }

  get up(): readonly Node[] {
    return this.all.filter(node => node.up)
  }

  /** The broker that creates topics: the first that is up. */
  get controller(): Node | undefined {
    return this.all.find(node => node.up)
  }

  /** The broker that coordinates a group or a transactional id; undefined while no broker is up. */
  coordinatorOf(key: string): Node | undefined {
    const moved = this.get(this.#coordinators.get(key) ?? 0)
    if (moved?.up) return moved
    // The one whose turn it is or, while that is down, the next: a broker that goes takes no other's keys along.
    const { length } = this.all
    const first = (javaHash(key) & 0x7fff_ffff) % length
    const turns = Array.from({ length }, (_, n) => this.all[(first + n) % length]!)
    return turns.find(node => node.up)
  }

  /** Lets another broker coordinate `key` from now on, for as long as that one is up. */
  moveCoordinator(key: string, id: number): void {
    this.#coordinators.set(key, id)
    this.coordinatorsMoved()
  }

  /** Rises whenever a coordinator may have become another broker: what markers of transactions carry. */
  get coordinatorEpoch(): number {
    return this.#coordinatorEpoch
  }

  coordinatorsMoved(): void {
    this.#coordinatorEpoch++
  }

  /** Replicas of the `index`-th partition of a cluster, its first leader first: leaders go round. */
  replicasFor(index: number, factor: number): number[] {
    return Array.from({ length: factor }, (_, n) => ((index + n) % this.all.length) + 1)
  }
}
