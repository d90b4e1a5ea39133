/**
 * Where requests and answers name topics, partitions and other keys: what the field tables do not say. An answer without
 * an entry here has its error code on the top level.
 */

import type { Api, Fields } from '../../protocol/schema.ts'
import { parseSpec, within } from '../../protocol/spec.ts'

/** A list in the request that a list in the answer corresponds to. */
export interface Level {
  /** What an element is. */
  readonly kind: 'topic' | 'partition' | 'key'
  /** The lists' names. */
  readonly request: string
  readonly answer: string
  /** Fields that name an element: the answer's name and the request's; '' where the element is the value itself. */
  readonly names: readonly (readonly [answer: string, request: string])[]
  /** The list below; without one this level has the error. */
  readonly inner?: Level
  /** The field of the error code. */
  readonly error: string
  /** Fields of an entry that failed, where Kafka does not leave them at their default. */
  readonly failed: Readonly<Record<string, unknown>>
}

type Options = { readonly error?: string; readonly failed?: Readonly<Record<string, unknown>> }

function level(
  kind: Level['kind'],
  request: string,
  answer: string,
  names: Level['names'],
  rest: Options & { readonly inner?: Level } = {},
): Level {
  return { error: 'errorCode', failed: {}, ...rest, kind, request, answer, names }
}

const byName = [
  ['name', 'name'],
  ['topicId', 'topicId'],
] as const
const byTopic = [
  ['topic', 'topic'],
  ['topicId', 'topicId'],
] as const

const byResource = [
  ['resourceType', 'resourceType'],
  ['resourceName', 'resourceName'],
] as const

const topics = (request: string, answer: string, inner: Level, names: Level['names'] = byName) =>
  level('topic', request, answer, names, { inner })
const partitions = (request: string, answer: string, names: Level['names'][number], options?: Options) =>
  level('partition', request, answer, [names], options)

const index = ['partitionIndex', 'partitionIndex'] as const
const offsetsOf = (names: Level['names'][number], request = 'partitions') =>
  partitions(request, 'partitions', names, { failed: { committedOffset: -1, offset: -1 } })
const committed = topics('topics', 'topics', offsetsOf(['partitionIndex', ''], 'partitionIndexes'))

/** By name of the API; of several the first whose list the version has. */
const partitioned: Readonly<Record<string, readonly Level[]>> = {
  Produce: [
    topics(
      'topicData',
      'responses',
      partitions('partitionData', 'partitionResponses', ['index', 'index'], { failed: { baseOffset: -1 } }),
    ),
  ],
  Fetch: [
    topics(
      'topics',
      'responses',
      partitions('partitions', 'partitions', ['partitionIndex', 'partition']),
      byTopic,
    ),
  ],
  ListOffsets: [topics('topics', 'topics', offsetsOf(index))],
  OffsetForLeaderEpoch: [
    topics(
      'topics',
      'topics',
      partitions('partitions', 'partitions', ['partition', 'partition'], { failed: { endOffset: -1 } }),
      byTopic,
    ),
  ],
  OffsetCommit: [topics('topics', 'topics', partitions('partitions', 'partitions', index))],
  OffsetFetch: [committed, level('key', 'groups', 'groups', [['groupId', 'groupId']], { inner: committed })],
  OffsetDelete: [topics('topics', 'topics', partitions('partitions', 'partitions', index))],
  TxnOffsetCommit: [topics('topics', 'topics', partitions('partitions', 'partitions', index))],
  AddPartitionsToTxn: [
    topics(
      'v3AndBelowTopics',
      'resultsByTopicV3AndBelow',
      partitions('partitions', 'resultsByPartition', ['partitionIndex', ''], { error: 'partitionErrorCode' }),
    ),
  ],
  DescribeProducers: [
    topics('topics', 'topics', partitions('partitionIndexes', 'partitions', ['partitionIndex', ''])),
  ],
  DeleteRecords: [
    topics(
      'topics',
      'topics',
      partitions('partitions', 'partitions', index, { failed: { lowWatermark: -1 } }),
    ),
  ],
}

const named: Readonly<Record<string, readonly Level[]>> = {
  CreateTopics: [level('topic', 'topics', 'topics', byName)],
  DeleteTopics: [
    level('topic', 'topics', 'responses', byName),
    level('topic', 'topicNames', 'responses', [['name', '']]),
  ],
  CreatePartitions: [level('topic', 'topics', 'results', byName)],
}

/** For a rule that names no topic. */
const keyed: Readonly<Record<string, readonly Level[]>> = {
  FindCoordinator: [
    level('key', 'coordinatorKeys', 'coordinators', [['key', '']], { failed: { nodeId: -1, port: -1 } }),
  ],
  OffsetFetch: [level('key', 'groups', 'groups', [['groupId', 'groupId']])],
  DescribeConfigs: [level('key', 'resources', 'results', byResource)],
  AlterConfigs: [level('key', 'resources', 'responses', byResource)],
  IncrementalAlterConfigs: [level('key', 'resources', 'responses', byResource)],
  DescribeTransactions: [level('key', 'transactionalIds', 'transactionStates', [['transactionalId', '']])],
  DescribeGroups: [level('key', 'groups', 'groups', [['groupId', '']])],
  DeleteGroups: [level('key', 'groupsNames', 'results', [['groupId', '']])],
}

/** Fields of a failed answer with the error on the top level, where Kafka does not leave them at their default. */
export const failedAnswers: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  FindCoordinator: { nodeId: -1, port: -1 },
  InitProducerId: { producerEpoch: -1 },
}

/** Whether the version has the field. */
export function hasField(fields: Fields, name: string, version: number): boolean {
  const field = fields[name]
  if (field === undefined) return false
  const spec = parseSpec(typeof field === 'string' ? field : `- ${field.spec}`)
  return within(spec.versions, version)
}

function chosen(levels: readonly Level[] | undefined, api: Api, version: number): Level | undefined {
  return levels?.find(
    each => hasField(api.request, each.request, version) && hasField(api.response, each.answer, version),
  )
}

/** The lists of topics, with partitions where the API has them. */
export function topicsOf(api: Api, version: number): Level | undefined {
  return chosen(partitioned[api.name] ?? named[api.name], api, version)
}

/** Where an error for the whole request goes; undefined: to the top level. */
export function entriesOf(api: Api, version: number): Level | undefined {
  const whole = chosen(keyed[api.name], api, version)
  if (whole !== undefined || hasField(api.response, 'errorCode', version)) return whole
  return topicsOf(api, version)
}

/** Whether requests of an API name topics, and partitions of them. */
export function namesTopics(api: string): boolean {
  return api === 'Metadata' || api in partitioned || api in named
}
export function namesPartitions(api: string): boolean {
  return api === 'Metadata' || api in partitioned
}
/** Whether an answer of the API has a place for an error code that is known here. */
export function hasError(api: Api): boolean {
  return namesTopics(api.name) || api.name in keyed || 'errorCode' in api.response
}
