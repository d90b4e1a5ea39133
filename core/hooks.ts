/**
 * Every hook: kind, when it fires, what a tap may and must not do. Waterfall: each tap sees the last answer,
 * nothing answered keeps it. Bail: the first answer ends it. Series: one after the other. All are sealed before
 * traffic starts. A tap that throws is named, with its hook.
 */
import {
  AsyncParallelHook,
  AsyncSeriesBailHook,
  AsyncSeriesHook,
  SyncBailHook,
  SyncHook,
  SyncWaterfallHook,
} from 'tapable'
import type { Arrivals, Member, OpenTransaction, Poll, Segment, Shared, Snapshot, Stream } from './api.ts'
import type { Driver } from './driver.ts'
import type { RunEvent } from './events.ts'
import type { Acks, Draft, Key, RecordView, Target } from './record.ts'
import type { Result } from './result.ts'
import type { AsyncTap, SyncTap } from './tap.ts'

export interface StreamHooks {
  /** bail · every thread, when the schedule is built · places of arrivals on the cumulative-rate axis; pure in (seed, n) */
  readonly arrivals: SyncTap<[stream: Stream], Arrivals | void>
  /** waterfall · every thread, when the schedule is built · ramps, bursts, waves as piecewise-linear rates */
  readonly schedule: SyncTap<[segments: readonly Segment[]], readonly Segment[] | void>
  /** waterfall · per record · null is keyless; pure in (seed, stream, index, scheduledAt); must not block or allocate */
  readonly keyFor: SyncTap<[key: Key | null, draft: Draft], Key | null | void>
  /** bail · per record, after keyFor · 0 … partitions − 1; default: the driver's partitioner */
  readonly partitionFor: SyncTap<[draft: Draft, partitions: number], number | void>
  /** waterfall · per record · fixes the value's length in bytes; −1 is a tombstone */
  readonly sizeFor: SyncTap<[bytes: number, draft: Draft], number | void>
  /** bail · per record, before the driver has it · may set headers and timestamp; false drops it, counted */
  readonly beforeSend: SyncTap<[draft: Draft], false | void>
  /** bail · per record, inside append · writes the value into the open batch; what is not written is zero. Without a tap: filler */
  readonly valueFor: SyncTap<[draft: Draft, target: Target], true | void>
  /** bail · before a record that could be the last of its transaction */
  readonly endTransaction: SyncTap<[open: OpenTransaction, draft: Draft], 'commit' | 'abort' | void>
  /** sync · per batch of outcomes · columns are valid during the call: copy what you keep */
  readonly onAck: SyncTap<[acks: Acks]>
  /** bail · before each poll of a consumer · µs to wait first, or what the member does instead */
  readonly pollFor: SyncTap<[member: Member], Poll | void>
  /** sync · per consumed record · the view is valid during the call */
  readonly onRecord: SyncTap<[record: RecordView]>
  /** sync · errors, transaction steps, rebalances, throttling, faults, notes of this stream */
  readonly onEvent: SyncTap<[event: RunEvent]>
}

export interface RunHooks {
  /** series · main · once, before workers start: start what the run needs, fill `shared` (cloneable, frozen for workers) */
  readonly prepare: AsyncTap<[shared: Shared]>
  /** bail · main and workers · the first plugin to answer provides the driver */
  readonly driver: AsyncTap<[shared: Readonly<Shared>], Driver | void>
  /** series · workers · before traffic: open files, make pools */
  readonly setup: AsyncTap<[shared: Readonly<Shared>]>
  /** sync · everywhere · t0 is known */
  readonly start: SyncTap<[]>
  /** series · workers · after the last outcome: read back, settle; the signal bounds it */
  readonly drain: AsyncTap<[signal: AbortSignal]>
  /** parallel · main · once a second; a tap still busy misses seconds, counted; must not load the thread */
  readonly sample: AsyncTap<[snapshot: Snapshot]>
  /** series · main · once, after the last snapshot: add sections, judge */
  readonly result: AsyncTap<[result: Result]>
  /** series · main · at the end; a failure is kept and the others still run */
  readonly report: AsyncTap<[result: Result]>
}

export function createStreamHooks() {
  return Object.freeze({
    arrivals: new SyncBailHook<[Stream], Arrivals | undefined>(['stream']),
    schedule: new SyncWaterfallHook<[readonly Segment[]]>(['segments']),
    keyFor: new SyncWaterfallHook<[Key | null, Draft]>(['key', 'draft']),
    partitionFor: new SyncBailHook<[Draft, number], number | undefined>(['draft', 'partitions']),
    sizeFor: new SyncWaterfallHook<[number, Draft]>(['bytes', 'draft']),
    beforeSend: new SyncBailHook<[Draft], false | undefined>(['draft']),
    valueFor: new SyncBailHook<[Draft, Target], true | undefined>(['draft', 'target']),
    endTransaction: new SyncBailHook<[OpenTransaction, Draft], 'commit' | 'abort' | undefined>([
      'open',
      'draft',
    ]),
    onAck: new SyncHook<[Acks]>(['acks']),
    pollFor: new SyncBailHook<[Member], Poll | undefined>(['member']),
    onRecord: new SyncHook<[RecordView]>(['record']),
    onEvent: new SyncHook<[RunEvent]>(['event']),
  })
}

export function createRunHooks() {
  return Object.freeze({
    prepare: new AsyncSeriesHook<[Shared]>(['shared']),
    driver: new AsyncSeriesBailHook<[Readonly<Shared>], Driver | undefined>(['shared']),
    setup: new AsyncSeriesHook<[Readonly<Shared>]>(['shared']),
    start: new SyncHook<[]>([]),
    drain: new AsyncSeriesHook<[AbortSignal]>(['signal']),
    sample: new AsyncParallelHook<[Snapshot]>(['snapshot']),
    result: new AsyncSeriesHook<[Result]>(['result']),
    report: new AsyncSeriesHook<[Result]>(['result']),
  })
}

export type FiredStreamHooks = ReturnType<typeof createStreamHooks>
export type FiredRunHooks = ReturnType<typeof createRunHooks>

/** A hook that is tapped, or nothing: looked up once, an absent tap costs nothing per record. */
export function tapped<H extends { isUsed(): boolean }>(hook: H): H | undefined {
  return hook.isUsed() ? hook : undefined
}
