/** The hot loop: due record → draft → hooks → driver. Allocates nothing, waits for nothing. */
import type { ResolvedStream } from './config/types.ts'
import type { Producer, ProducerPort } from './driver.ts'
import { createFiller } from './filler.ts'
import { type FiredStreamHooks, tapped } from './hooks.ts'
import type { Ledger } from './measure/ledger.ts'
import { type Key, PooledDraft, type Target } from './record.ts'
import type { Schedule } from './schedule.ts'
import { emptyStamp, STAMP_BYTES, writeStamp } from './stamp.ts'

/** One of the stream's producers that lives in this thread: records id, id + P, id + 2P … are its own. */
export interface Lane {
  readonly id: number
  readonly producer: Producer
}

/** Time a turn may take before answers are read. */
const TURN_US = 2000
/** t_enq is read once for so many records, or so much time: a clock read costs as much as a cheap record. */
const SLICE_RECORDS = 256
const SLICE_US = 100

/** Bytes; no broker takes more in one record. */
const LARGEST = 2 ** 30

export interface SenderOptions {
  readonly stream: ResolvedStream
  readonly number: number
  readonly run: number
  readonly seed: number
  readonly hooks: FiredStreamHooks
  readonly ledger: Ledger
  /** undefined: closed, as fast as there is room until `endUs`. */
  readonly schedule: Schedule | undefined
  readonly endUs: number
  /** µs since t0. */
  readonly now: () => number
}

export class Sender {
  readonly #o: SenderOptions
  readonly #hooks
  readonly #draft = new PooledDraft()
  readonly #stamp = emptyStamp()
  readonly #fill: ReturnType<typeof createFiller>
  /** Bytes from which on a value holds the stamp, and below which a header does. */
  readonly #stampFrom: number
  readonly #headerBelow: number
  #lanes: readonly Lane[] = []
  /** The next record: round and place in the list of lanes. */
  #round = 0
  #place = 0
  #slice = SLICE_RECORDS
  #stopped = Number.POSITIVE_INFINITY
  /** First record of the measured phase. */
  readonly #measureIndex: number

  constructor(options: SenderOptions) {
    this.#o = options
    const { hooks } = options
    // a literal: one hidden class, whatever is tapped
    this.#hooks = {
      keyFor: tapped(hooks.keyFor),
      partitionFor: tapped(hooks.partitionFor),
      sizeFor: tapped(hooks.sizeFor),
      beforeSend: tapped(hooks.beforeSend),
      valueFor: tapped(hooks.valueFor),
      onAck: tapped(hooks.onAck),
    }
    this.#fill = createFiller(options.seed)
    const { stamp } = options.stream
    const inValue = stamp === 'value' || (stamp === 'auto' && this.#hooks.valueFor === undefined)
    this.#stampFrom = inValue ? STAMP_BYTES : Number.POSITIVE_INFINITY
    if (stamp === 'auto') this.#headerBelow = this.#stampFrom
    else this.#headerBelow = stamp === 'header' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
    this.#stamp.run = options.run
    this.#stamp.stream = options.number
    this.#measureIndex = options.schedule?.before(options.ledger.measureFrom) ?? 0
  }

  attach(lanes: readonly Lane[]): void {
    this.#lanes = [...lanes].sort((a, b) => a.id - b.id)
  }

  /** What the driver calls back, for one lane. */
  port(
    onRoom: () => void,
    onEvent: ProducerPort['event'],
    onFailure: (error: unknown) => void,
  ): ProducerPort {
    const { ledger } = this.#o
    return {
      outcome: acks => {
        ledger.outcome(acks)
        try {
          this.#hooks.onAck?.call(acks)
        } catch (error) {
          onFailure(error) // the driver is not to see a plugin's error
        }
      },
      room: onRoom,
      event: onEvent,
      late: records => {
        ledger.counts.late[1] += records
      },
      fill: (draft, target, sequence) => {
        const stamped = target.length >= this.#stampFrom
        if (this.#hooks.valueFor === undefined) this.#fill(target, stamped ? STAMP_BYTES : 0, draft.index)
        else {
          // what is not written is zero, and nobody's old memory
          target.bytes.fill(0, target.start, target.start + target.length)
          this.#hooks.valueFor.call(draft, target)
        }
        if (stamped) this.#writeStamp(target, sequence)
      },
      stamp: (_draft, target, sequence) => this.#writeStamp(target, sequence),
    }
  }

  #writeStamp(target: Target, sequence: number): void {
    const s = this.#stamp
    const d = this.#draft
    s.producer = d.producer
    s.index = d.index
    s.sequence = sequence
    s.scheduledAt = d.scheduledAt
    s.enqueuedAt = d.enqueuedAt
    writeStamp(target.view, target.start, s)
  }

  /** Records of this thread among the first n of the stream. */
  #own(n: number): number {
    const all = this.#o.stream.producers
    let own = 0
    for (const { id } of this.#lanes) if (n > id) own += Math.floor((n - 1 - id) / all) + 1
    return own
  }

