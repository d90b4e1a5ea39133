/** What main and its workers say to each other, over a MessagePort in either case. */
import type { MessagePort } from 'node:worker_threads'
import type { ConfigSource } from './config/source.ts'
import type { ResolvedConfig } from './config/types.ts'
import { ConnectError } from './driver.ts'
import { ConfigError, messageOf, PluginError } from './errors.ts'
import type { StreamEvent } from './host.ts'
import type { GeneratorPart } from './measure/generator.ts'
import type { LedgerPart } from './measure/ledger.ts'
import type { MetricPart } from './measure/metrics.ts'

/** What a worker is started with: all data comes from main. */
export interface WorkerInit {
  readonly thread: number
  readonly threads: number
  /** Number of the run, in every stamp. */
  readonly run: number
  readonly config: ResolvedConfig
  readonly shared: Record<string, unknown>
}
/** What a worker in a thread of its own needs besides, to obtain the functions. */
export interface ThreadInit extends WorkerInit {
  readonly source: ConfigSource
  readonly fingerprint: unknown
  readonly clock: string | undefined
}

/** A worker's account at the end of a second, read in one synchronous turn. */
export interface WorkerPart {
  readonly thread: number
  /** Whole seconds since t0. */
  readonly second: number
  /** µs since t0 when it was read. */
  readonly at: number
  readonly streams: readonly LedgerPart[]
  readonly generator: GeneratorPart
  readonly events: readonly StreamEvent[]
  readonly eventsLost: number
  readonly metrics: Readonly<Record<string, MetricPart>>
}

export type ToWorker =
  | { readonly type: 'start'; readonly at: number; readonly wall: number }
  /** Nothing more is sent; what is under way is waited for. */
  | { readonly type: 'stop' }
  /** Every worker has its last outcome: end offsets per stream. */
  | { readonly type: 'finish'; readonly ends: Readonly<Record<string, readonly number[]>> }
  /** Report what there is, now. */
  | { readonly type: 'cut' }
export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'part'; readonly part: WorkerPart }
  | { readonly type: 'produced' }
  | { readonly type: 'done'; readonly part: WorkerPart }
  | { readonly type: 'closed' }
  | { readonly type: 'error'; readonly error: ErrorMessage }
  | { readonly type: 'abort'; readonly reason: string }
  | { readonly type: 'log'; readonly level: 'info' | 'warn'; readonly text: string }

/** Structured clone keeps no classes: an error crosses as its parts. */
export interface ErrorMessage {
  readonly kind: 'plugin' | 'config' | 'connect' | 'internal'
  readonly message: string
  readonly stack: string
  readonly parts: Readonly<Record<string, unknown>>
}
export function packError(error: unknown): ErrorMessage {
  const stack =
    error instanceof Error ? (error.cause instanceof Error ? error.cause : error).stack : undefined
  const base = { message: messageOf(error), stack: stack ?? '' }
  if (error instanceof PluginError) {
    // a driver that cannot connect is not a broken plugin
    if (error.cause instanceof ConnectError || error.cause instanceof ConfigError)
      return packError(error.cause)
    return {
      ...base,
      kind: 'plugin',
      parts: { plugin: error.plugin, hook: error.hook, cause: messageOf(error.cause) },
    }
  }
  if (error instanceof ConfigError) return { ...base, kind: 'config', parts: { faults: error.faults } }
  if (error instanceof ConnectError)
    return {
      ...base,
      kind: 'connect',
      parts: { address: error.address, reason: error.reason, remedy: error.remedy },
    }
  return { ...base, kind: 'internal', parts: {} }
}
export function unpackError(data: ErrorMessage): Error {
  const { parts } = data
  const cause = Object.assign(new Error(String(parts['cause'] ?? data.message)), { stack: data.stack })
  if (data.kind === 'plugin') return new PluginError(String(parts['plugin']), String(parts['hook']), cause)
  if (data.kind === 'config') return new ConfigError(parts['faults'] as ConfigError['faults'], cause)
  if (data.kind === 'connect')
    return new ConnectError(String(parts['address']), String(parts['reason']), String(parts['remedy']), cause)
  return cause
}

export function listen<T>(port: MessagePort, fn: (message: T) => void): void {
  port.on('message', (message: unknown) => fn(message as T))
}
