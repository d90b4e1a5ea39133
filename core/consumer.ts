/** The poll loop of one member: join → fetch → stamp read back → ledger → onRecord, and what plugins make it do instead. */
import type { Member, Poll } from './api.ts'
import type { Clock } from './clock.ts'
import type { RateSpec } from './config/types.ts'
import type { Batch, Consumer, Offsets } from './driver.ts'
import { messageOf } from './errors.ts'
import type { RunEvent } from './events.ts'
import { tapped } from './hooks.ts'
import type { ConsumedRecord } from './record.ts'
import type { SenderOptions } from './sender.ts'
import { emptyStamp, readStamp, STAMP_BYTES, STAMP_HEADER } from './stamp.ts'

const POLL_US = 100_000
/** Before a member that could not join tries again. */
const AGAIN_US = 1_000_000
/** t_recv is read once for so many records, as t_enq is. */
const SLICE = 256

export interface ReaderOptions extends Pick<SenderOptions, 'stream' | 'run' | 'hooks' | 'ledger' | 'now'> {
  readonly consumer: Consumer
  readonly member: Pick<Member, 'group' | 'index' | 'number'>
  /** Who writes to the topic, by the stream's number, at which kind of rate; undefined: does not. */
  readonly writers: readonly (RateSpec['kind'] | undefined)[]
  /** Records after which it commits; Infinity: never by itself. */
  readonly commitAfter: number
  readonly clock: Clock
  /** ms since the epoch at t0. */
  readonly wallAtStart: () => number
  readonly emit: (event: RunEvent) => void
}
type Live = { -readonly [K in keyof Member]: Member[K] }

export class Reader {
  readonly #o: ReaderOptions
  readonly #hooks
  readonly #stamp = emptyStamp()
  /** Some values of the topic are given: a stamp in one may be of the record that it was made from. */
  readonly #fed: boolean
  readonly #cut = new AbortController()
  readonly #gone = Promise.withResolvers<void>()
  readonly #member: Live
  #wake = () => {}
  /** In the group, as far as plugins want it to be. */
  #wanted = true
  #paused = false
  /** Of its records, how many there were when it last committed by itself. */
  #committed = 0
  #ends: readonly number[] | undefined

  constructor(options: ReaderOptions) {
    this.#o = options
    const { hooks, consumer, member } = options
    this.#fed = options.writers.includes('fed')
    this.#hooks = { pollFor: tapped(hooks.pollFor), onRecord: tapped(hooks.onRecord) }
    const [position, lag] = [() => consumer.position(), () => consumer.lag()]
    this.#member = { ...member, joined: false, records: 0, now: 0, position, lag }
  }

  /** What plugins see of it, as it stands. */
  get member(): Member {
    return this.#member
  }

