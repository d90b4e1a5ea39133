/** Waiting for a topic: brokers learn of a new one at different times, and of its leaders. */
import { errorCodes } from '../../protocol/errors.ts'
import type { Cluster } from './cluster.ts'
import { BrokerError } from './failure.ts'

const PASSING = new Set<number>([
  errorCodes.NONE,
  errorCodes.LEADER_NOT_AVAILABLE,
  errorCodes.REPLICA_NOT_AVAILABLE,
])

/** Bits of ACL operations. */
const operations = { Read: 1 << 3, Write: 1 << 4 } as const

/**
 * Resolves when the topic has leaders for all of its partitions, up to `timeoutUs`.
 * @param operation that it has to allow us.
 * @param expected partitions that it should have, at least.
 * @throws BrokerError for a topic that the broker does not let us have; Error for one that is not there in time, or is another
 * one than expected; NoBrokerError.
 */
export async function untilLed(
  cluster: Cluster,
  topic: string,
  expected: number,
  timeoutUs: number,
  operation: keyof typeof operations,
): Promise<void> {
  const end = performance.now() + timeoutUs / 1000
  for (;;) {
    await cluster.refresh([topic])
    const found = cluster.topic(topic)
    if (found !== undefined && !PASSING.has(found.error)) throw new BrokerError(found.error, `topic ${topic}`)
    const partitions = found?.partitions ?? []
    if (partitions.length > 0 && partitions.every(each => each.leader >= 0)) {
      if (found?.allowed !== undefined && (found.allowed & operations[operation]) === 0)
        throw new BrokerError(errorCodes.TOPIC_AUTHORIZATION_FAILED, `topic ${topic}`, null, operation)
      if (partitions.length >= expected) return
      throw new Error(`topic ${topic} has ${partitions.length} partitions, not ${expected}`)
    }
    if (performance.now() > end) {
      const missing = found === undefined ? 'not been found' : 'a partition without leader'
      throw new Error(`topic ${topic} has ${missing} for ${timeoutUs / 1e6} s`)
    }
  }
}
