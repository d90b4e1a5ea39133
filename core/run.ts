/** The life of a run, from top to bottom: configure → prepare → workers → start → snapshots → drain → result → report. */
import type { Run, Shared, Snapshot } from './api.ts'
import { type Clock, loadClock } from './clock.ts'
import { type Merged, mergeConfig } from './config/merge.ts'
import { authorsFrames } from './config/modules.ts'
import { outline } from './config/plain.ts'
import { resolveConfig } from './config/resolve.ts'
import type { ConfigSource } from './config/source.ts'
import { type Admin, ConnectError, type Driver } from './driver.ts'
import { aborted, clientOf } from './engine.ts'
import { ConfigError, messageOf, PluginError } from './errors.ts'
import { Host } from './host.ts'
import { Collector } from './measure/collector.ts'
import { type FromWorker, type Hears, unpackError } from './messages.ts'
import { type NamedConfig, nameRun } from './naming.ts'
import { type Failures, RunResult } from './outcome.ts'
import { openOutput } from './output.ts'
import { Reporting } from './reporting.ts'
import type { Result } from './result.ts'
import { createTerminal, type OwnTerminal } from './terminal.ts'
import { type Crew, latch, startHere, startThreads, within } from './threads.ts'
import { wantsWireTime } from './thresholds.ts'
import { deleteTopic, endOffsets, ensureTopics } from './topics.ts'
import { startWatchdog } from './watchdog.ts'

export interface RunControl {
  /** Drain and report; its reason 'SIGINT' or 'SIGTERM' decides the exit code. */
  readonly signal?: AbortSignal | undefined
  /** Report what there is, at once. */
  readonly cut?: AbortSignal
  readonly onSnapshot?: ((snapshot: Snapshot) => void) | undefined
  /** URL of a module that exports `createClock`: for tests. */
  readonly clock?: string | undefined
  readonly terminal?: OwnTerminal
}
export interface Outcome {
  readonly exitCode: number
  readonly result: Result
}

/** From t0's announcement to t0: every worker has heard of it by then. */
const LEAD_US = 200_000

/** Runs a configuration. Throws ConfigError or ConnectError; what a plugin breaks is in the result. */
export async function runConfig(source: ConfigSource, control: RunControl = {}): Promise<Outcome> {
  const merged = await mergeConfig(source)
  const resolved = await resolveConfig(merged)
  const config = nameRun(resolved, source.value !== undefined, merged.raw['threads'])
  return new MainRun(source, merged, config, control, await loadClock(control.clock)).live()
}

class MainRun {
  readonly #source: ConfigSource
  readonly #merged: Merged
  #config: NamedConfig
  readonly #control: RunControl
  readonly #clock: Clock
  readonly #terminal: OwnTerminal
  readonly #log: Run['log']
  readonly #host: Host
  readonly #collector: Collector
  readonly #reporting: Reporting
  readonly #failures: Failures
  readonly #shared: Shared
  #driver: Driver | undefined
  #admin: Admin | undefined
  #crew: Crew | undefined
  #stopped: string | undefined

