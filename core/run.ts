/** The life of a run, from top to bottom: configure → prepare → workers → start → snapshots → drain → result → report. */
import { randomBytes } from 'node:crypto'
import type { Shared, Snapshot } from './api.ts'
import { loadClock } from './clock.ts'
import { type Merged, mergeConfig } from './config/merge.ts'
import { outline } from './config/plain.ts'
import { resolveConfig } from './config/resolve.ts'
import type { ConfigSource } from './config/source.ts'
import type { ResolvedConfig } from './config/types.ts'
import type { Admin, Driver } from './driver.ts'
import { clientOf } from './engine.ts'
import { ConfigError, PluginError } from './errors.ts'
import { Host } from './host.ts'
import { Collector } from './measure/collector.ts'
import { type FromWorker, unpackError, type WorkerInit } from './messages.ts'
import { type Failures, RunResult } from './outcome.ts'
import { openOutput } from './output.ts'
import type { Result } from './result.ts'
import { createTerminal, type OwnTerminal } from './terminal.ts'
import { type Crew, startHere, startThreads } from './threads.ts'
import { ensureTopics } from './topics.ts'
import { startWatchdog } from './watchdog.ts'

export interface RunControl {
  /** Drain and report; its reason 'SIGINT' or 'SIGTERM' decides the exit code. */
  readonly signal?: AbortSignal
  /** Report what there is, at once. */
  readonly cut?: AbortSignal
  readonly onSnapshot?: (snapshot: Snapshot) => void
  /** URL of a module that exports `createClock`: for tests. */
  readonly clock?: string
  readonly terminal?: OwnTerminal
}
export interface Outcome {
  readonly exitCode: number
  readonly result?: Result
}

/** From t0's announcement to t0: every worker has heard of it by then. */
const LEAD_US = 200_000

/** Runs a configuration. Throws ConfigError, ConnectError or PluginError if it did not come to traffic. */
export async function runConfig(source: ConfigSource, control: RunControl = {}): Promise<Outcome> {
  const merged = await mergeConfig(source)
  const run = new MainRun(source, merged, await named(merged, source), control)
  return run.live()
}

/** The resolved configuration with what only a run knows: names for what was left unnamed, and where it runs. */
async function named(
  merged: Merged,
  source: ConfigSource,
): Promise<ResolvedConfig & { id: string; startedAt: Date }> {
  const resolved = await resolveConfig(merged)
  const startedAt = new Date()
  const id = randomBytes(4).toString('hex')
  const inline = source.value !== undefined
  if (inline && typeof merged.raw['threads'] === 'number' && merged.raw['threads'] > 1)
    throw new ConfigError([
      {
        path: 'threads',
        value: merged.raw['threads'],
        expected: '1 for a configuration that is a value: its functions cannot go to other threads',
        hint: "put it into a module and write run(new URL('./loadtest.config.ts', import.meta.url))",
      },
    ])
  const several = resolved.streams.length > 1
  return {
    ...resolved,
    id,
    startedAt,
    threads: inline ? 1 : resolved.threads,
    out: resolved.out || (inline ? '' : `loadtest-results/${startedAt.toISOString().replace(/[:.]/g, '-')}`),
    streams: resolved.streams.map(s => {
      const tag = several ? `loadtest-${id}-${s.name}` : `loadtest-${id}`
      return {
        ...s,
        topic: { ...s.topic, name: s.topic.name || tag },
        consumers: { ...s.consumers, group: s.consumers.group || tag },
      }
    }),
  }
}

class MainRun {
  readonly #source: ConfigSource
  readonly #merged: Merged
  #config: ResolvedConfig & { id: string; startedAt: Date }
  readonly #control: RunControl
  readonly #terminal: OwnTerminal
  readonly #failures: Failures = { internal: [], signal: undefined, reports: [] }
  #stopped: string | undefined
  #crew: Crew | undefined
  #collector!: Collector
  #sampling = new Map<number, Promise<void>>()
  #host!: Host
  #driver: Driver | undefined
  #admin: Admin | undefined
  #closed: unknown[] | undefined

  constructor(
    source: ConfigSource,
    merged: Merged,
    config: ResolvedConfig & { id: string; startedAt: Date },
    control: RunControl,
  ) {
    this.#source = source
    this.#merged = merged
    this.#config = config
    this.#control = control
    this.#terminal = control.terminal ?? createTerminal(source.value !== undefined)
  }

