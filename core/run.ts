/** The life of a run, from top to bottom: configure → prepare → workers → start → snapshots → drain → result → report. */
import type { Run, Shared, Snapshot } from './api.ts'
import { loadClock } from './clock.ts'
import { mergeConfig } from './config/merge.ts'
import { authorsFrames } from './config/modules.ts'
import { outline } from './config/plain.ts'
import { resolveConfig } from './config/resolve.ts'
import type { ConfigSource } from './config/source.ts'
import { type Admin, ConnectError, type Driver } from './driver.ts'
import { aborted, clientOf } from './engine.ts'
import { ConfigError, located, messageOf, PluginError } from './errors.ts'
import { Host } from './host.ts'
import type { RunOptions } from './index.ts'
import { Collector } from './measure/collector.ts'
import { unpackError } from './messages.ts'
import { nameRun } from './naming.ts'
import { createResult, type Failures } from './outcome.ts'
import { openOutput } from './output.ts'
import { createReporting } from './reporting.ts'
import type { Result } from './result.ts'
import { wantsTransactions } from './tap-faults.ts'
import { createTerminal, type OwnTerminal } from './terminal.ts'
import { type Crew, type CrewEvents, startHere, startThreads } from './threads.ts'
import { wantsWireTime } from './thresholds.ts'
import { deleteTopic, endOffsets, ensureTopics } from './topics.ts'
import { startWatchdog } from './watchdog.ts'

/** The command's signal has 'SIGINT' or 'SIGTERM' for its reason, which decides the exit code. */
export interface RunControl extends Omit<RunOptions, 'overrides'> {
  /** Report what there is, at once. */
  readonly cut?: AbortSignal
  readonly terminal?: OwnTerminal
}

/** From t0's announcement to t0: every worker has heard of it by then. */
const LEAD_US = 200_000

