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

export function createStreamHooks() {
  return Object.freeze({
    /** bail · every thread, when the schedule is built · places of arrivals on the cumulative-rate axis; pure in (seed, n) */
    arrivals: new SyncBailHook<[stream: Stream], Arrivals | undefined>(['stream']),
    /** waterfall · every thread, when the schedule is built · ramps, bursts, waves as piecewise-linear rates */
    schedule: new SyncWaterfallHook<[segments: readonly Segment[]]>(['segments']),
    /** waterfall · per record · null is keyless; pure in (seed, stream, index, scheduledAt); must not block or allocate */
    keyFor: new SyncWaterfallHook<[key: Key | null, draft: Draft]>(['key', 'draft']),
    /** bail · per record, after keyFor · 0 … partitions − 1; default: the driver's partitioner */
    partitionFor: new SyncBailHook<[draft: Draft, partitions: number], number | undefined>([
      'draft',
      'partitions',
    ]),
    /** waterfall · per record · fixes the value's length in bytes; −1 is a tombstone */
    sizeFor: new SyncWaterfallHook<[bytes: number, draft: Draft]>(['bytes', 'draft']),
    /** bail · per record, before the driver has it · may set headers and timestamp; false drops it, counted */
    beforeSend: new SyncBailHook<[draft: Draft], false | undefined>(['draft']),
    /** bail · per record, inside append · writes the value into the open batch; what is not written is zero. Without a tap: filler */
    valueFor: new SyncBailHook<[draft: Draft, target: Target], true | undefined>(['draft', 'target']),
    /** bail · per record, before append · whether it is the last of its transaction; a tap makes the producers transactional */
    endTransaction: new SyncBailHook<[open: OpenTransaction, draft: Draft], 'commit' | 'abort' | undefined>([
      'open',
      'draft',
    ]),
    /** sync · per batch of outcomes · columns are valid during the call: copy what you keep */
    onAck: new SyncHook<[acks: Acks]>(['acks']),
    /** bail · once before a member joins, then before each of its polls · µs to wait first, or what it does instead */
    pollFor: new SyncBailHook<[member: Member], Poll | undefined>(['member']),
    /** sync · per consumed record · the view is valid during the call */
    onRecord: new SyncHook<[record: RecordView]>(['record']),
    /** sync · errors, transaction steps, rebalances, throttling, faults, notes of this stream */
    onEvent: new SyncHook<[event: RunEvent]>(['event']),
  })
}

export function createRunHooks() {
  return Object.freeze({
    /** series · main · once, before workers start: start what the run needs, fill `shared` (cloneable, frozen for workers) */
    prepare: new AsyncSeriesHook<[shared: Shared]>(['shared']),
    /** bail · main and workers · the first plugin to answer provides the driver */
    driver: new AsyncSeriesBailHook<[shared: Readonly<Shared>], Driver | undefined>(['shared']),
    /** series · workers · before traffic: open files, make pools */
    setup: new AsyncSeriesHook<[shared: Readonly<Shared>]>(['shared']),
    /** sync · everywhere · t0 is known */
    start: new SyncHook<[]>([]),
    /** series · workers · after the last outcome: read back, settle; the signal bounds it */
    drain: new AsyncSeriesHook<[signal: AbortSignal]>(['signal']),
    /** parallel · main · once a second; a tap still busy misses seconds, counted; must not load the thread */
    sample: new AsyncParallelHook<[snapshot: Snapshot]>(['snapshot']),
    /** series · main · once, after the last snapshot: add sections, judge */
    result: new AsyncSeriesHook<[result: Result]>(['result']),
    /** series · main · at the end; a failure is kept and the others still run */
    report: new AsyncSeriesHook<[result: Result]>(['result']),
  })
}

export type FiredStreamHooks = ReturnType<typeof createStreamHooks>
export type FiredRunHooks = ReturnType<typeof createRunHooks>

/** What authors see of them: the same hooks, to be tapped and not to be fired. */
export type StreamHooks = { readonly [Name in keyof FiredStreamHooks]: TapOf<FiredStreamHooks[Name]> }
export type RunHooks = { readonly [Name in keyof FiredRunHooks]: TapOf<FiredRunHooks[Name]> }
type TapOf<H> = H extends { tapPromise: unknown; promise(...args: infer A): Promise<infer R> }
  ? AsyncTap<A, Exclude<R, undefined> | void>
  : H extends { call(...args: infer A): infer R }
    ? SyncTap<A, Exclude<R, undefined> | void>
    : never

/** A hook that is tapped, or nothing: looked up once, an absent tap costs nothing per record. */
export function tapped<H extends { isUsed(): boolean }>(hook: H): H | undefined {
  return hook.isUsed() ? hook : undefined
}
