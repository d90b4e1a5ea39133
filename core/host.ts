/** One role of one thread: the plugins registered with it, and the run and streams that they were given. */
import type { Member, Run, Stream } from './api.ts'
import { type Clock, monotonicClock } from './clock.ts'
import type { Merged } from './config/merge.ts'
import type { ResolvedConfig, ResolvedStream } from './config/types.ts'
import { ConfigError, callPlugin, PluginError } from './errors.ts'
import type { RunEvent } from './events.ts'
import { type Feeder, fed } from './feed.ts'
import type { FiredStreamHooks, RunHooks, StreamHooks } from './hooks.ts'
import { createRunHooks, createStreamHooks } from './hooks.ts'
import { MetricRegistry } from './measure/metrics.ts'
import { createRandom } from './random.ts'
import { PooledDraft } from './record.ts'
import type { ResultData } from './result.ts'
import { createSchedule, type Schedule, segmentsOf } from './schedule.ts'
import { type TapContext, tapsOf } from './tap.ts'
import { tapFaults } from './tap-faults.ts'
import { createTerminal } from './terminal.ts'

/** Events kept between two snapshots; more are counted. */
const EVENTS = 200

/** What happened since it was last asked, and how much more was not kept. */
export interface Events {
  readonly events: ResultData['events'][number][]
  eventsLost: number
}
export interface HostStream {
  readonly config: ResolvedStream
  readonly number: number
  readonly hooks: FiredStreamHooks
  /** Of this thread, as they are opened. */
  readonly members: Member[]
  /** undefined: closed, or fed. */
  schedule: Schedule | undefined
  /** In workers, of a stream that is fed. */
  feeder: Feeder | undefined
}
export interface HostOptions {
  /** What a plugin's run hands through. */
  readonly run: Pick<Run, 'role' | 'thread' | 'config' | 'terminal' | 'log' | 'output' | 'client' | 'abort'>
  readonly merged: Pick<Merged, 'plugins' | 'streams'>
  readonly clock: Clock
  readonly fail: (error: unknown) => void
}

export class Host {
  readonly hooks = createRunHooks()
  readonly metrics = new MetricRegistry()
  readonly streams: readonly HostStream[]
  readonly #o: HostOptions
  readonly #config: ResolvedConfig
  readonly #ended = new AbortController()
  readonly #defers: { plugin: string; fn: () => void | Promise<void> }[] = []
  /** Timers that wait for t0. */
  readonly #timers: (() => void)[] = []
  readonly #cancels = new Set<() => void>()
  #happened: Events = { events: [], eventsLost: 0 }
  #sealed = false
  /** By the clock; undefined: t0 is not known yet. */
  startedAt: number | undefined

