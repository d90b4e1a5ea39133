/** What a user writes. */
import type { InlinePlugin, Plugin, Preset } from '../define.ts'
import type { ConsumerOptions, ProducerSettings, TopicSettings } from '../driver.ts'
import type { MetricName } from '../result.ts'

/** '< 20ms', '== 0', several of them, or with the phase they are judged on. */
export type Threshold =
  | string
  | readonly string[]
  | { readonly expect: string; readonly phase?: 'warmup' | 'measure' }

/** A stage of the load: `ramp` goes linearly from the last stage's rate (0 at the start), otherwise it jumps. */
export interface Stage {
  readonly rate: number | string
  readonly for: number | string
  readonly ramp?: boolean
}
export interface TopicConfig extends Partial<TopicSettings> {
  readonly name?: string
  /** Write to a topic that is there; never made, never deleted. */
  readonly existing?: boolean
}
type InMicroseconds = 'timeoutUs' | 'commitUs' | 'sessionTimeoutUs'
export interface ConsumersConfig extends Omit<ConsumerOptions, InMicroseconds | 'fetch'> {
  /** Members of each group. */
  readonly count?: number
  /** Groups, each of which reads all, with a number after their name: `name-0`, `name-1`, … @default 1 */
  readonly groups?: number
  /** Members get it with a number of their own: `name-0`, `name-1`, … */
  readonly instance?: string
  /** Between commits of what was read; 'poll': after each poll, '1000 records': after as many, 'off': never. @default '5s' */
  readonly commit?: number | string
  /** Of silence, after which a classic group gives a member up. @default 30 s */
  readonly sessionTimeout?: number | string
  readonly fetch?: {
    readonly [K in 'minBytes' | 'maxWait' | 'maxBytes' | 'maxPartitionBytes']?: number | string
  }
}
type OtherwiseWritten = 'acks' | 'lingerUs' | 'batchBytes' | 'bufferBytes' | 'deliveryTimeoutUs'
export interface ProducerConfig extends Partial<Omit<ProducerSettings, OtherwiseWritten>> {
  readonly acks?: 0 | 1 | 'all'
  /** Prefix of transactional ids, where a plugin makes transactions: `<prefix>-<stream>-<n>`. @default loadtest-<run> */
  readonly transactionalId?: string
  readonly linger?: number | string
  readonly batchSize?: number | string
  readonly buffer?: number | string
  readonly deliveryTimeout?: number | string
}