  /** Joins its group, unless a plugin keeps it away. */
  async begin(): Promise<void> {
    const answer = this.#answer()
    this.#wanted = answer !== 'leave' && answer !== 'kill'
    this.#paused = answer === 'pause'
    if (this.#wanted) await this.#join()
  }

  /** Polls until `finishAt` has been called and its offsets are reached, or `cut`. */
  async run(): Promise<void> {
    const { consumer, commitAfter } = this.#o
    const signal = this.#cut.signal
    while (!signal.aborted && !this.#reached()) {
      if (this.#hooks.pollFor !== undefined && !(await this.#ask())) continue
      await consumer.poll(batch => this.#take(batch), { timeoutUs: POLL_US, signal })
      if (this.#member.records - this.#committed >= commitAfter) await this.#commit()
    }
    if (!signal.aborted) await this.#commitRest()
  }

  /** Nothing is sent any more: reads up to these end offsets, one per partition, then ends. */
  finishAt(ends: readonly number[]): void {
    this.#ends = ends
    this.#wake()
  }
  cut(): void {
    this.#cut.abort()
    this.#gone.resolve()
    this.#wake()
  }

  #reached(): boolean {
    const ends = this.#ends
    if (ends === undefined) return false
    const there = (p: Offsets) => p.offset >= (ends[p.partition] ?? 0)
    return !this.#member.joined || this.#paused || this.#o.consumer.position().every(there)
  }

  /* ---- what plugins want ---- */

  #answer(): Poll | undefined {
    this.#member.now = this.#o.now()
    return this.#hooks.pollFor?.call(this.#member)
  }

  /** Does what a plugin wants this member to do; false: it is not to poll now. */
  async #ask(): Promise<boolean> {
    const member = this.#member
    const answer = this.#answer()
    this.#pause(answer === 'pause')
    if (answer === 'join') this.#wanted = true
    else if (answer === 'leave' || answer === 'kill') {
      this.#wanted = false
      if (member.joined) await this.#quit(answer)
    }
    let wait = typeof answer === 'number' ? answer : 0
    if (this.#wanted && !member.joined && !(await this.#comesBack())) wait = AGAIN_US
    else if (!member.joined || this.#paused) wait = wait > 0 ? Math.min(wait, POLL_US) : POLL_US
    // woken before its time, it is asked again
    const slept = wait === 0 || (await this.#sleep(wait))
    return slept && member.joined && !this.#paused
  }

  async #join(): Promise<void> {
    const { consumer, stream } = this.#o
    await consumer.subscribe([stream.topic.name])
    this.#member.joined = true
    if (this.#paused) consumer.pause()
  }
  /** While a run goes on: a group that does not take it yet is no reason to end. */
  async #comesBack(): Promise<boolean> {
    const { now, emit } = this.#o
    const since = now()
    try {
      await Promise.race([this.#join(), this.#gone.promise])
    } catch (error) {
      emit({ kind: 'error', at: now(), code: 'JoinFailed', message: messageOf(error), records: 0 })
    }
    if (this.#member.joined) this.#tell('join', now() - since)
    return this.#member.joined
  }
  async #quit(how: 'leave' | 'kill'): Promise<void> {
    const { consumer } = this.#o
    if (how === 'leave') await this.#commitRest()
    // as long as it has positions: who hears of it may ask for them
    this.#tell(how, 0)
    this.#member.joined = false
    this.#committed = this.#member.records
    await consumer[how]()
  }
  #tell(step: 'join' | 'leave' | 'kill', tookUs: number): void {
    const { member, emit, now } = this.#o
    emit({ kind: 'member', at: now(), group: member.group, member: member.index, step, tookUs })
  }

  #pause(paused: boolean): void {
    if (this.#paused === paused) return
    this.#paused = paused
    if (this.#member.joined) this.#o.consumer[paused ? 'pause' : 'resume']()
  }

  /** True when it slept its time, false when it was woken. */
  async #sleep(us: number): Promise<boolean> {
    if (this.#cut.signal.aborted) return false
    return new Promise(resolve => {
      const cancel = this.#o.clock.after(us, () => resolve(true))
      this.#wake = () => {
        cancel()
        resolve(false)
      }
    })
  }

  /* ---- commits ---- */

  async #commitRest(): Promise<void> {
    const { commitAfter } = this.#o
    const some = this.#member.records > this.#committed && this.#member.joined
    if (some && commitAfter < Number.POSITIVE_INFINITY) await this.#commit()
  }
  /** What the group refuses, because it rebalances for example, is read again by whoever is next. */
  async #commit(): Promise<void> {
    const { consumer, emit, now } = this.#o
    this.#committed = this.#member.records
    await consumer.commit().catch((error: unknown) => {
      emit({ kind: 'error', at: now(), code: 'CommitFailed', message: messageOf(error), records: 0 })
    })
  }

  /* ---- records ---- */

  #take(batch: Batch): void {
    const { now, wallAtStart, ledger } = this.#o
    let receivedAt = 0
    let left = 0
    batch.each(record => {
      if (left-- === 0) {
        receivedAt = now()
        left = SLICE
      }
      record.polledAt = batch.polledAt
      record.receivedAt = receivedAt
      const timed = this.#readStamp(record)
      const logged = record.timestampType === 'LogAppendTime'
      const appendedAt = logged ? (record.timestamp - wallAtStart()) * 1000 : Number.NaN
      ledger.consume(record, appendedAt, timed)
      this.#member.records++
      this.#hooks.onRecord?.call(record)
    })
  }

  /** Whether it counts from an instant that this run knows: of a schedule, or as it was given. */
  #readStamp(record: ConsumedRecord): boolean {
    const { run, writers } = this.#o
    const inValue = readStamp(record.bytes, record.valueStart, record.valueLength, this.#stamp)
    // one that was given has its own in a header, and in its value perhaps that of a record of another topic
    const inHeader = (!inValue || this.#fed) && this.#readHeader(record.findHeader(STAMP_HEADER))
    const ours = (inValue || inHeader) && this.#stamp.run === run
    const writer = ours ? writers[this.#stamp.stream] : undefined
    record.stamped = inHeader || (inValue && (writer !== undefined || !this.#fed))
    const stamp = record.stamped ? this.#stamp : UNSTAMPED
    record.own = writer !== undefined
    record.scheduledAt = stamp.scheduledAt
    record.enqueuedAt = stamp.enqueuedAt
    record.producer = stamp.producer
    record.sequence = stamp.sequence
    record.index = stamp.index
    record.transaction = stamp.transaction
    return writer !== undefined && writer !== 'max'
  }
  #readHeader(at: ReturnType<ConsumedRecord['findHeader']>): boolean {
    return at?.length === STAMP_BYTES && readStamp(at.bytes, at.start, at.length, this.#stamp)
  }
}

const UNSTAMPED = emptyStamp()
