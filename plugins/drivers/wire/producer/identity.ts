/** A producer id that nobody has. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProducerOptions } from '../../../../core/plugin.ts'
import { errorCodes } from '../../../protocol/errors.ts'
import { initProducerId } from '../../../protocol/messages/produce.ts'
import { backoffMs, type Cluster } from '../cluster.ts'
import { BrokerError } from '../failure.ts'
import type { Identity } from './sequences.ts'

/** The broker has to ask others first. */
const PASSING = new Set<number>([
  errorCodes.COORDINATOR_LOAD_IN_PROGRESS,
  errorCodes.COORDINATOR_NOT_AVAILABLE,
  errorCodes.NOT_COORDINATOR,
  errorCodes.REQUEST_TIMED_OUT,
])
/** Of transactions, which there are none of. */
const NO_TIMEOUT_MS = 0x7fff_ffff

/** @throws BrokerError; LinkError, NoBrokerError. */
export async function fetchIdentity(
  cluster: Cluster,
  { topic, timeoutUs }: ProducerOptions,
): Promise<Identity> {
  const end = performance.now() + timeoutUs / 1000
  for (let failures = 1; ; failures++) {
    const link = await cluster.any()
    const request = { transactionalId: null, transactionTimeoutMs: NO_TIMEOUT_MS }
    const { errorCode, producerId, producerEpoch } = await link.call(initProducerId, request)
    if (errorCode === 0) return { producerId, producerEpoch }
    if (!PASSING.has(errorCode) || performance.now() > end)
      throw new BrokerError(errorCode, `a producer id for topic ${topic}`)
    await sleep(backoffMs(failures))
  }
}
