import type { ErrorName } from '../../protocol/errors.ts'

/** `'250ms'`, `'1.5s'`, `'2m'`, or seconds as a number; at most 24 h. */
export type Duration = number | string

/** Which requests a rule meets: all that is named must hold. Nothing named: every request. */
export interface FaultConditions {
  /** Name of the API, e.g. `Produce`. */
  readonly api?: string
  /** Id of the broker that is asked. */
  readonly broker?: number
  /** The request is about this topic, among others or alone. */
  readonly topic?: string
  /** Together with `topic`. */
  readonly partition?: number
  /** The client id, whole. */
  readonly clientId?: string
  /** Requests met that are let through first; default 0. */
  readonly after?: number
  /**
   * Fires once, by itself, this long after the rule was added, without any request; for `kill`, `freeze`, `moveLeader` and
   * `moveCoordinator` that name their broker, partition or key. Goes with no other condition.
   */
  readonly at?: Duration
  /** Requests are met from this long after the rule was added; default 0. */
  readonly from?: Duration
  /** … and before this; default for ever. */
  readonly until?: Duration
  /** Fires at most so often; default without bound. */
  readonly times?: number
  /** Of the requests met, the part that it fires at, above 0 to 1; default 1. */
  readonly probability?: number
  /** Of `probability`, drawn delays and corrupted places, 0 to 2³² − 1; default the rule's number. */
  readonly seed?: number
}

/** A fixed time, or one drawn for each request. Negative draws are 0, draws above 24 h are 24 h. */
export type Delay =
  | Duration
  | { readonly uniform: { readonly min: Duration; readonly max: Duration } }
  | { readonly normal: { readonly mean: Duration; readonly deviation: Duration } }
  | { readonly lognormal: { readonly median: Duration; readonly p99: Duration } }

/** Whether the request takes effect before its fate; default false. */
export interface Applied {
  readonly applied?: boolean
}

/** What is done; each has exactly one of these keys. */
export type FaultAction =
  /** The request takes effect at once, its answer comes later. Delays of several rules add up. */
  | { readonly delay: Delay }
  /** An error code; where a request has partitions (topics, keys), for those that are met, the others are served. */
  | { readonly error: ErrorName | ({ readonly code: ErrorName } & Applied) }
  /** The connection stays open, and neither this request nor any later one on it is answered. */
  | { readonly noAnswer: true | Applied }
  /** The connection is closed, before the request takes effect or, with `applied`, after. */
  | { readonly close: true | Applied }
  /** The request takes effect, so many bytes of the answer are sent (default half), the connection is closed. */
  | { readonly partialFrame: true | { readonly bytes?: number } }
  /** Flips bits: in a record batch of a Fetch answer, so that its checksum is wrong, or in `bytes` places (default 1). */
  | { readonly corrupt: 'records' | 'anywhere' | { readonly anywhere: { readonly bytes?: number } } }
  /**
   * Told as `throttleTimeMs`; the connection is not read for so long after the answer (KIP-219). Does not fire at versions
   * that cannot tell it.
   */
  | { readonly throttle: Duration }
  /** Before the request is handled: the partitions that are met, or the one named, get another leader. */
  | { readonly moveLeader: 'next' | number | MoveLeader }
  /** Before the request is handled: the request's key, or the one named, gets another coordinator. */
  | { readonly moveCoordinator: 'next' | number | MoveCoordinator }
  /**
   * A broker goes away: the one that is asked, or `broker`; it comes back after `for`, counted anew by each kill.
   * `applied` only for the one that is asked.
   */
  | { readonly kill: true | ({ readonly broker?: number; readonly for?: Duration } & Applied) }
  /** A broker stands still as after SIGSTOP: connections are accepted, nothing is read or answered; until `for` is over. */
  | { readonly freeze: true | { readonly broker?: number; readonly for?: Duration } }
  /** Produce: the batch is acknowledged and never stored; the next batch gets its offsets. */
  | { readonly lose: true }
  /** Produce: the batch is stored twice, and acknowledged once. */
  | { readonly duplicate: true }

export interface MoveLeader {
  readonly topic?: string
  readonly partition?: number
  /** Broker id, or the next replica in sync; default 'next'. */
  readonly to?: 'next' | number
}

export interface MoveCoordinator {
  /** A group id or transactional id. */
  readonly key?: string
  /** Broker id, or the next broker that is up; default 'next'. */
  readonly to?: 'next' | number
}

/** One rule. Rules are met in the order they were added. */
export interface FaultRule {
  readonly when?: FaultConditions
  readonly do: FaultAction
}
