/**
 * Requests: batches out of the accumulator, through kafkajs, and each batch's outcome back.
 *
 * What was sent is not sent again. kafkajs can retry by itself, but tells only how the last attempt ended, sends partitions
 * again that were written already (duplicates, out of order), and forgets partitions whose leader moved meanwhile. So its
 * retries are off, and what a broker answers is what is counted: a time-out is `unknown`, once, and nobody writes the record
 * behind our back. Only what never left, because no broker was there to connect to, is tried again, up to the delivery time-out.
 *
 * An idempotent producer must retry (kafkajs insists), which costs no duplicates: there a refusal counts as `failed` only if it
 * ended the first attempt; and since kafkajs takes the sequence numbers of a rejected request back although they may be
 * in the log, it gets a new producer id after each.
 *
 * kafkajs throws the first error of an answer for several partitions and drops the rest of it. Those partitions go
 * out one by one (`suspect`) until they are acked, so that errors are told apart from then on.
 */
import type { RecordMetadata } from 'kafkajs'
import type { HeldBatch, ProducerOptions } from '../../../core/plugin.ts'
import type { Accumulator, PartitionQueue } from './accumulator.ts'
import type { Batch } from './batch.ts'
import { type Lane, Lanes } from './lanes.ts'
import type { Link, OnMetadata } from './link.ts'
import { codeOf, type Outcome, rejected } from './outcome.ts'

interface Request {
  readonly lane: Lane
  /** Those without outcome. */
  batches: Batch[]
  readonly alone: boolean
  readonly queues: readonly PartitionQueue[]
  /** Records given up before the answer. */
  late: number
  attempts: number
}

export interface DispatcherPort {
  /** µs since t0. */
  readonly now: () => number
  /** A request is over, after so many attempts. */
  readonly requested: (attempts: number) => void
  readonly connect: (onMetadata: OnMetadata) => Promise<Link>
  /** `message` says what happened, for people. */
  outcome(batch: Batch, outcome: Outcome, message: string, baseOffset: number): void
  /** A batch could not be sent, and is tried again. */
  unsent(error: string, message: string): void
  /** An answer came for so many records that were given up. */
  late(records: number): void
  /** A request is over, its outcomes told. */
  settled(): void
}

const ACKED: Outcome = { state: 'acked', error: '' }
/** acks=0: handed to the operating system, and nothing more will be known. */
const SENT: Outcome = { state: 'unknown', error: '' }
const UNANSWERED: Outcome = { state: 'unknown', error: 'Unanswered' }
const ANSWER_LATE: Outcome = { state: 'unknown', error: 'DeliveryTimeout' }
/** Before what could not be sent is tried again. */
const AGAIN_US = 100_000
/** Before a new try to connect, ms. */
const RECONNECT_MS = 250

export class Dispatcher {
  readonly #accumulator: Accumulator
  readonly #settings
  readonly #port: DispatcherPort
  readonly #lanes: Lanes
  readonly #requests = new Set<Request>()
  /** undefined while a new one is being made. */
  #link: Link | undefined
  #timer: NodeJS.Timeout | undefined
  #wakesAt = Number.POSITIVE_INFINITY
  #soon = false
  #closed = false

