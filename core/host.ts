/** One role of one thread: the plugins registered with it, and the run and streams that they were given. */
import type { Output, Random, Run, Stream, Terminal } from './api.ts'
import type { Clock } from './clock.ts'
import type { Listed, MergedStream } from './config/merge.ts'
import type { ResolvedConfig, ResolvedStream } from './config/types.ts'
import { PooledDraft } from './draft.ts'
import type { Client } from './driver.ts'
import { PluginError } from './errors.ts'
import type { RunEvent } from './events.ts'
import {
  createRunHooks,
  createStreamHooks,
  type FiredStreamHooks,
  type RunHooks,
  type StreamHooks,
} from './hooks.ts'
import { MetricRegistry } from './measure/metrics.ts'
import { createRandom } from './random.ts'
import { createSchedule, type Schedule, segmentsOf } from './schedule.ts'
import { type TapContext, tapsOf } from './tap.ts'

/** Events kept between two snapshots; more are counted. */
const EVENTS = 200

export interface StreamEvent {
  readonly stream?: string
  readonly event: RunEvent
}
export interface HostStream {
  readonly config: ResolvedStream
  readonly number: number
  readonly hooks: FiredStreamHooks
  /** undefined: closed. */
  schedule: Schedule | undefined
}
export interface HostOptions {
  readonly role: 'main' | 'worker'
  readonly thread: number
  readonly config: ResolvedConfig
  readonly plugins: readonly Listed[]
  readonly merged: readonly MergedStream[]
  readonly clock: Clock
  readonly terminal: Terminal
  readonly log: Run['log']
  readonly output: (name: string, options?: { readonly checkpoint?: boolean }) => Promise<Output>
  readonly client: () => Promise<Client>
  readonly abort: (reason: string) => void
  readonly fail: (error: unknown) => void
}

export class Host {
  readonly hooks = createRunHooks()
  readonly metrics = new MetricRegistry()
  readonly streams: readonly HostStream[]
  readonly signal: AbortSignal
  readonly #o: HostOptions
  readonly #ended = new AbortController()
  readonly #defers: { plugin: string; fn: () => void | Promise<void> }[] = []
  readonly #timers: { us: number; fn: () => void }[] = []
  readonly #cancels: (() => void)[] = []
  #events: StreamEvent[] = []
  #eventsLost = 0
  #sealed = false
  #startedAt: number | undefined

  constructor(options: HostOptions) {
    this.#o = options
    this.signal = this.#ended.signal
    this.streams = options.config.streams.map((config, number) => ({
      config,
      number,
      hooks: createStreamHooks(),
      schedule: undefined,
    }))
  }