  constructor(source: ConfigSource, merged: Merged, config: NamedConfig, control: RunControl, clock: Clock) {
    this.#source = source
    this.#merged = merged
    this.#config = config
    this.#control = control
    this.#clock = clock
    const terminal = control.terminal ?? createTerminal(source.value !== undefined)
    this.#terminal = terminal
    this.#log = { info: text => terminal.log(text), warn: text => terminal.log(`warning: ${text}`) }
    this.#shared = { brokers: [...config.brokers] }
    this.#host = new Host({
      role: 'main',
      thread: -1,
      config,
      plugins: merged.plugins,
      merged: merged.streams,
      clock,
      terminal,
      log: this.#log,
      output: (name, options) => openOutput(config.out, name, options?.checkpoint),
      client: async () => clientOf(this.#driver, config.timeoutUs),
      abort: reason => this.#stop(reason),
      fail: error => this.#fail(error),
    })
    this.#collector = new Collector(config, this.#host.metrics)
    this.#reporting = new Reporting(this.#host.hooks, this.#log.info)
    this.#failures = { internal: [], signal: undefined, reports: this.#reporting.failures }
  }

  async live(): Promise<Outcome> {
    const [wall, since] = [Date.now() * 1000, this.#clock.now()]
    if (this.#source.value === undefined) this.#catchUncaught()
    try {
      this.#host.register()
      await this.#host.hooks.prepare.promise(this.#shared)
      await this.#connect()
      await this.#traffic()
    } catch (error) {
      const cause = error instanceof PluginError ? error.cause : error
      if (cause instanceof ConfigError || cause instanceof ConnectError || !(error instanceof PluginError)) {
        await this.#undo()
        throw cause
      }
      // a plugin that broke before traffic still has its report, with what there is
      this.#tell(error)
    }
    const drift = Date.now() * 1000 - wall - (this.#clock.now() - since)
    return this.#report(this.#clock.virtual ? 0 : Math.round(drift))
  }

  async #connect(): Promise<void> {
    const driver = await this.#host.hooks.driver.promise(this.#shared)
    if (driver === undefined) throw new Error('no plugin provided a driver')
    this.#driver = driver
    wantsWireTime(driver, this.#config)
    this.#host.defer('engine', () => driver.close(AbortSignal.timeout(5000)))
    const admin = await driver.admin()
    this.#admin = admin
    this.#host.defer('engine', () => admin.close())
    const streams = await ensureTopics(admin, this.#config.streams, topic =>
      this.#host.defer('engine', () => deleteTopic(admin, topic)),
    )
    this.#config = { ...this.#config, streams }
  }

  async #traffic(): Promise<void> {
    const { threads } = this.#config
    const [ready, produced] = [latch(threads), latch(threads)]
    const broken = Promise.withResolvers<never>()
    broken.promise.catch(() => undefined)
    const fail = (error: unknown) =>
      this.#host.startedAt === undefined ? broken.reject(error) : this.#fail(error)
    const gone = (thread: number) => {
      ready.hit(thread)
      produced.hit(thread)
      this.#sample(this.#collector.lost(thread))
    }
    const hear: Hears<FromWorker, [thread: number]> = {
      ready: (_, thread) => ready.hit(thread),
      produced: (_, thread) => produced.hit(thread),
      part: ({ part }) => this.#sample(this.#collector.add(part, false)),
      done: ({ part }) => this.#sample(this.#collector.add(part, true)),
      abort: ({ reason }) => this.#stop(reason),
      log: ({ level, text }) => this.#log[level](text),
      error: ({ error }) => fail(unpackError(error)),
      closed: (_, thread) => gone(thread),
    }
    const events = {
      message: (thread: number, message: FromWorker) => hear[message.type](message as never, thread),
      lost: (thread: number, why: string) => {
        fail(new Error(why))
        gone(thread)
      },
    }
    const source = this.#source
    const { fingerprint } = this.#merged
    const run = Number.parseInt(this.#config.id, 16)
    const init = { thread: 0, threads, run, config: this.#config, shared: this.#shared }
    const threaded = source.value === undefined
    const crew = threaded
      ? startThreads({ ...init, source, fingerprint, clock: this.#control.clock }, events)
      : startHere(init, this.#merged, this.#clock, events)
    this.#crew = crew
    this.#host.defer('engine', () => crew.end())
    // every operation of a start has the time-out for itself; together they have a little more
    await within(ready, this.#config.timeoutUs / 1000 + 15_000, broken.promise)
    if (threaded) this.#host.defer('engine', startWatchdog())
    this.#listen()
    const at = this.#clock.now() + LEAD_US
    crew.send({ type: 'start', at, wall: Date.now() + LEAD_US / 1000 })
    this.#host.start(at)
    await produced.all
    const read = this.#control.cut?.aborted ? [] : this.#config.streams
    const ends = await endOffsets(this.#admin as Admin, read, this.#log.warn)
    crew.send({ type: 'finish', ends })
    await crew.closed
    await this.#reporting.settle()
  }

  /** What a plugin's timer or a promise of its own throws in main is the plugin's, and the report is still made. */
  #catchUncaught(): void {
    const uncaught = (error: unknown) => this.#fail(error)
    process.on('uncaughtException', uncaught)
    this.#host.defer('engine', () => void process.off('uncaughtException', uncaught))
  }

  /** What was asked for before traffic is done as soon as there is some. */
  #listen(): void {
    const { signal, cut } = this.#control
    const on = (from: AbortSignal | undefined, act: () => void) => {
      if (from?.aborted) act()
      from?.addEventListener('abort', act, { once: true })
      this.#host.defer('engine', () => from?.removeEventListener('abort', act))
    }
    on(signal, () => {
      const reason: unknown = signal?.reason
      if (reason === 'SIGINT' || reason === 'SIGTERM') this.#failures.signal = reason
      this.#stop(typeof reason === 'string' ? reason : 'stopped')
    })
    on(cut, () => this.#crew?.send({ type: 'cut' }))
  }
  #stop(reason: string): void {
    if (this.#stopped === undefined) {
      this.#stopped = reason
      this.#collector.stoppedAt = Math.max(0, this.#host.now())
    }
    this.#crew?.send({ type: 'stop' })
  }
  #fail(error: unknown): void {
    this.#tell(error)
    this.#stop(messageOf(error))
  }
  /** Keeps it for the verdict, and says at once where the author has to look. */
  #tell(error: unknown): void {
    this.#failures.internal.push(error)
    const frames = authorsFrames(error instanceof PluginError ? error.cause : error)
    this.#log.info([messageOf(error), ...frames.slice(0, 3)].join('\n'))
  }
  #sample(snapshots: readonly Snapshot[]): void {
    for (const snapshot of snapshots) {
      try {
        this.#control.onSnapshot?.(snapshot)
      } catch (error) {
        this.#fail(error)
      }
      this.#reporting.sample(snapshot)
    }
  }

  async #report(clockDriftUs: number): Promise<Outcome> {
    this.#collector.addEvents(this.#host.takeEvents())
    const { brokers: addresses, embedded = false } = this.#shared
    // after a cut nothing waits for a broker that may not answer
    const isCut = this.#control.cut ? aborted(this.#control.cut) : new Promise<undefined>(() => {})
    const version = (await Promise.race([this.#admin?.broker().catch(() => ''), isCut])) ?? ''
    const result = new RunResult(
      this.#collector,
      {
        durationUs: Math.max(0, this.#host.now()),
        clockDriftUs,
        command: this.#source.command,
        config: this.#config,
        written: outline(this.#merged.fingerprint, true),
        broker: { addresses, embedded, version },
        driver: this.#driver?.name ?? '',
        stopped: this.#stopped,
        virtual: this.#clock.virtual,
        samplesMissed: this.#reporting.missed,
      },
      this.#failures,
    )
    await this.#host.hooks.result.promise(result).catch(error => {
      this.#tell(error)
      result.judge('invalid', 'error', messageOf(error))
    })
    // topics, broker and connections are given back before the report says that all went well
    await Promise.race([this.#undo(), isCut])
    await this.#reporting.report(result)
    return { exitCode: result.exitCode, result }
  }

  /** Undoes what was begun, whatever came of it. */
  async #undo(): Promise<void> {
    for (const failure of await this.#host.close()) this.#log.warn(messageOf(failure))
    this.#terminal.clear()
  }
}
