/**
 * The plugins of a configuration as a run has them, registered in main and in a worker, so that their hooks can be fired
 * here: no driver, no broker, no socket.
 */
import { monotonicClock } from '../../clock.ts'
import type { Merged } from '../../config/merge.ts'
import type { ResolvedConfig } from '../../config/types.ts'
import { ConfigError, messageOf, PluginError } from '../../errors.ts'
import { Host, type HostStream, idleHost } from '../../host.ts'
import { createTerminal } from '../../terminal.ts'
import { placeFor, recordsOf } from './nowhere.ts'

/** Hooks that make records: who taps them may have something to set up first. */
const MAKING = ['keyFor', 'partitionFor', 'sizeFor', 'beforeSend', 'valueFor', 'endTransaction'] as const
export type Making = (typeof MAKING)[number]

/** A plugin whose hooks are not fired. */
export interface Left {
  readonly plugin: string
  readonly why: string
  /** By stream: the hooks it taps. */
  readonly taps: ReadonlyMap<string, readonly Making[]>
}
export interface Hosts {
  /** For schedules. */
  readonly main: Host
  /** For records: its `setup` is over. */
  readonly worker: Host
  readonly left: readonly Left[]
  /** Plugins that make records, and would have prepared something for that in a run. */
  readonly unprepared: readonly string[]
}

/**
 * `prepare` may need a broker, a registry or a network, so it is not fired. `setup` is, of the plugins that make records: who
 * fails in it is left out. Who prepares something may fail in it for want of that, and make records all the same: it is left out
 * when it cannot.
 */
export async function openHosts(merged: Merged, config: ResolvedConfig): Promise<Hosts> {
  const main = idleHost(merged, config)
  main.register()
  const prepares = new Set(main.hooks.prepare.taps.map(tap => tap.name))
  const all = workerHost(merged, config)
  all.register()
  const left: Left[] = []
  for (let worker = all; ; ) {
    const failed =
      (await firstSetupThatFails(worker, prepares)) ?? firstOfTheseThatFails(worker, prepares, config.seed)
    const unprepared = makersOf(worker).filter(plugin => prepares.has(plugin))
    if (failed === undefined) return { main, worker, left, unprepared }
    await worker.close()
    const why = prepares.has(failed.plugin)
      ? 'it prepares what it makes records of when a run starts'
      : `its setup fails outside of a run: ${failed.message}`
    left.push(leftOut(all, failed.plugin, why))
    const out = new Set(left.map(l => l.plugin))
    const plugins = merged.plugins.filter(p => !out.has(p.value.id))
    worker = workerHost({ ...merged, plugins }, withoutTransactions(config))
    worker.register()
  }
}

/** Who makes the transactions that an id is for may have been left out. */
function withoutTransactions(config: ResolvedConfig): ResolvedConfig {
  const streams = config.streams.map(({ producer: { transactionalId: _, ...producer }, ...s }) => ({
    ...s,
    producer,
  }))
  return { ...config, streams }
}

/** Plugins that make records. */
function makersOf(host: Host): string[] {
  const names = host.streams.flatMap(s => MAKING.flatMap(hook => s.hooks[hook].taps.map(tap => tap.name)))
  return [...new Set(names)]
}

function leftOut(host: Host, plugin: string, why: string): Left {
  const tapsOf = ({ hooks }: HostStream) =>
    MAKING.filter(hook => hooks[hook].taps.some(tap => tap.name === plugin))
  return { plugin, why, taps: new Map(host.streams.map(s => [s.config.name, tapsOf(s)])) }
}

interface Failed {
  readonly plugin: string
  readonly message: string
}

/** @throws ConfigError of a plugin: that is a fault here as well */
async function firstSetupThatFails(host: Host, mayFail: ReadonlySet<string>): Promise<Failed | undefined> {
  const makers = makersOf(host)
  const shared = Object.freeze({ brokers: [] })
  for (const { name, fn } of host.hooks.setup.taps) {
    if (!makers.includes(name)) continue
    try {
      await (fn as (shared: object) => Promise<void>)(shared)
    } catch (error) {
      if (mayFail.has(name)) continue
      const cause = error instanceof PluginError ? error.cause : error
      if (cause instanceof ConfigError) throw cause
      return { plugin: name, message: messageOf(cause) }
    }
  }
  return undefined
}

/** Makes a record of each stream; what other plugins than these throw is found when all are made. */
function firstOfTheseThatFails(host: Host, these: ReadonlySet<string>, seed: number): Failed | undefined {
  for (const stream of host.streams) {
    if (!makesRecords(stream)) continue
    const records = recordsOf(stream, seed)
    try {
      const draft = records.make(0, 0)
      if (draft !== undefined && draft.size >= 0) records.fill(draft, placeFor(draft))
    } catch (error) {
      if (!(error instanceof PluginError && these.has(error.plugin))) continue
      return { plugin: error.plugin, message: messageOf(error.cause) }
    }
  }
  return undefined
}

/** Its producers send what its plugins make of nothing. */
export function makesRecords({ config }: HostStream): boolean {
  return config.producers > 0 && config.rate.kind !== 'fed'
}

/** As in a worker, where nothing is run. */
export function workerHost(merged: Pick<Merged, 'plugins' | 'streams'>, config: ResolvedConfig): Host {
  const nothing = () => Promise.reject(new Error('there is no run, only a plan of it'))
  const quiet = () => undefined
  return new Host({
    run: {
      role: 'worker',
      thread: 0,
      config,
      terminal: createTerminal(true),
      log: { info: quiet, warn: quiet },
      output: nothing,
      client: nothing,
      abort: quiet,
    },
    merged,
    clock: monotonicClock,
    fail: error => {
      throw error
    },
  })
}
