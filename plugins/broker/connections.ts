import type { Socket } from 'node:net'
import { Connection, type Place } from './connection.ts'
import type { Node } from './nodes.ts'

/** Bytes that all connections together may hold: requests not whole or not answered yet, answers not read yet. */
const MAX_HELD_BYTES = 512 * 1024 * 1024

/** All open connections, and the bound on the memory behind them. */
export class Connections {
  readonly #open = new Set<Connection>()
  readonly #maxHeld: number
  /** Brokers that stand still, until their promise resolves. */
  readonly #frozen = new Map<Node, PromiseWithResolvers<void>>()

  constructor(maxHeld = MAX_HELD_BYTES) {
    this.#maxHeld = maxHeld
  }

  accept(socket: Socket, place: Place): void {
    const connection = new Connection(socket, place, () => this.#look(connection))
    this.#open.add(connection)
    // Each one's share has become smaller since what the others hold was looked at.
    const { size } = this.#open
    if ((size & (size - 1)) === 0) this.#relieve()
    const frozen = this.#frozen.get(place.node)
    if (frozen !== undefined) connection.freeze(frozen.promise)
    socket.on('close', () => this.#open.delete(connection))
  }

  /** Bytes held for all connections. */
  get held(): number {
    let held = 0
    for (const connection of this.#open) held += connection.held
    return held
  }

  /** While none holds more than its share, all together are within the bound. */
  #look(connection: Connection): void {
    if (connection.held * this.#open.size > this.#maxHeld) this.#relieve()
  }

  /** Closes the connection that holds the most until all others are within the bound. */
  #relieve(): void {
    let held = this.held
    while (held > this.#maxHeld) {
      let largest: Connection | undefined
      for (const each of this.#open) if (largest === undefined || each.held > largest.held) largest = each
      if (largest === undefined) return
      held -= largest.held
      this.#open.delete(largest)
      largest.drop(
        `it holds ${largest.held} of the ${this.#maxHeld} bytes that all connections may hold together`,
      )
    }
  }

  /**
   * Lets a broker stand still, as a process that is stopped: connections are made and nothing is read or answered.
   * @returns what resolves when it goes on.
   */
  freeze(node: Node): Promise<void> {
    const earlier = this.#frozen.get(node)
    if (earlier !== undefined) return earlier.promise
    const frozen = Promise.withResolvers<void>()
    this.#frozen.set(node, frozen)
    for (const connection of this.#open) if (connection.node === node) connection.freeze(frozen.promise)
    return frozen.promise
  }

  isFrozen(node: Node): boolean {
    return this.#frozen.has(node)
  }

  /** Lets it go on. */
  thaw(node: Node): void {
    this.#frozen.get(node)?.resolve()
    this.#frozen.delete(node)
  }

  /** Closes all connections, or those of one broker. */
  close(node?: Node): void {
    for (const connection of this.#open)
      if (node === undefined || connection.node === node) connection.close()
  }
}