  /** Scheduled by now, from F alone, for each phase; closed: generated. */
  scheduled(now: number): [number, number] {
    const { schedule, ledger } = this.#o
    if (schedule === undefined) return [ledger.counts.generated[0], ledger.counts.generated[1]]
    const due = schedule.due(Math.min(now, this.#stopped))
    const warmup = this.#own(Math.min(due, this.#measureIndex))
    return [warmup, this.#own(due) - warmup]
  }

  /** The schedule ends here: what is due and was not sent yet is dropped. */
  stop(now: number): void {
    if (this.#stopped <= now) return
    this.#stopped = now
    const { ledger, schedule } = this.#o
    ledger.measureTo = Math.min(ledger.measureTo, now)
    if (schedule === undefined) return
    const scheduled = this.scheduled(now)
    for (const phase of [0, 1] as const) {
      const rest = scheduled[phase] - ledger.counts.generated[phase]
      if (rest > 0) {
        ledger.drop('abort', phase, rest)
        ledger.counts.generated[phase] += rest
      }
    }
  }

  /** Sends what is due. Answers the time of the next record in µs since t0, at most `now` if there is more at once. */
  turn(now: number): number {
    if (now >= this.#stopped || this.#lanes.length === 0) return Number.POSITIVE_INFINITY
    return this.#o.schedule === undefined ? this.#closedTurn(now) : this.#openTurn(now, this.#o.schedule)
  }

  #next(): number {
    return this.#round * this.#o.stream.producers + (this.#lanes[this.#place] as Lane).id
  }
  /** On to the next record; answers the lane of this one. */
  #advance(): Lane {
    const lane = this.#lanes[this.#place] as Lane
    if (++this.#place === this.#lanes.length) {
      this.#place = 0
      this.#round++
    }
    return lane
  }

  #openTurn(start: number, schedule: Schedule): number {
    const until = start + TURN_US
    const { ledger } = this.#o
    let now = start
    let due = schedule.due(now)
    for (;;) {
      let left = this.#slice
      let index = this.#next()
      while (index < due && left-- > 0) {
        const lane = this.#advance()
        const phase = index < this.#measureIndex ? 0 : 1
        ledger.counts.generated[phase]++
        if (lane.producer.room()) this.#send(lane, index, schedule.at(index), now, phase)
        else ledger.drop('backlog', phase)
        index = this.#next()
      }
      if (index >= due) {
        if (index >= schedule.total) return Number.POSITIVE_INFINITY
        return Math.max(schedule.at(index), now + 1)
      }
      now = this.#sliced(now)
      if (now >= until) return now
      due = schedule.due(now)
    }
  }

  #closedTurn(start: number): number {
    const until = start + TURN_US
    const { endUs, ledger } = this.#o
    let now = start
    for (;;) {
      if (now >= endUs) return Number.POSITIVE_INFINITY
      const phase = ledger.phaseOf(now)
      let left = this.#slice
      let full = 0
      while (left > 0 && full < this.#lanes.length) {
        const index = this.#next()
        const lane = this.#advance()
        // a lane without room keeps its place in the numbering: closed, every producer counts for itself
        if (!lane.producer.room()) full++
        else {
          full = 0
          left--
          ledger.counts.generated[phase]++
          this.#send(lane, index, now, now, phase)
        }
      }
      if (full > 0) return now + 1000 // port.room() wakes us earlier
      now = this.#sliced(now)
      if (now >= until) return now
    }
  }

  /** The clock, once per slice; and the slice, so that it stays within its time. */
  #sliced(before: number): number {
    const now = this.#o.now()
    const took = now - before
    if (took > SLICE_US) this.#slice = Math.max(1, this.#slice >> 1)
    else if (took < SLICE_US / 2 && this.#slice < SLICE_RECORDS) this.#slice *= 2
    return now
  }

  #send(lane: Lane, index: number, scheduledAt: number, now: number, phase: 0 | 1): void {
    const { ledger, stream } = this.#o
    const hooks = this.#hooks
    const draft = this.#draft
    draft.begin(index, scheduledAt, now, lane.id)
    try {
      if (hooks.keyFor !== undefined) draft.key = hooks.keyFor.call(null, draft) as Key | null
      if (hooks.partitionFor !== undefined) {
        const partition = hooks.partitionFor.call(draft, lane.producer.partitions())
        if (partition !== undefined)
          draft.partition = within('partitionFor', partition, 0, lane.producer.partitions() - 1)
      }
      draft.size =
        hooks.sizeFor === undefined
          ? stream.size
          : within('sizeFor', hooks.sizeFor.call(stream.size, draft), -1, LARGEST)
      draft.stampHeader = draft.size < this.#headerBelow
      if (hooks.beforeSend?.call(draft) === false) {
        ledger.drop('plugin', phase)
        return
      }
      lane.producer.append(draft)
    } catch (error) {
      ledger.drop('error', phase)
      throw error
    }
    ledger.enqueue(phase, scheduledAt, now, Math.max(0, draft.size))
  }
}

function within(hook: string, answer: number, low: number, high: number): number {
  if (answer >= low && answer <= high) return answer
  throw new RangeError(`${hook} answered ${answer}, expected ${low} to ${high}`)
}
