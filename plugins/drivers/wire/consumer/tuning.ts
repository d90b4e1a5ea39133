/** What a consumer does how often and how much, beside what `ConsumerOptions` say. */
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
  /** ms between heartbeats: how soon a member hears of a rebalance. */
  readonly heartbeatMs: number
  /** ms without a heartbeat after which a member is given up, by the group and by itself. */
  readonly sessionMs: number
  /** ms that a member may take to join again. */
  readonly rebalanceMs: number
  /** ms between automatic commits. As the Java client's auto.commit.interval.ms. */
  readonly commitMs: number
}

export const defaults: Tuning = {
  maxWaitMs: 500,
  minBytes: 1,
  maxBytes: 8 * 1024 * 1024,
  partitionBytes: 1024 * 1024,
  prefetchBytes: 16 * 1024 * 1024,
  checksums: true,
  heartbeatMs: 500,
  sessionMs: 30_000,
  rebalanceMs: 60_000,
  commitMs: 5000,
}
