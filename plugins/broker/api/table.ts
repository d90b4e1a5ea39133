import { apiVersions } from '../../protocol/messages/api-versions.ts'
import { type Handler, handler } from '../handler.ts'
import { describeConfigsHandler } from './configs.ts'
import { deleteGroupsHandler, describeGroupsHandler, listGroupsHandler } from './describe-groups.ts'
import { fetchHandler } from './fetch.ts'
import {
  findCoordinatorHandler,
  heartbeatHandler,
  joinGroupHandler,
  leaveGroupHandler,
  syncGroupHandler,
} from './groups.ts'
import { listOffsetsHandler } from './list-offsets.ts'
import { describeClusterHandler, metadataHandler } from './metadata.ts'
import { offsetCommitHandler, offsetFetchHandler } from './offsets.ts'
import { initProducerIdHandler, produceHandler } from './produce.ts'
import { createPartitionsHandler, createTopicsHandler, deleteTopicsHandler } from './topics.ts'

const apiVersionsHandler: Handler = handler(apiVersions, () => ({ apiKeys: supportedVersions() }))

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
    apiVersionsHandler,
    createTopicsHandler,
    deleteTopicsHandler,
    initProducerIdHandler,
    describeConfigsHandler,
    createPartitionsHandler,
    deleteGroupsHandler,
    describeClusterHandler,
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