  /** Calls every plugin's `register`, and `stream` for each stream it is listed for; then builds the schedules. */
  register(): void {
    const views = new Map<HostStream, Stream[]>()
    for (const { key, value: plugin } of this.#o.plugins) {
      const listed = this.streams.filter(s => s.config.plugins.includes(key))
      const context: TapContext = {
        plugin: plugin.id,
        sealed: () => this.#sealed,
        deadline: hook => (hook === 'drain' ? 0 : this.#o.config.timeoutUs / 1000),
      }
      const streams = listed.map(s => this.#view(s, plugin.id, context))
      listed.forEach((s, i) => views.set(s, [...(views.get(s) ?? []), streams[i] as Stream]))
      const run = this.#run(plugin.id, streams, context)
      const options = this.#o.config.options[key] ?? plugin.options
      guard(plugin.id, 'register', () => plugin.register?.(run, options))
      for (const stream of streams) guard(plugin.id, 'stream', () => plugin.stream?.(stream, options, run))
    }
    this.#sealed = true
    for (const s of this.streams) s.schedule = this.#schedule(s, views.get(s)?.[0])
  }

  #schedule(stream: HostStream, view: Stream | undefined): Schedule | undefined {
    const { rate } = stream.config
    if (rate.kind === 'max') return undefined
    const { warmupUs, durationUs } = this.#o.config
    const written = segmentsOf(rate, warmupUs + durationUs, () => this.meanSize(stream))
    const segments = stream.hooks.schedule.call(written)
    const arrivals = stream.hooks.arrivals.isUsed() && view ? stream.hooks.arrivals.call(view) : undefined
    return createSchedule(segments, arrivals)
  }

  /** Mean value size of the first 10,000 draws, in bytes: what turns bytes/s into records/s, once. */
  meanSize(stream: HostStream): number {
    if (!stream.hooks.sizeFor.isUsed()) return Math.max(1, stream.config.size)
    const draft = new PooledDraft()
    let sum = 0
    for (let i = 0; i < 10_000; i++) {
      draft.begin(i, 0, 0, 0)
      sum += Math.max(0, stream.hooks.sizeFor.call(stream.config.size, draft))
    }
    return Math.max(1, sum / 10_000)
  }

  #view(s: HostStream, plugin: string, context: TapContext): Stream {
    const several = this.streams.length > 1
    const merged = this.#o.merged.find(m => m.name === s.config.name)
    return Object.freeze({
      name: s.config.name,
      config: Object.freeze({ ...(merged?.raw ?? {}) }),
      hooks: tapsOf<StreamHooks>(s.hooks as never, context),
      metrics: this.metrics.for(plugin, several ? s.config.name : undefined),
      random: (purpose: string): Random =>
        createRandom(this.#o.config.seed, s.config.name, `${plugin}\n${purpose}`),
      scheduledAt: (index: number) => s.schedule?.at(index) ?? Number.NaN,
      emit: (event: RunEvent) => this.emit(event, s),
    })
  }

  #run(plugin: string, streams: readonly Stream[], context: TapContext): Run {
    const o = this.#o
    const several = this.streams.length > 1
    return Object.freeze({
      role: o.role,
      thread: o.thread,
      threads: o.config.threads,
      seed: o.config.seed,
      config: o.config,
      streams,
      hooks: tapsOf<RunHooks>(this.hooks as never, context),
      // a plugin of both kinds in a run of one stream has one namespace
      metrics: several || streams.length === 0 ? this.metrics.for(plugin) : (streams[0] as Stream).metrics,
      signal: this.signal,
      log: {
        info: (text: string) => o.log.info(`${plugin}: ${text}`),
        warn: (text: string) => o.log.warn(`${plugin}: ${text}`),
      },
      now: () => this.now(),
      client: o.client,
      abort: (reason: string) => o.abort(`${plugin}: ${reason}`),
      at: (us: number, fn: () => void) => {
        const timer = { us, fn: () => guarded(plugin, 'at', fn, o.fail) }
        if (this.#startedAt === undefined) this.#timers.push(timer)
        else this.#arm(timer)
      },
      emit: (event: RunEvent) => this.emit(event),
      output: o.output,
      terminal: o.terminal,
      defer: (fn: () => void | Promise<void>) => this.defer(plugin, fn),
    })
  }

  /** µs since t0. */
  now(): number {
    return this.#o.clock.now() - (this.#startedAt ?? this.#o.clock.now())
  }
  get startedAt(): number | undefined {
    return this.#startedAt
  }
  start(at: number): void {
    this.#startedAt = at
    for (const timer of this.#timers.splice(0)) this.#arm(timer)
    this.hooks.start.call()
  }
  #arm(timer: { us: number; fn: () => void }): void {
    this.#cancels.push(this.#o.clock.after(timer.us - this.now(), timer.fn))
  }

  emit(event: RunEvent, stream?: HostStream): void {
    if (this.#events.length < EVENTS)
      this.#events.push(stream ? { stream: stream.config.name, event } : { event })
    else this.#eventsLost++
    for (const s of stream ? [stream] : this.streams) {
      try {
        s.hooks.onEvent.call(event)
      } catch (error) {
        this.#o.fail(error)
      }
    }
  }
  takeEvents(): { events: StreamEvent[]; lost: number } {
    const taken = { events: this.#events, lost: this.#eventsLost }
    this.#events = []
    this.#eventsLost = 0
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

function guard(plugin: string, hook: string, fn: () => unknown): void {
  try {
    const answer = fn()
    if (answer instanceof Promise) {
      answer.catch(() => undefined)
      throw new TypeError(
        'answered with a promise: it is synchronous, do async work in prepare (main) or setup (worker)',
      )
    }
  } catch (error) {
    throw error instanceof PluginError ? error : new PluginError(plugin, hook, error)
  }
}
function guarded(plugin: string, hook: string, fn: () => void, fail: (error: unknown) => void): void {
  try {
    fn()
  } catch (error) {
    fail(error instanceof PluginError ? error : new PluginError(plugin, hook, error))
  }
}
