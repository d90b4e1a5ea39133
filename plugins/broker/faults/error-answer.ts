/** Answers with an error code: for the whole request, or for some of what it asks, the rest being served. */
import { type ErrorName, errorCodes } from '../../protocol/errors.ts'
import { apiVersions } from '../../protocol/messages/api-versions.ts'
import { type Call, elementsOf, type Place, placeOf, type Struct } from './call.ts'
import { entriesOf, failedAnswers, type Level, topicsOf } from './entries.ts'

type Met = (place: Place) => boolean

/** What to answer with an error. */
export interface ErrorFault {
  readonly code: ErrorName
  readonly applied: boolean
  /** Whether the rule names a topic: then the error is for those entries that are `met`. */
  readonly topical: boolean
  /** Whether the rule names a partition. */
  readonly partitioned: boolean
  readonly met: Met
}

/** Errors of Fetch that are about its session, so on top of the answer. */
const sessionErrors: ReadonlySet<ErrorName> = new Set([
  'FETCH_SESSION_ID_NOT_FOUND',
  'INVALID_FETCH_SESSION_EPOCH',
  'FETCH_SESSION_TOPIC_ID_ERROR',
])

/** The fields of an answer's element that say what it is about. */
function nameOf(level: Level, element: unknown): Struct {
  const names = level.names.map(([answer, request]) => [
    answer,
    request === '' ? element : (element as Struct)[request],
  ])
  return Object.fromEntries(names.filter(([, value]) => value !== undefined))
}

/** Parts a request in what is served and the entries of the answer for what fails. */
function split(level: Level, request: Struct, code: number, met: Met, call: Call, above: Place = {}) {
  const served: unknown[] = []
  const failed: Struct[] = []
  const { inner } = level
  for (const element of elementsOf(level, request)) {
    const place = placeOf(level, element, above, call.context.cluster)
    if (inner === undefined) {
      if (met(place)) failed.push({ ...nameOf(level, element), ...level.failed, [level.error]: code })
      else served.push(element)
      continue
    }
    const parts = split(inner, element as Struct, code, met, call, place)
    if (parts.failed.length > 0) failed.push({ ...nameOf(level, element), [inner.answer]: parts.failed })
    if (parts.served.length > 0 || parts.failed.length === 0) {
      served.push({ ...(element as Struct), [inner.request]: parts.served })
    }
  }
  return { served, failed }
}

/** Puts failed entries in: instead of those that are about the same, or after all others. */
function merge(level: Level, answer: readonly Struct[], failed: readonly Struct[]): Struct[] {
  const merged = [...answer]
  for (const entry of failed) {
    const same = (other: Struct) => level.names.every(([name]) => (other[name] ?? '') === (entry[name] ?? ''))
    const at = merged.findIndex(same)
    if (at < 0) merged.push(entry)
    else if (level.inner === undefined) merged[at] = entry
    else {
      const { answer: list } = level.inner
      const below = merge(level.inner, merged[at]![list] as Struct[], entry[list] as Struct[])
      merged[at] = { ...merged[at], [list]: below }
    }
  }
  return merged
}

/** A topic's error on the topic, a partition's on the partition; brokers are told all the same. */
async function metadataAnswer(call: Call, fault: ErrorFault): Promise<Struct> {
  const { applied, topical, partitioned, met } = fault
  const errorCode = errorCodes[fault.code]
  const allowAutoTopicCreation = applied && call.request['allowAutoTopicCreation']
  const answer = await call.handle({ ...call.request, allowAutoTopicCreation }, call.context)
  const topics = (answer?.['topics'] ?? []) as readonly Struct[]
  const failed = topics.map((each): Struct => {
    const topic = String(each['name'])
    const partitions = (each['partitions'] ?? []) as readonly Struct[]
    if (partitioned) {
      const judged = partitions.map(one =>
        met({ topic, partition: Number(one['partitionIndex']) }) ? { ...one, errorCode, leaderId: -1 } : one,
      )
      return { ...each, partitions: judged }
    }
    const meets = !topical || met({ topic })
    return meets ? { ...each, errorCode, partitions: [] } : each
  })
  return { ...answer, topics: failed }
}

/** Its handler knows the session, and does not wait when a partition fails. */
async function fetchAnswer(
  { request, context, handle }: Call,
  fault: ErrorFault,
): Promise<Struct | undefined> {
  const failed = (topic: string, partition: number) =>
    fault.met({ topic, partition }) ? errorCodes[fault.code] : errorCodes.NONE
  return handle(request, { ...context, failed })
}

/** @returns undefined where the API has no answer (Produce with acks=0). */
export async function errorAnswer(call: Call, fault: ErrorFault): Promise<Struct | undefined> {
  const { api, request, context } = call
  if (api.name === 'Metadata') return metadataAnswer(call, fault)
  if (request['acks'] === 0) {
    if (fault.applied) await call.handle(request, context)
    return undefined
  }
  const errorCode = errorCodes[fault.code]
  if (api.name === 'Fetch' && !sessionErrors.has(fault.code)) return fetchAnswer(call, fault)
  const level = fault.topical ? topicsOf(api, context.version) : entriesOf(api, context.version)
  if (level === undefined || api.name === 'Fetch') {
    const answer = fault.applied ? await call.handle(request, context) : undefined
    // What was done is not told: an error has nothing beside it but who was meant.
    const throttleTimeMs = answer?.['throttleTimeMs'] ?? 0
    return { throttleTimeMs, ...failedAnswers[api.name], errorCode }
  }
  const { served, failed } = split(level, request, errorCode, fault.met, call)
  const rest = fault.applied ? request : { ...request, [level.request]: served }
  const answer = fault.applied || served.length > 0 ? await call.handle(rest, context) : {}
  const list = (answer?.[level.answer] ?? []) as readonly Struct[]
  return { ...answer, [level.answer]: merge(level, list, failed) }
}

/** An unsupported version of ApiVersions is told in version 0, whichever was asked for. */
export function versionOf({ api, context }: Call, code: ErrorName | undefined): number {
  return api.key === apiVersions.key && code === 'UNSUPPORTED_VERSION' ? 0 : context.version
}