  async live(): Promise<Outcome> {
    const clock = await loadClock(this.#control.clock)
    const host = new Host({
      role: 'main',
      thread: -1,
      config: this.#config,
      plugins: this.#merged.plugins,
      merged: this.#merged.streams,
      clock,
      terminal: this.#terminal,
      log: { info: text => this.#terminal.log(text), warn: text => this.#terminal.log(`warning: ${text}`) },
      output: (name, options) => openOutput(this.#config.out, name, options?.checkpoint),
      client: () => Promise.resolve(clientOf(this.#driver, this.#config.timeoutUs)),
      abort: reason => this.#stop(reason),
      fail: error => this.#fail(error),
    })
    this.#host = host
    this.#collector = new Collector(this.#config, host.metrics)
    try {
      host.register()
      const shared: Shared = { brokers: [...this.#config.brokers] }
      await host.hooks.prepare.promise(shared)
      await this.#connect(shared)
      const endDrift = wallAgainst(clock.now)
      await this.#traffic(clock, shared)
      return await this.#report(shared, endDrift(), clock.virtual)
    } catch (error) {
      // a plugin that broke before traffic still has its report, with what there is
      if (!(unwrap(error) instanceof PluginError)) throw unwrap(error)
      this.#failures.internal.push(unwrap(error))
      return await this.#report({ brokers: [...this.#config.brokers] }, 0, clock.virtual)
    } finally {
      await this.#close()
      this.#terminal.clear()
    }
  }

  async #connect(shared: Shared): Promise<void> {
    const driver = await this.#host.hooks.driver.promise(shared)
    if (driver === undefined) throw new Error('no plugin provided a driver')
    this.#driver = driver
    this.#host.defer('engine', () => driver.close(AbortSignal.timeout(5000)))
    const admin = await driver.admin()
    this.#admin = admin
    this.#host.defer('engine', () => admin.close())
    const streams = await ensureTopics(admin, this.#config.streams, topic => {
      this.#host.defer('engine', () => admin.delete(topic))
    })
    this.#config = { ...this.#config, streams }
  }

  async #traffic(clock: Awaited<ReturnType<typeof loadClock>>, shared: Shared): Promise<void> {
    const { config, ready, produced, failed } = { config: this.#config, ...latches(this.#config.threads) }
    const started = { at: 0 }
    const init = (thread: number): WorkerInit => ({
      thread,
      threads: config.threads,
      run: Number.parseInt(config.id, 16),
      config,
      shared: { ...shared },
    })
    const events = {
      message: (thread: number, message: FromWorker) => {
        switch (message.type) {
          case 'ready':
            return ready.hit(thread)
          case 'produced':
            return produced.hit(thread)
          case 'part':
            return this.#sample(this.#collector.add(message.part, false))
          case 'done':
            return this.#sample(this.#collector.add(message.part, true))
          case 'abort':
            return this.#stop(message.reason)
          case 'log':
            return this.#terminal.log(message.level === 'warn' ? `warning: ${message.text}` : message.text)
          case 'error': {
            const error = unpackError(message.error)
            if (started.at === 0) return failed.reject(error)
            return this.#fail(error)
          }
          case 'closed':
            ready.hit(thread)
            return produced.hit(thread)
        }
      },
      lost: (thread: number, why: string) => {
        const error = new Error(why)
        if (started.at === 0) failed.reject(error)
        this.#fail(error)
        ready.hit(thread)
        produced.hit(thread)
        this.#sample(this.#collector.lost(thread))
      },
    }
    const threaded = this.#source.value === undefined
    const crew = threaded
      ? startThreads(
          Array.from({ length: config.threads }, (_, thread) => ({
            ...init(thread),
            source: this.#source,
            fingerprint: this.#merged.fingerprint,
            clock: this.#control.clock,
          })),
          events,
        )
      : startHere(init(0), this.#merged, clock, events)
    this.#crew = crew
    this.#host.defer('engine', () => crew.end())
    await Promise.race([ready.all, failed.promise])
    this.#listen()
    const unwatch = threaded ? startWatchdog() : () => undefined
    this.#host.defer('engine', unwatch)
    const at = clock.now() + LEAD_US
    started.at = at
    crew.send({ type: 'start', at, wall: Date.now() + LEAD_US / 1000 })
    this.#host.start(at)
    await produced.all
    crew.send({ type: 'finish', ends: await this.#ends() })
    await crew.closed
    await Promise.allSettled([...this.#sampling.values()])
    unwatch()
  }

  /** End offsets of every stream that is read: what its consumers still have to reach. */
  async #ends(): Promise<Record<string, readonly number[]>> {
    const ends: Record<string, readonly number[]> = {}
    for (const s of this.#config.streams) {
      if (s.consumers.count === 0 || this.#control.cut?.aborted) continue
      try {
        ends[s.name] = (await this.#admin?.offsets(s.topic.name, 'end')) ?? []
      } catch (error) {
        this.#terminal.log(
          `warning: end offsets of ${s.topic.name}: ${String(error)}; not reading up to them`,
        )
      }
    }
    return ends
  }

  #listen(): void {
    const { signal, cut } = this.#control
    const onStop = () => {
      const reason = signal?.reason
      if (reason === 'SIGINT' || reason === 'SIGTERM') this.#failures.signal = reason
      this.#stop(typeof reason === 'string' ? reason : 'stopped')
    }
    const onCut = () => this.#crew?.send({ type: 'cut' })
    for (const [s, fn] of [
      [signal, onStop],
      [cut, onCut],
    ] as const) {
      if (s === undefined) continue
      if (s.aborted) fn()
      else s.addEventListener('abort', fn, { once: true })
      this.#host.defer('engine', () => s.removeEventListener('abort', fn))
    }
  }

  #stop(reason: string): void {
    if (this.#stopped === undefined) {
      this.#stopped = reason
      this.#collector.stoppedAt = Math.max(0, this.#host.now())
    }
    this.#crew?.send({ type: 'stop' })
  }
  #fail(error: unknown): void {
    this.#failures.internal.push(error)
    this.#stop(error instanceof Error ? error.message : String(error))
  }

  /** Hands a snapshot to every tap that has finished the last one; slow taps miss seconds and delay nobody. */
  #sample(snapshots: readonly Snapshot[]): void {
    for (const snapshot of snapshots) {
      this.#control.onSnapshot?.(snapshot)
      this.#host.hooks.sample.taps.forEach((tap, i) => {
        if (this.#sampling.has(i)) return
        const answer = (tap.fn as (s: Snapshot) => Promise<void>)(snapshot)
          .catch(error => this.#reporterFailed(error))
          .finally(() => this.#sampling.delete(i))
        this.#sampling.set(i, answer)
      })
    }
  }
  #reporterFailed(error: unknown): void {
    const text = String(error instanceof Error ? error.message : error)
    if (!this.#failures.reports.some(e => String(e instanceof Error ? e.message : e) === text))
      this.#terminal.log(text)
    this.#failures.reports.push(error)
  }

  async #report(shared: Shared, clockDriftUs: number, virtual: boolean): Promise<Outcome> {
    const { events, lost } = this.#host.takeEvents()
    this.#collector.addEvents(events, lost)
    const version = await this.#admin?.broker().catch(() => '')
    const result = new RunResult(
      this.#collector,
      {
        id: this.#config.id,
        startedAt: this.#config.startedAt,
        durationUs: Math.max(0, this.#host.now()),
        clockDriftUs,
        command: this.#source.command,
        config: this.#config,
        written: outline(this.#merged.fingerprint, true),
        broker: { addresses: shared.brokers, embedded: shared.embedded === true, version: version ?? '' },
        driver: this.#driver?.name ?? '',
        stopped: this.#stopped,
        virtual,
      },
      this.#failures,
    )
    try {
      await this.#host.hooks.result.promise(result)
    } catch (error) {
      this.#failures.internal.push(error)
      result.judge('invalid', 'error', String(error instanceof Error ? error.message : error))
      this.#terminal.log(String(error instanceof Error ? error.message : error))
    }
    // topics, broker and connections are given back before the report says that all went well
    for (const error of await this.#close())
      this.#terminal.log(`warning: ${error instanceof Error ? error.message : String(error)}`)
    this.#terminal.clear()
    for (const tap of this.#host.hooks.report.taps) {
      await (tap.fn as (r: Result) => Promise<void>)(result).catch(error => this.#reporterFailed(error))
    }
    return { exitCode: result.exitCode, result }
  }

  async #close(): Promise<unknown[]> {
    this.#closed ??= await this.#host.close()
    return this.#closed
  }
}

function unwrap(error: unknown): unknown {
  if (!(error instanceof PluginError)) return error
  const { cause } = error
  return cause instanceof ConfigError || (cause instanceof Error && cause.name === 'ConnectError')
    ? cause
    : error
}

/** How far the wall clock strays from the monotonic one between two moments, µs. */
function wallAgainst(now: () => number): () => number {
  const wall = Date.now() * 1000
  const start = now()
  return () => Math.round(Date.now() * 1000 - wall - (now() - start))
}

function latches(threads: number) {
  const latch = () => {
    const hit = new Set<number>()
    const { promise: all, resolve } = Promise.withResolvers<void>()
    return {
      all,
      hit(thread: number) {
        hit.add(thread)
        if (hit.size === threads) resolve()
      },
    }
  }
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined)
  return { ready: latch(), produced: latch(), failed }
}
