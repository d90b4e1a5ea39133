/** kafkajs's consumer, as a member is to have it. */
import type { Cluster, Consumer } from 'kafkajs'
import type { FetchSettings, Offsets, RunEvent } from '../../../core/plugin.ts'
import { createAssigner } from './assigner.ts'
import { openKafka, RETRY } from './client.ts'
import type { Context } from './producer.ts'
import type { Sockets } from './sockets.ts'

export interface MembershipOptions {
  readonly group: string
  readonly topics: readonly string[]
  readonly isolation: 'read_committed' | 'read_uncommitted'
  readonly from: 'latest' | 'earliest'
  readonly timeoutUs: number
  readonly fetch: FetchSettings
  /** µs of silence after which the group gives the member up. */
  readonly sessionTimeoutUs: number
  /** µs between commits; 0: none. */
  readonly commitUs: number
  /** Assigned by hand: these partitions from these offsets, and nothing is committed. */
  readonly fixed: readonly Offsets[] | undefined
  readonly emit: (event: RunEvent) => void
}

/** How soon a member hears of a rebalance. */
export const HEARTBEAT_MS = 500
/** A response is decoded in one go: a larger one keeps the thread from sending for longer. */
const FETCH_BYTES = 512 * 1024
const FETCH_WAIT_MS = 250

export function openConsumer(
  origin: Context,
  { group, fixed, isolation, timeoutUs, sessionTimeoutUs, fetch }: MembershipOptions,
  sockets: Sockets,
  member: {
    readonly onCluster: (cluster: Cluster) => void
    /** Whether kafkajs is to begin anew after a crash. */
    readonly restart: () => boolean
  },
): Consumer {
  const { maxWaitUs = FETCH_WAIT_MS * 1000, maxBytes = FETCH_BYTES } = fetch
  return openKafka(origin, sockets, timeoutUs).consumer({
    groupId: group,
    partitionAssigners: [createAssigner(origin.kafkajs, fixed, member.onCluster)],
    readUncommitted: isolation === 'read_uncommitted',
    allowAutoTopicCreation: false,
    sessionTimeout: Math.ceil(sessionTimeoutUs / 1000),
    heartbeatInterval: HEARTBEAT_MS,
    minBytes: fetch.minBytes ?? 1,
    maxWaitTimeInMs: Math.round(maxWaitUs / 1000),
    maxBytesPerPartition: fetch.maxPartitionBytes ?? FETCH_BYTES,
    maxBytes,
    retry: { ...RETRY, restartOnFailure: async () => member.restart() },
  })
}
