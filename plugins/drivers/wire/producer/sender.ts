/** Requests: batches out of the accumulator to the brokers that lead their partitions, and each batch's answer back. */
import type { ProducerOptions } from '../../../../core/plugin.ts'
import { MalformedError } from '../../../protocol/failure.ts'
import type { Cluster } from '../cluster.ts'
import { LinkError } from '../failure.ts'
import { MOST_THROTTLE_MS } from '../throttle.ts'
import type { Accumulator } from './accumulator.ts'
import type { Batch } from './batch.ts'
import { type Connection, EARLY_US, type Lane } from './lane.ts'
import { Lanes } from './lanes.ts'
import type { PartitionQueue } from './queue.ts'
import { readAnswer } from './request.ts'
import type { Sequences } from './sequences.ts'

export interface SenderPort {
  /** µs since t0. */
  readonly now: () => number
  /** The broker answered for a batch without outcome. */
  answered(
    queue: PartitionQueue,
    batch: Batch,
    code: number,
    baseOffset: number,
    message: string | null,
  ): void
  /** A batch's request ended without an answer. */
  lost(queue: PartitionQueue, batch: Batch, why: LinkError): void
  /** acks=0: the operating system has the bytes, or there is an error and it may have some. */
  written(queue: PartitionQueue, batch: Batch, error: Error | undefined): void
  /** An answer came for so many records that were given up. */
  late(records: number): void
  /** A batch that has its outcome is in nobody's hands any more. */
  release(batch: Batch): void
  /** The batches that may not come along when a partition begins anew. */
  abandoned(queue: PartitionQueue, batches: readonly Batch[]): void
  requested(again: boolean, batchBytes: number, sentBytes: number): void
  throttled(node: number, ms: number): void
  /** What waits cannot be sent now. */
  trouble(error: unknown): void
  /** All that a call brought has been told. */
  settled(): void
}

interface Request {
  readonly lane: Lane
  readonly batches: readonly Batch[]
}

export class Sender {
  readonly lanes: Lanes
  readonly #accumulator: Accumulator
  readonly #sequences: Sequences | undefined
  readonly #settings
  readonly #port: SenderPort
  #timer: NodeJS.Timeout | undefined
  #wakesAt = Number.POSITIVE_INFINITY
  #soon = false
  #closed = false

  constructor(
    cluster: Cluster,
    accumulator: Accumulator,
    sequences: Sequences | undefined,
    options: ProducerOptions,
    port: SenderPort,
  ) {
    this.#accumulator = accumulator
    this.#sequences = sequences
    this.#settings = options.settings
    this.#port = port
    this.lanes = new Lanes(cluster, accumulator, sequences, options, {
      changed: () => this.pumpSoon(),
      drained: () => this.#pump(),
      trouble: error => port.trouble(error),
    })
  }

