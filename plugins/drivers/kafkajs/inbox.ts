/** Batches that kafkajs pushed and nobody has polled yet. kafkajs fetches no more before they are gone, so they are few. */
import type { EachBatchPayload } from 'kafkajs'
import type { Position } from './positions.ts'

export interface Entry {
  readonly payload: EachBatchPayload
  readonly position: Position
  /** µs since t0. */
  readonly polledAt: number
  /** Lets kafkajs go on. */
  readonly done: () => void
}
interface Waiting extends Entry {
  readonly fail: (error: unknown) => void
}

export class Inbox {
  #entries: Waiting[] = []
  #wake: () => void = () => undefined
  readonly #heartbeat: NodeJS.Timeout

  /** @param heartbeatMs how often the member's heart beats while something waits: kafkajs is held up meanwhile. */
  constructor(heartbeatMs: number) {
    this.#heartbeat = setInterval(() => {
      // a rebalance, for example: kafkajs is to hear of it from the handlers that it waits for
      this.#entries[0]?.payload.heartbeat().catch(error => {
        for (const entry of this.#entries.splice(0)) entry.fail(error)
      })
    }, heartbeatMs)
    this.#heartbeat.unref()
  }

  /** Resolves when the batch was polled or dropped; rejects when the member has to join anew. */
  offer(payload: EachBatchPayload, position: Position, polledAt: number): Promise<void> {
    return new Promise((done, fail) => {
      this.#entries.push({ payload, position, polledAt, done, fail })
      this.#wake()
    })
  }
  shift(): Entry | undefined {
    return this.#entries.shift()
  }
  get empty(): boolean {
    return this.#entries.length === 0
  }
  /** Forgets what waits: kafkajs fetches it again. */
  drop(): void {
    for (const entry of this.#entries.splice(0)) entry.done()
  }

  /** Resolves when something arrives, `wake` is called, time is up or the signal says so. */
  wait(timeoutUs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise(resolve => {
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        this.#wake = () => undefined
        resolve()
      }
      const timer = setTimeout(end, timeoutUs / 1000)
      signal.addEventListener('abort', end, { once: true })
      this.#wake = end
    })
  }
  wake(): void {
    this.#wake()
  }

  close(): void {
    clearInterval(this.#heartbeat)
    this.drop()
    this.#wake()
  }
}