  constructor(accumulator: Accumulator, { settings }: ProducerOptions, port: DispatcherPort) {
    const { idempotent, maxInFlight, compression } = settings
    this.#accumulator = accumulator
    this.#settings = settings
    this.#port = port
    this.#lanes = new Lanes(accumulator, {
      // kafkajs keeps no order of idempotent requests under way together
      maxInFlight: idempotent ? 1 : maxInFlight,
      // gzip runs in a thread pool, where a small batch overtakes a large one
      oneByOne: idempotent || compression === 'gzip',
    })
  }

  /** @throws what kafkajs throws when it cannot connect. */
  async connect(): Promise<void> {
    this.#link = await this.#open()
  }
  #open(): Promise<Link> {
    // an idempotent producer's requests share a producer id: they go one after the other, whoever leads
    return this.#port.connect(metadata => {
      if (!this.#settings.idempotent) this.#lanes.follow(metadata)
    })
  }

  /** Sends what is due, in a later turn of the event loop: what is appended until then goes along. */
  pumpSoon(): void {
    if (this.#soon) return
    this.#soon = true
    setImmediate(() => {
      this.#soon = false
      this.#pump()
    })
  }

  /** Sends what is due in so many µs, unless that happens earlier anyway. */
  wakeIn(us: number): void {
    const at = this.#port.now() + us
    if (at >= this.#wakesAt) return
    clearTimeout(this.#timer)
    this.#wakesAt = at
    this.#timer = setTimeout(
      () => {
        this.#wakesAt = Number.POSITIVE_INFINITY
        this.#pump()
      },
      Math.max(1, Math.ceil(us / 1000)),
    )
  }

  #pump(): void {
    const link = this.#link
    if (link === undefined || this.#closed) return
    const now = this.#port.now()
    for (const lane of this.#lanes) {
      if (lane.notBefore > now) this.wakeIn(lane.notBefore - now)
      if (!this.#lanes.ready(lane, now)) continue
      this.#send(link, lane, this.#lanes.take(lane, now))
      // one request a turn and broker: by the next turn kafkajs has written it, and a second one cannot overtake it
      if (this.#lanes.ready(lane, now)) this.pumpSoon()
    }
    const next = this.#accumulator.nextDue()
    if (next > now && next < Number.POSITIVE_INFINITY) this.wakeIn(next - now)
  }

  #send(link: Link, lane: Lane, batches: Batch[]): void {
    const queues = batches.map(batch => this.#queueOf(batch))
    const request: Request = { lane, batches, alone: batches.length === 1, queues, late: 0, attempts: 0 }
    this.#requests.add(request)
    lane.inFlight++
    link.send(batches, request).then(
      answer => this.#settle(link, request, () => this.#answered(link, request, answer)),
      error => this.#settle(link, request, () => this.#rejected(link, request, error)),
    )
  }
  #queueOf(batch: Batch): PartitionQueue {
    return this.#accumulator.queues[batch.partition] as PartitionQueue
  }

  #settle(link: Link, request: Request, tell: () => void): void {
    request.lane.inFlight--
    for (const queue of request.queues) queue.sending--
    this.#port.requested(request.attempts)
    if (this.#closed) return
    tell()
    this.#requests.delete(request)
    this.#port.settled()
    if (link === this.#link) this.pumpSoon()
  }

  /** A partition that the answer does not name is not acked, whatever the promise says. */
  #answered(link: Link, request: Request, answer: readonly RecordMetadata[]): void {
    request.lane.proven = true
    if (this.#settings.acks === 0) {
      for (const batch of request.batches.splice(0)) this.#port.outcome(batch, SENT, '', -1)
      return
    }
    const named = new Map(answer.map(each => [each.partition, each]))
    for (const batch of request.batches.splice(0)) {
      const partition = named.get(batch.partition)
      if (partition?.errorCode === 0) {
        if (request.alone) this.#queueOf(batch).suspect = false
        this.#port.outcome(batch, ACKED, '', Number(partition.baseOffset ?? -1))
      } else {
        this.#port.outcome(batch, UNANSWERED, 'kafkajs resolved without an answer for the partition', -1)
        this.#renew(link)
      }
    }
    if (request.late > 0) this.#port.late(request.late)
  }

  #rejected(link: Link, request: Request, error: unknown): void {
    const { lane, alone, attempts, queues } = request
    const code = codeOf(error)
    const outcome = rejected(error, { alone, attempts, acks: this.#settings.acks })
    const message = error instanceof Error ? error.message : String(error)
    lane.proven = code !== undefined
    let sent = false
    for (const batch of request.batches.splice(0)) {
      if (batch.sent) {
        sent = true
        this.#port.outcome(batch, outcome, message, -1)
      } else {
        this.#accumulator.putBack(batch)
        lane.notBefore = this.#port.now() + AGAIN_US
        this.#port.unsent(outcome.error, message)
      }
    }
    if (!sent) return
    if (!alone && code !== undefined) for (const queue of queues) queue.suspect = true
    if (outcome.state !== 'acked') this.#renew(link)
  }

  /** A new producer id, for the reason given above. */
  #renew(link: Link): void {
    if (!this.#settings.idempotent || this.#link !== link) return
    this.#link = undefined
    link.end()
    const again = () => {
      if (this.#closed) return
      this.#open().then(
        fresh => {
          if (this.#closed) return fresh.end()
          this.#link = fresh
          this.pumpSoon()
        },
        // what waits meanwhile is given up by the delivery time-out
        () => void setTimeout(again, RECONNECT_MS).unref(),
      )
    }
    again()
  }

  held(visit: (batch: HeldBatch) => void): void {
    for (const { batches } of this.#requests) for (const batch of batches) visit(batch)
  }
  get idle(): boolean {
    for (const { batches } of this.#requests) if (batches.length > 0) return false
    return true
  }

  /** Gives up batches opened before a time (µs since t0). kafkajs goes on with their request: its answer is late. */
  giveUp(before: number, message: string): void {
    for (const request of this.#requests) {
      const old = request.batches.filter(batch => batch.openedAt < before)
      if (old.length === 0) continue
      request.batches = request.batches.filter(batch => batch.openedAt >= before)
      for (const batch of old) {
        request.late += batch.count
        this.#port.outcome(batch, ANSWER_LATE, message, -1)
      }
    }
  }

  /** With a request under way, whose answer nobody wants any more, it hangs up at once. */
  async close(signal: AbortSignal): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    if (this.#requests.size > 0) this.#link?.end()
    else await this.#link?.close(signal)
  }
}