  /** Sends what is due, in a later turn of the event loop: what is appended until then goes along. */
  pumpSoon(): void {
    if (this.#soon || this.#closed) return
    this.#soon = true
    setImmediate(() => {
      this.#soon = false
      this.#pump()
    })
  }

  /** Sends what is due at a time in µs since t0, unless that happens earlier anyway. */
  wakeAt(at: number): void {
    if (at >= this.#wakesAt || this.#closed) return
    clearTimeout(this.#timer)
    this.#wakesAt = at
    const ms = Math.max(1, Math.ceil((at - this.#port.now()) / 1000))
    this.#timer = setTimeout(() => {
      this.#wakesAt = Number.POSITIVE_INFINITY
      this.#pump()
    }, ms)
  }

  #pump(): void {
    if (this.#closed) return
    if (this.#sequences !== undefined) this.#renew(this.#sequences)
    const now = this.#port.now()
    for (const lane of this.lanes) this.#serve(lane, now)
  }

  #renew(sequences: Sequences): void {
    for (const queue of this.#accumulator.queues)
      if (sequences.isStuck(queue)) this.#port.abandoned(queue, sequences.renew(queue))
  }

  #serve(lane: Lane, now: number): void {
    for (;;) {
      const due = lane.due()
      if (due > now + EARLY_US) {
        if (due < Number.POSITIVE_INFINITY) this.wakeAt(due)
        return
      }
      if (lane.node < 0) {
        this.lanes.refresh()
        return
      }
      const { connection } = lane
      if (connection === undefined) {
        this.lanes.connect(lane)
        return
      }
      if (connection.link.full || lane.inFlight >= this.#settings.maxInFlight) return
      this.#send(lane, connection, lane.take(now))
    }
  }

  #send(lane: Lane, { link, requests }: Connection, batches: readonly Batch[]): void {
    const request: Request = { lane, batches }
    let again = false
    let batchBytes = 0
    const id = link.nextId()
    for (const batch of batches) batch.sum()
    const frame = requests.frame(batches, id)
    const wireAt = this.#port.now()
    for (const batch of batches) {
      if (batch.attempts++ > 0) again = true
      batch.wireAt = wireAt
      batch.underWay = true
      batch.writing++
      batchBytes += batch.bytes
    }
    lane.inFlight++
    const sentBytes = frame.reduce((sum, piece) => sum + piece.length, 0)
    this.#port.requested(again, batchBytes, sentBytes)
    const answer =
      this.#settings.acks === 0
        ? undefined
        : (bytes: Buffer | undefined, why: LinkError | undefined) =>
            this.#settle(request, () => {
              if (bytes === undefined) this.#lose(request, why as LinkError)
              else this.#answer(request, requests.version, bytes)
            })
    link.send(frame, id, answer, error => {
      for (const batch of batches) batch.writing--
      if (answer === undefined) this.#settle(request, () => this.#written(request, error ?? undefined))
      else if (!this.#closed) for (const batch of batches) this.releaseIfDone(batch)
    })
  }

  #settle(request: Request, tell: () => void): void {
    request.lane.inFlight--
    if (this.#closed) return
    try {
      tell()
    } finally {
      this.#port.settled()
      this.pumpSoon()
    }
  }

  /** Ends what the request held in its hands; answers whether the batch still waits for its outcome. */
  #back(batch: Batch): boolean {
    batch.underWay = false
    this.#queueOf(batch).unsend(batch)
    return !batch.ended
  }
  #queueOf(batch: Batch): PartitionQueue {
    return this.#accumulator.queues[batch.partition] as PartitionQueue
  }
  /** Hands a batch back once nothing uses it any more. */
  releaseIfDone(batch: Batch): void {
    if (batch.ended && !batch.underWay && batch.writing === 0 && batch.memory.length > 0)
      this.#port.release(batch)
  }

  #answer(request: Request, version: number, frame: Buffer): void {
    const { batches, lane } = request
    let throttleMs = 0
    try {
      let next = 0
      throttleMs = readAnswer(frame, version, (partition, code, baseOffset, message) => {
        // brokers answer in the order they were asked, mostly
        if (batches[next]?.partition !== partition)
          next = batches.findIndex(each => each.partition === partition)
        const batch = batches[next++]
        if (batch === undefined || !batch.underWay)
          throw new MalformedError(`an answer for partition ${partition}, which was not asked for`)
        if (this.#back(batch)) this.#port.answered(this.#queueOf(batch), batch, code, baseOffset, message)
        else this.#port.late(batch.count)
        this.releaseIfDone(batch)
      })
    } finally {
      if (batches.some(each => each.underWay)) this.#lose(request, unanswered(lane))
    }
    if (throttleMs > 0) {
      this.lanes.pause(lane.node, this.#port.now() + 1000 * Math.min(throttleMs, MOST_THROTTLE_MS))
      this.#port.throttled(lane.node, throttleMs)
    }
  }

  /** What is still in the request's hands has no answer. */
  #lose({ batches }: Request, why: LinkError): void {
    for (const batch of batches) {
      if (!batch.underWay) continue
      if (this.#back(batch)) this.#port.lost(this.#queueOf(batch), batch, why)
      this.releaseIfDone(batch)
    }
  }

  #written({ batches }: Request, error: Error | undefined): void {
    for (const batch of batches) {
      if (this.#back(batch)) this.#port.written(this.#queueOf(batch), batch, error)
      this.releaseIfDone(batch)
    }
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.lanes.close()
  }
}

function unanswered({ node }: Lane): LinkError {
  const reason = 'the broker answered, but not for all partitions'
  return new LinkError({ host: `node ${node}`, port: 0 }, 'protocol', reason)
}
