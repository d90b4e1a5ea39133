/** What main and its workers say to each other, over a MessagePort in either case. */
import type { ConfigSource } from './config/source.ts'
import type { ResolvedConfig } from './config/types.ts'
import { ConnectError } from './driver.ts'
import { ConfigError, messageOf, PluginError } from './errors.ts'
import type { Events } from './host.ts'
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
export interface WorkerPart extends Events {
  readonly thread: number
  /** Whole seconds since t0. */
  readonly second: number
  /** µs since t0 when it was read. */
  readonly at: number
  readonly streams: readonly LedgerPart[]
  readonly generator: GeneratorPart
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

/** What is done about each message. */
export type Hears<M extends { readonly type: string }> = {
  readonly [T in M['type']]: (message: Extract<M, { readonly type: T }>) => void
}

/** Structured clone keeps no classes: an error crosses as its parts. */
export interface ErrorMessage {
  readonly kind: 'PluginError' | 'ConfigError' | 'ConnectError' | 'Error'
  readonly message: string
  readonly stack: string
  readonly parts: Readonly<Record<string, unknown>>
}
export function packError(error: unknown): ErrorMessage {
  const cause = error instanceof Error ? error.cause : undefined
  const plugin = error instanceof PluginError
  // a driver that cannot connect is not a broken plugin
  if (plugin && (cause instanceof ConnectError || cause instanceof ConfigError)) return packError(cause)
  const root = cause instanceof Error ? cause : error
  const known = plugin || error instanceof ConfigError || error instanceof ConnectError
  return {
    kind: known ? error.name : 'Error',
    message: messageOf(plugin ? cause : error),
    stack: (root instanceof Error && root.stack) || '',
    parts: known ? { ...error } : {},
  }
}
export function unpackError({ kind, message, stack, parts }: ErrorMessage): Error {
  const cause = Object.assign(new Error(message), { stack })
  const part = (name: string) => String(parts[name])
  if (kind === 'PluginError') return new PluginError(part('plugin'), part('hook'), cause)
  if (kind === 'ConfigError') return new ConfigError(parts['faults'] as ConfigError['faults'], cause)
  if (kind === 'ConnectError') return new ConnectError(part('address'), part('reason'), part('remedy'), cause)
  return cause
}