  constructor(options: HostOptions) {
    this.#o = options
    this.#config = options.run.config
    this.streams = this.#config.streams.map((config, number) => {
      return {
        config,
        number,
        hooks: createStreamHooks(),
        members: [],
        schedule: undefined,
        feeder: undefined,
      }
    })
  }

  /** Calls every plugin's `register`, and `stream` for each stream it is listed for; then builds the schedules. */
  register(): void {
    const views = new Map<HostStream, Stream>()
    for (const { key, value: plugin } of this.#o.merged.plugins) {
      const context: TapContext = {
        plugin: plugin.id,
        sealed: () => this.#sealed,
        // a drain has its signal first, at the same time
        deadline: hook => this.#config.timeoutUs / 1000 + (hook === 'drain' ? 1000 : 0),
      }
      const streams = this.streams
        .filter(s => s.config.plugins.includes(key))
        .map(s => {
          const view = this.#view(s, plugin.id, context)
          if (!views.has(s)) views.set(s, view)
          return view
        })
      const run = this.#run(plugin.id, streams, context)
      const options = this.#config.options[key] ?? plugin.options
      // without a schema there are no options
      const given = plugin.schema ? [options] : []
      guard(plugin.id, 'register', () => plugin.register?.(run, ...given))
      for (const s of streams) guard(plugin.id, 'stream', () => plugin.stream?.(s, ...given, run))
    }
    this.#sealed = true
    const faults = tapFaults(this.streams)
    if (faults.length > 0) throw new ConfigError(faults)
    for (const s of this.streams) s.schedule = this.#schedule(s, views.get(s))
  }

  #schedule(stream: HostStream, view: Stream | undefined): Schedule | undefined {
    const { rate, producers } = stream.config
    if (rate.kind === 'max' || rate.kind === 'fed' || producers === 0) return undefined
    const { warmupUs, durationUs } = this.#config
    const written = segmentsOf(rate, warmupUs + durationUs, () => this.#meanSize(stream))
    const segments = stream.hooks.schedule.call(written)
    const arrivals = view && stream.hooks.arrivals.call(view)
    const taps = [...stream.hooks.schedule.taps, ...stream.hooks.arrivals.taps]
    const makers = new Set(taps.map(tap => tap.name))
    return callPlugin([...makers].join(' or ') || 'engine', 'schedule', () =>
      createSchedule(segments, arrivals),
    )
  }

  /** Mean value size of the first 10,000 records, spread over the run's time, in bytes: what turns bytes/s into records/s, once. */
  #meanSize(stream: HostStream): number {
    if (!stream.hooks.sizeFor.isUsed()) return Math.max(1, stream.config.size)
    const draft = new PooledDraft()
    const us = this.#config.warmupUs + this.#config.durationUs
    let sum = 0
    for (let i = 0; i < 10_000; i++) {
      draft.begin(i, Math.floor((us * i) / 10_000), 0, 0)
      draft.key = stream.hooks.keyFor.call(null, draft)
      sum += Math.max(0, stream.hooks.sizeFor.call(stream.config.size, draft))
    }
    return Math.max(1, sum / 10_000)
  }

  #view(s: HostStream, plugin: string, context: TapContext): Stream {
    const { name } = s.config
    return Object.freeze<Stream>({
      name,
      config: Object.freeze({ ...this.#o.merged.streams.find(m => m.name === name)?.raw }),
      hooks: tapsOf<StreamHooks>(s.hooks as never, context),
      metrics: this.metrics.for(plugin, this.streams.length > 1 ? name : undefined),
      members: s.members,
      random: purpose => createRandom(this.#config.seed, name, `${plugin}\n${purpose}`),
      scheduledAt: index => s.schedule?.at(index) ?? Number.NaN,
      get total() {
        return s.schedule?.total ?? Number.NaN
      },
      emit: event => this.emit(event, s),
      feed: record => fed(s).feed(record),
      room: producer => fed(s).room(producer),
    })
  }

  #run(plugin: string, streams: readonly Stream[], context: TapContext): Run {
    const { run } = this.#o
    // a plugin of both kinds in a run of one stream has one namespace
    const [own] = this.streams.length > 1 ? [] : streams
    return Object.freeze<Run>({
      ...run,
      streams,
      threads: this.#config.threads,
      seed: this.#config.seed,
      hooks: tapsOf<RunHooks>(this.hooks as never, context),
      metrics: own?.metrics ?? this.metrics.for(plugin),
      signal: this.#ended.signal,
      log: {
        info: text => run.log.info(`${plugin}: ${text}`),
        warn: text => run.log.warn(`${plugin}: ${text}`),
      },
      now: () => this.now(),
      abort: reason => run.abort(`${plugin}: ${reason}`),
      at: (us, fn) => this.#at(plugin, us, fn),
      emit: event => this.emit(event),
      defer: fn => this.defer(plugin, fn),
    })
  }
  #at(plugin: string, us: number, fn: () => void): void {
    let cancel = () => {}
    const guarded = () => {
      this.#cancels.delete(cancel)
      try {
        callPlugin(plugin, 'at', fn)
      } catch (error) {
        this.#o.fail(error)
      }
    }
    const arm = () => {
      cancel = this.#o.clock.after(us - this.now(), guarded)
      this.#cancels.add(cancel)
    }
    if (this.startedAt === undefined) this.#timers.push(arm)
    else arm()
  }

  /** µs since t0. */
  now(): number {
    return this.#o.clock.now() - (this.startedAt ?? this.#o.clock.now())
  }
  start(at: number): void {
    this.startedAt = at
    for (const arm of this.#timers.splice(0)) arm()
    this.hooks.start.call()
  }

  emit(event: RunEvent, stream?: HostStream): void {
    if (!isRoutine(event)) this.#keep(stream ? { ...event, stream: stream.config.name } : event)
    for (const s of stream ? [stream] : this.streams) {
      try {
        s.hooks.onEvent.call(event)
      } catch (error) {
        this.#o.fail(error)
      }
    }
  }
  #keep(event: Events['events'][number]): void {
    const { events } = this.#happened
    if (events.length === EVENTS) this.#happened.eventsLost++
    else events.push(event)
  }
  takeEvents(): Events {
    const taken = this.#happened
    this.#happened = { events: [], eventsLost: 0 }
    return taken
  }

  defer(owner: string, fn: () => void | Promise<void>): void {
    this.#defers.push({ plugin: owner, fn })
  }
  /** Undoes what was begun, last in first out. What fails is answered, and the rest is still undone. */
  async close(): Promise<unknown[]> {
    this.#ended.abort()
    for (const cancel of this.#cancels) cancel()
    const failures: unknown[] = []
    for (let last = this.#defers.pop(); last !== undefined; last = this.#defers.pop()) {
      try {
        await last.fn()
      } catch (error) {
        failures.push(new PluginError(last.plugin, 'defer', error))
      }
    }
    return failures
  }
}

/** The plugins of main, registered with nothing to run: what `validate` looks at, and where a client has its driver from. */
export function idleHost(merged: Merged, config: ResolvedConfig): Host {
  const nothing = () => Promise.reject(new Error('nothing is run here'))
  const terminal = createTerminal()
  const log = { info: () => undefined, warn: (text: string) => terminal.log(`warning: ${text}`) }
  const inert = { terminal, log, output: nothing, client: nothing, abort: () => undefined }
  const fail = (error: unknown) => {
    throw error
  }
  return new Host({
    run: { role: 'main', thread: -1, config, ...inert },
    merged,
    clock: monotonicClock,
    fail,
  })
}

/** There are thousands of them a second, and they would leave no room for what is out of the ordinary. */
function isRoutine(event: RunEvent): boolean {
  return event.kind === 'transaction' && event.step !== 'unknown' && event.step !== 'fenced'
}

function guard(plugin: string, hook: string, fn: () => unknown): void {
  callPlugin(plugin, hook, () => {
    const answer = fn()
    if (!(answer instanceof Promise)) return
    answer.catch(() => undefined)
    throw new TypeError(
      'answered with a promise: it is synchronous, do async work in prepare (main) or setup (worker)',
    )
  })
}