/** A workload. Numbers are seconds, bytes and records/s; strings carry their unit: '5ms', '64KiB', '50k/s'. */
export interface StreamConfig {
  readonly topic?: string | TopicConfig
  /** '5k/s', '80 MB/s', 'max', stages, or 'fed' by a plugin. @default '5k/s' */
  readonly rate?: number | string | readonly Stage[]
  /** Value size that sizeFor starts from. @default '100B' */
  readonly size?: number | string
  /** 0: the stream only reads. @default 1 */
  readonly producers?: number
  /** @default 1 */
  readonly consumers?: number | ConsumersConfig
  readonly producer?: ProducerConfig
  /** @default 'auto' */
  readonly stamp?: 'auto' | 'header' | 'value' | 'off'
  readonly plugins?: readonly (Plugin | InlinePlugin | string | readonly [name: string, options: unknown])[]
  readonly thresholds?: { readonly [M in MetricName]?: Threshold | null } & {
    readonly [metric: string]: Threshold | null | undefined
  }
}
/** Where a secret is: an environment variable, or a file with it alone. It is read where it is needed, and kept nowhere. */
export type Secret = { readonly env: string } | { readonly file: string }
/** Paths of PEM files go from the file that names them. */
export interface TlsConfig {
  /** Every other option asks for TLS too; false switches it off. */
  readonly enabled?: boolean
  /** Authorities to trust. @default those that Node brings */
  readonly ca?: string
  /** Our own certificate, and its private key without a passphrase, for brokers that ask for one. */
  readonly cert?: string
  readonly key?: string
  /** Name that certificates of brokers have to show. @default the host that is connected to */
  readonly servername?: string
  /** Verify certificates of brokers. @default true */
  readonly rejectUnauthorized?: boolean
}
export interface SaslConfig {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512' | 'oauthbearer'
  readonly username?: string
  readonly password?: Secret
  /** For oauthbearer, in place of name and password; read again for each authentication. */
  readonly token?: Secret
}
/** What drivers connect with. Neither: plain text, without authentication. */
export interface Security {
  readonly tls?: Omit<TlsConfig, 'enabled'>
  readonly sasl?: SaslConfig
}
type Base = string | Config | Preset
export interface Config extends StreamConfig {
  /** A preset's value, a configuration, a path (from the file that names it), a built-in preset's name or a package. */
  readonly extends?: Base | readonly (Base | readonly [name: string, options: unknown])[]
  /** host:port; none: the embedded broker. */
  readonly brokers?: readonly string[]
  readonly tls?: boolean | TlsConfig
  readonly sasl?: SaslConfig
  /** Name of the plugin of the slot `driver`. @default 'wire' */
  readonly driver?: string
  /** For every operation. @default '30s' */
  readonly timeout?: number | string
  /** @default '2s' */
  readonly warmup?: number | string
  /** Without the warm-up. @default '10s' */
  readonly duration?: number | string
  /** @default 'auto': cores − 1, at least 1 */
  readonly threads?: number | 'auto'
  /** @default 1 */
  readonly seed?: number
  /** Times every rate, and the number of producers and consumers. Durations, sizes and partitions stay. @default 1 */
  readonly scale?: number
  /** Folder of the run's files. @default loadtest-results/<start time> */
  readonly out?: string
  /** Tainted figures do not fail the run. */
  readonly allowTainted?: boolean
  /** Several workloads side by side; the fields above are their defaults. */
  readonly streams?: Readonly<Record<string, StreamConfig>>
}
export interface ConfigEnv {
  readonly command: string
  readonly ci: boolean
  readonly env: Readonly<Record<string, string | undefined>>
}
export type ConfigFunction = (env: ConfigEnv) => Config | Promise<Config>

/* ---- what it is resolved to: µs, bytes and records/s, every default in place ---- */

/** Bytes/s are turned into records/s by the mean size of 10,000 draws. */
export interface Rate {
  readonly rate: number
  readonly unit: 'records' | 'bytes'
}
export type RateSpec =
  | { readonly kind: 'max' }
  /** Records come from a plugin. */
  | { readonly kind: 'fed' }
  /** For as long as the run lasts. */
  | ({ readonly kind: 'constant' } & Rate)
  | { readonly kind: 'stages'; readonly stages: readonly (Rate & { us: number; ramp: boolean })[] }

export interface ResolvedStream extends Required<Pick<StreamConfig, 'producers' | 'stamp'>> {
  readonly name: string
  readonly topic: Required<TopicConfig>
  readonly rate: RateSpec
  readonly size: number
  readonly consumers: Omit<ConsumerOptions, 'timeoutUs'> &
    Required<Pick<ConsumersConfig, 'count' | 'groups' | 'group' | 'protocol' | 'isolation' | 'from'>> & {
      /** Records after which a member commits by itself, at the end of a poll. */
      readonly commitAfter?: number
    }
  readonly producer: ProducerSettings & Pick<ProducerConfig, 'transactionalId'>
  /** Keys of the plugins listed for this stream, in order. */
  readonly plugins: readonly string[]
  readonly thresholds: readonly ResolvedThreshold[]
}
export interface ResolvedThreshold {
  readonly metric: string
  readonly expression: string
  readonly op: '<' | '<=' | '>' | '>=' | '==' | '!='
  /** µs, records, records/s or bytes/s, as the metric has it. */
  readonly bound: number
  readonly phase: 'warmup' | 'measure'
}
/** Cloneable: this goes to the workers. */
export interface ResolvedConfig
  extends Required<Pick<Config, 'brokers' | 'seed' | 'scale' | 'out' | 'allowTainted'>>,
    Security {
  /** The configuration file that was taken, from the working directory; undefined: there is none. */
  readonly file?: string | undefined
  readonly timeoutUs: number
  readonly warmupUs: number
  readonly durationUs: number
  readonly threads: number
  readonly streams: readonly ResolvedStream[]
  /** Validated options by the plugin's key. */
  readonly options: Readonly<Record<string, unknown>>
}
