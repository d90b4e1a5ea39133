import type { Api } from '../../protocol/schema.ts'
import type { Cluster } from '../cluster.ts'
import type { Frame } from '../dispatch.ts'
import { distinct } from '../distinct.ts'
import type { Context } from '../handler.ts'
import { type Level, topicsOf } from './entries.ts'

/** A request or answer whose API is known only when it comes. */
export type Struct = Readonly<Record<string, unknown>>

/** One request on its way to its handler, with what comes after. */
export interface Call {
  readonly api: Api
  readonly correlationId: number
  readonly request: Struct
  readonly context: Context
  handle(request: Struct, context: Context): Promise<Struct | undefined> | Struct | undefined
  encode(answer: Struct | undefined, version: number): Frame
}

/** A partition, a topic, or (a key) neither. */
export interface Place {
  readonly topic?: string
  readonly partition?: number
}

/** The name of a topic that an element names, by name or by id. */
function topicName(element: unknown, cluster: Cluster): string {
  if (typeof element === 'string') return element
  const { name, topic, topicId } = element as Struct
  const known = name || topic
  return typeof known === 'string' ? known : (cluster.topics.byId(String(topicId))?.name ?? '')
}

/** What an element of the list is about, together with what it stands in. */
export function placeOf(level: Level, element: unknown, above: Place, cluster: Cluster): Place {
  if (level.kind === 'topic') return { ...above, topic: topicName(element, cluster) }
  if (level.kind === 'key') return above
  const name = level.names[0]![1]
  return { ...above, partition: Number(name === '' ? element : (element as Struct)[name]) }
}

export function elementsOf(level: Level, request: Struct): readonly unknown[] {
  return (request[level.request] as readonly unknown[] | null) ?? []
}

function walk(level: Level, request: Struct, above: Place, cluster: Cluster, found: Place[]): Place[] {
  for (const element of elementsOf(level, request)) {
    const place = placeOf(level, element, above, cluster)
    if (level.inner === undefined) found.push(place)
    else walk(level.inner, element as Struct, place, cluster, found)
  }
  return found
}

/** Metadata is about topics, and about all their partitions; null asks for every topic. */
function metadataPlaces({ request, context }: Call): Place[] {
  const { topics } = context.cluster
  const asked = request['topics'] as readonly unknown[] | null
  const all = asked === null || (asked.length === 0 && context.version === 0)
  const names = all
    ? [...topics.all()].map(({ name }) => name)
    : asked.map(each => topicName(each, context.cluster))
  return names.flatMap((topic): Place[] => {
    const partitions = topics.get(topic)?.partitions ?? []
    return partitions.length === 0
      ? [{ topic }]
      : partitions.map(({ index }) => ({ topic, partition: index }))
  })
}

/** A request in a fetch session is about all that the session has. */
function fetchPlaces({ request, context }: Call, asked: readonly Place[]): readonly Place[] {
  const { cluster, node } = context
  const kept = cluster.sessions.partitionsOf(Number(request['sessionId']), node)
  if (kept.length === 0) return asked
  const places = kept.map(wanted => ({ topic: topicName(wanted, cluster), partition: wanted.partition }))
  return distinct([...places, ...asked], ({ topic, partition }) => `${topic} ${partition}`)
}

/** All that a request is about, topic by topic and partition by partition. */
export function placesOf(call: Call): readonly Place[] {
  if (call.api.name === 'Metadata') return metadataPlaces(call)
  const level = topicsOf(call.api, call.context.version)
  if (level === undefined) return []
  const asked = walk(level, call.request, {}, call.context.cluster, [])
  return call.api.name === 'Fetch' ? fetchPlaces(call, asked) : asked
}

/** What a coordinator has the request by: a group id or a transactional id. */
export function keyOf({ api, request }: Call): string | undefined {
  if (api.name === 'FindCoordinator') {
    const { key, coordinatorKeys } = request as { key: string; coordinatorKeys: readonly string[] }
    return coordinatorKeys[0] ?? key
  }
  const groups = request['groups'] as readonly (Struct | string)[] | undefined
  const first = groups?.[0]
  const { groupId, transactionalId, v3AndBelowTransactionalId } = request
  const group = groupId || (typeof first === 'object' ? first['groupId'] : first)
  const key = group || transactionalId || v3AndBelowTransactionalId
  return typeof key === 'string' && key !== '' ? key : undefined
}
