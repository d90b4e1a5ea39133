import type { Socket } from 'node:net'
import { Connection, type Place } from './connection.ts'
import type { Node } from './nodes.ts'

/** Bytes that all connections together may hold: requests not whole yet, answers not read yet. */
const MAX_HELD_BYTES = 512 * 1024 * 1024

/** All open connections, and the bound on the memory behind them. */
export class Connections {
  readonly #open = new Set<Connection>()
  readonly #maxHeld: number

  constructor(maxHeld = MAX_HELD_BYTES) {
    this.#maxHeld = maxHeld
  }

  accept(socket: Socket, place: Place): void {
    const connection = new Connection(socket, place, () => this.#relieve())
    this.#open.add(connection)
    socket.on('close', () => this.#open.delete(connection))
  }

  /** Bytes held for all connections. */
  get held(): number {
    let held = 0
    for (const connection of this.#open) held += connection.held
    return held
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
      largest.refuse(
        `it holds ${largest.held} of the ${this.#maxHeld} bytes that all connections may hold together`,
      )
    }
  }

  /** Closes all connections, or those of one broker. */
  close(node?: Node): void {
    for (const connection of this.#open)
      if (node === undefined || connection.node === node) connection.close()
  }
}
