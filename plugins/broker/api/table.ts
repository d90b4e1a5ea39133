import { errorCodes } from '../../protocol/errors.ts'
import { apiVersions } from '../../protocol/messages/api-versions.ts'
import { type Handler, handler } from '../handler.ts'
import { alterConfigsHandler, incrementalAlterConfigsHandler } from './alter-configs.ts'
import { describeConfigsHandler } from './configs.ts'
import { consumerGroupHeartbeatHandler } from './consumer-group.ts'
import { deleteRecordsHandler } from './delete-records.ts'
import { deleteGroupsHandler, describeGroupsHandler, listGroupsHandler } from './describe-groups.ts'
import {
  describeProducersHandler,
  describeTransactionsHandler,
  listTransactionsHandler,
} from './describe-transactions.ts'
import { fetchHandler } from './fetch.ts'
import {
  findCoordinatorHandler,
  heartbeatHandler,
  joinGroupHandler,
  leaveGroupHandler,
  syncGroupHandler,
} from './groups.ts'
import { listOffsetsHandler, offsetForLeaderEpochHandler } from './list-offsets.ts'
import { describeClusterHandler, metadataHandler } from './metadata.ts'
import { offsetCommitHandler, offsetDeleteHandler, offsetFetchHandler } from './offsets.ts'
import { produceHandler } from './produce.ts'
import { saslAuthenticateHandler, saslHandshakeHandler } from './sasl.ts'
import { createPartitionsHandler, createTopicsHandler, deleteTopicsHandler } from './topics.ts'
import { txnOffsetCommitHandler } from './transactional-offsets.ts'
import {
  addOffsetsToTxnHandler,
  addPartitionsToTxnHandler,
  endTxnHandler,
  initProducerIdHandler,
  writeTxnMarkersHandler,
} from './transactions.ts'

/** Features of the cluster: groups of KIP-848, and transactions whose producers get a new epoch with each end. */
const FEATURES = [
  { name: 'group.version', level: 1 },
  { name: 'transaction.version', level: 2 },
]

/** What a client's software and version may be called. */
const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

const apiVersionsHandler: Handler = handler(apiVersions, (request, { version }) => {
  const apiKeys = supportedVersions()
  const { clientSoftwareName: name, clientSoftwareVersion } = request
  if (version >= 3 && ![name, clientSoftwareVersion].every(each => SOFTWARE.test(each))) {
    return { errorCode: errorCodes.INVALID_REQUEST, apiKeys }
  }
  return { apiKeys, ...features(version) }
})

const features = (version: number) => ({
  // Clients of version 3 cannot read a feature that has a version 0.
  supportedFeatures: (version < 4 ? [] : FEATURES).map(({ name, level }) => ({
    name,
    minVersion: 0,
    maxVersion: level,
  })),
  finalizedFeaturesEpoch: 0,
  finalizedFeatures: FEATURES.map(({ name, level }) => ({
    name,
    minVersionLevel: level,
    maxVersionLevel: level,
  })),
})

/** Everything the broker answers, by API key. */
export const handlers: ReadonlyMap<number, Handler> = new Map(
  [
    produceHandler,
    fetchHandler,
    listOffsetsHandler,
    metadataHandler,
    offsetCommitHandler,
    offsetFetchHandler,
    findCoordinatorHandler,
    joinGroupHandler,
    heartbeatHandler,
    leaveGroupHandler,
    syncGroupHandler,
    describeGroupsHandler,
    listGroupsHandler,
    saslHandshakeHandler,
    apiVersionsHandler,
    createTopicsHandler,
    deleteTopicsHandler,
    deleteRecordsHandler,
    initProducerIdHandler,
    offsetForLeaderEpochHandler,
    addPartitionsToTxnHandler,
    addOffsetsToTxnHandler,
    endTxnHandler,
    writeTxnMarkersHandler,
    txnOffsetCommitHandler,
    describeConfigsHandler,
    alterConfigsHandler,
    saslAuthenticateHandler,
    createPartitionsHandler,
    deleteGroupsHandler,
    incrementalAlterConfigsHandler,
    offsetDeleteHandler,
    describeClusterHandler,
    describeProducersHandler,
    describeTransactionsHandler,
    listTransactionsHandler,
    consumerGroupHeartbeatHandler,
  ].map(each => [each.api.key, each]),
)

/** The versions of every API that is here: what ApiVersions answers. */
export function supportedVersions(): { apiKey: number; minVersion: number; maxVersion: number }[] {
  return [...handlers.values()].map(({ api }) => ({
    apiKey: api.key,
    minVersion: api.min,
    maxVersion: api.max,
  }))
}
