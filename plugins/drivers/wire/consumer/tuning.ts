/** What a consumer does how often and how much. */
import type { ConsumerOptions } from '../../../../core/plugin.ts'

export interface Tuning {
  /** ms a broker waits for something to answer with. */
  readonly maxWaitMs: number
  /** Bytes at which it stops waiting. */
  readonly minBytes: number
  /** Bytes of an answer; a batch that is larger comes all the same. */
  readonly maxBytes: number
  /** Bytes of an answer from one partition, likewise. */
  readonly partitionBytes: number
  /** Bytes that may wait to be polled: above that nothing more is asked for. */
  readonly prefetchBytes: number
  /** Whether the CRC of each batch is looked at. */
  readonly checksums: boolean
  /** ms between heartbeats: how soon a member hears of a rebalance. By KIP-848 the broker says, but for `startMs`. */
  readonly heartbeatMs: number
  /**
   * ms that a member by KIP-848 takes to begin: it is quick meanwhile, since a group that comes together moves partitions
   * about, and those would be nobody's until the broker's heartbeat. With nothing by then it takes that for its assignment.
   */
  readonly startMs: number
  /** ms without a heartbeat after which a member is given up, by the group and by itself. */
  readonly sessionMs: number
  /** ms that a member may take to join again. */
  readonly rebalanceMs: number
  /** ms between automatic commits, 0: none. As the Java client's auto.commit.interval.ms. */
  readonly commitMs: number
  /** ms between looks of a leader for partitions that topics have got meanwhile. */
  readonly metadataMs: number
}

const defaults: Tuning = {
  maxWaitMs: 500,
  minBytes: 1,
  maxBytes: 8 * 1024 * 1024,
  partitionBytes: 1024 * 1024,
  prefetchBytes: 16 * 1024 * 1024,
  checksums: true,
  heartbeatMs: 500,
  startMs: 3000,
  sessionMs: 30_000,
  rebalanceMs: 60_000,
  commitMs: 5000,
  metadataMs: 30_000,
}

/** With what a consumer's options say. */
export function tuned({ fetch = {}, commitUs, sessionTimeoutUs }: ConsumerOptions): Tuning {
  const { minBytes = defaults.minBytes, maxBytes = defaults.maxBytes } = fetch
  const { maxWaitUs = defaults.maxWaitMs * 1000, maxPartitionBytes = defaults.partitionBytes } = fetch
  return {
    ...defaults,
    minBytes,
    maxBytes,
    maxWaitMs: Math.round(maxWaitUs / 1000),
    partitionBytes: maxPartitionBytes,
    sessionMs: sessionTimeoutUs === undefined ? defaults.sessionMs : Math.ceil(sessionTimeoutUs / 1000),
    commitMs: commitUs === undefined ? defaults.commitMs : Math.ceil(commitUs / 1000),
  }
}