/** Runs a configuration. Throws ConfigError or ConnectError; what a plugin breaks is in the result. */
export async function runConfig(source: ConfigSource, control: RunControl = {}): Promise<Result> {
  const merged = await mergeConfig(source)
  const threaded = source.value === undefined
  let config = nameRun(await resolveConfig(merged), !threaded, merged.raw['threads'])
  const clock = await loadClock(control.clock?.href)
  const terminal = control.terminal ?? createTerminal(!threaded)
  const log: Run['log'] = {
    info: text => terminal.log(text),
    warn: text => terminal.log(`warning: ${text}`),
  }
  const shared: Shared = { brokers: [...config.brokers] }
  let driver: Driver | undefined
  let admin: Admin | undefined
  let crew: Crew | undefined
  let stopped: string | undefined
  const host = new Host({
    run: {
      role: 'main',
      thread: -1,
      config,
      terminal,
      log,
      output: (name, options) => openOutput(config.out, name, options?.checkpoint),
      client: async () => clientOf(driver, config.timeoutUs),
      abort: stop,
    },
    merged,
    clock,
    fail,
  })
  const collector = new Collector(config, host.metrics)
  const reporting = createReporting(host.hooks, log.info)
  const failures: Failures = { internal: [], signal: undefined, reports: reporting.failures }

  const [wall, since] = [Date.now() * 1000, clock.now()]
  if (threaded) {
    // what a plugin's timer or a promise of its own throws in main is the plugin's, and the report is still made
    process.on('uncaughtException', fail)
    host.defer('engine', () => void process.off('uncaughtException', fail))
  }
  try {
    host.register()
    await host.hooks.prepare.promise(shared)
    admin = await connect()
    await traffic(admin)
  } catch (error) {
    const cause = error instanceof PluginError ? error.cause : error
    if (cause instanceof ConfigError || cause instanceof ConnectError || !(error instanceof PluginError)) {
      await undo()
      throw located(cause, merged.originOf)
    }
    // a plugin that broke before traffic still has its report, with what there is
    tell(error)
  }
  const drift = Date.now() * 1000 - wall - (clock.now() - since)
  return report(clock.virtual ? 0 : Math.round(drift))

  async function connect(): Promise<Admin> {
    const provided = await host.hooks.driver.promise(shared)
    if (provided === undefined) throw new Error('no plugin provided a driver')
    driver = provided
    wantsWireTime(provided, config)
    wantsTransactions(provided, host.streams)
    host.defer('engine', () => provided.close(AbortSignal.timeout(5000)))
    const opened = await provided.admin()
    host.defer('engine', () => opened.close())
    const made = (topic: string) => host.defer('engine', () => deleteTopic(opened, topic))
    config = { ...config, streams: await ensureTopics(opened, config.streams, made) }
    return opened
  }

  async function traffic(admin: Admin): Promise<void> {
    const broken = Promise.withResolvers<never>()
    broken.promise.catch(() => undefined)
    const failed = (error: unknown) => (host.startedAt === undefined ? broken.reject(error) : fail(error))
    const hear: CrewEvents = {
      part: ({ part }) => sample(collector.add(part, false)),
      done: ({ part }) => sample(collector.add(part, true)),
      abort: ({ reason }) => stop(reason),
      log: ({ level, text }) => log[level](text),
      error: ({ error }) => failed(unpackError(error)),
      lost: why => failed(new Error(why)),
      gone: thread => sample(collector.lost(thread)),
    }
    const run = Number.parseInt(config.id, 16)
    const init = { thread: 0, threads: config.threads, run, config, shared }
    const { fingerprint } = merged
    const started = threaded
      ? startThreads({ ...init, source, fingerprint, clock: control.clock?.href }, hear)
      : startHere(init, merged, clock, hear)
    crew = started
    host.defer('engine', () => started.end())
    // every operation of a start has the time-out for itself; together they have a little more
    await Promise.race([started.ready(config.timeoutUs / 1000 + 15_000), broken.promise])
    if (threaded) host.defer('engine', startWatchdog())
    listen()
    const at = clock.now() + LEAD_US
    started.send({ type: 'start', at, wall: Date.now() + LEAD_US / 1000 })
    host.start(at)
    await started.produced
    const ends = await endOffsets(admin, control.cut?.aborted ? [] : config.streams, log.warn)
    started.send({ type: 'finish', ends })
    await started.closed
    await reporting.settle()
  }

  /** What was asked for before traffic is done as soon as there is some. */
  function listen(): void {
    const { signal, cut } = control
    const on = (from: AbortSignal | undefined, act: () => void) => {
      if (from?.aborted) act()
      from?.addEventListener('abort', act, { once: true })
      host.defer('engine', () => from?.removeEventListener('abort', act))
    }
    on(signal, () => {
      const reason: unknown = signal?.reason
      if (reason === 'SIGINT' || reason === 'SIGTERM') failures.signal = reason
      stop(typeof reason === 'string' ? reason : 'stopped')
    })
    on(cut, () => crew?.send({ type: 'cut' }))
  }
  function stop(reason: string): void {
    if (stopped === undefined) {
      stopped = reason
      collector.stoppedAt = Math.max(0, host.now())
    }
    crew?.send({ type: 'stop' })
  }
  function fail(error: unknown): void {
    tell(error)
    stop(messageOf(error))
  }
  /** Keeps it for the verdict, and says at once where the author has to look. */
  function tell(error: unknown): void {
    failures.internal.push(error)
    const frames = authorsFrames(error instanceof PluginError ? error.cause : error)
    log.info([messageOf(error), ...frames.slice(0, 3)].join('\n'))
  }
  function sample(snapshots: readonly Snapshot[]): void {
    for (const snapshot of snapshots) {
      try {
        control.onSnapshot?.(snapshot)
      } catch (error) {
        fail(error)
      }
      reporting.sample(snapshot)
    }
  }

  async function report(clockDriftUs: number): Promise<Result> {
    collector.addEvents(host.takeEvents())
    const { brokers: addresses, embedded = false } = shared
    // after a cut nothing waits for a broker that may not answer
    const isCut = control.cut ? aborted(control.cut) : new Promise<undefined>(() => {})
    const version = (await Promise.race([admin?.broker().catch(() => ''), isCut])) ?? ''
    const about = {
      command: source.command,
      broker: { addresses, embedded, version },
      driver: driver?.name ?? '',
      ...(stopped !== undefined && { stopped }),
      clockDriftUs,
      samplesMissed: reporting.missed,
      config: outline(merged.fingerprint, true),
    }
    const facts = { config, durationUs: Math.max(0, host.now()), virtual: clock.virtual, about }
    const result = createResult(collector, facts, failures)
    await host.hooks.result.promise(result).catch(error => {
      tell(error)
      result.judge('invalid', 'error', messageOf(error))
    })
    // figures that were finished there
    collector.addOwn()
    // topics, broker and connections are given back before the report says that all went well
    await Promise.race([undo(), isCut])
    await reporting.report(result)
    return result
  }

  /** Undoes what was begun, whatever came of it. */
  async function undo(): Promise<void> {
    for (const failure of await host.close()) log.warn(messageOf(failure))
    terminal.clear()
  }
}
