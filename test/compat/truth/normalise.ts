/**
 * Takes out of an answer what may differ from broker to broker and from run to run. Ids are marked as such, for the
 * comparison to see whether equal ids stay equal; everything else is left exactly as it was.
 */
import { batchesIn } from './batches.ts'

/** Fields that hold an id, with the noun of the placeholder. */
const ids: Readonly<Record<string, string>> = {
  topicId: 'topic',
  producerId: 'producer',
  memberId: 'member',
  leader: 'member',
  sessionId: 'fetch-session',
  clusterId: 'cluster',
  port: 'port',
}
/** Values of those fields that mean "none". */
const noIds: ReadonlySet<unknown> = new Set(['', 'AAAAAAAAAAAAAAAAAAAAAA', 0, -1, null])
export const TEXT = '<text>'
/** Fields for people to read. */
export const texts: ReadonlySet<string> = new Set(['errorMessage', 'batchIndexErrorMessage', 'documentation'])
const times: ReadonlySet<string> = new Set([
  'timestamp',
  'logAppendTimeMs',
  'baseTimestamp',
  'maxTimestamp',
  'transactionStartTimeMs',
  'lastTimestamp',
])
/** A time this near to the run, in ms, is one that the broker's clock gave. */
const NOW_MS = 3_600_000

/** What a recording is judged by. */
export interface Known {
  /** Time of the run, in ms. */
  readonly now: number
  /** Names of topics by their ids: such an id becomes its topic's name. */
  readonly topics: ReadonlyMap<string, string>
}

/** A copy of what was decoded, in plain JSON values. */
export function normalised(value: unknown, known: Known, name = ''): unknown {
  if (typeof value === 'bigint') return normalised(exact(value), known, name)
  if (Buffer.isBuffer(value)) {
    return name === 'records' ? normalised(batchesIn(value), known) : value.toString('hex')
  }
  if (Array.isArray(value)) return value.map(each => normalised(each, known, name))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, normalised(inner, known, key)]),
    )
  }
  if (name === 'throttleTimeMs') return '<throttle>'
  const noun = ids[name]
  if (noun === 'topic' && known.topics.has(String(value))) return `id of ${known.topics.get(String(value))}`
  if (noun !== undefined) return noIds.has(value) ? value : `<${noun} ${value}>`
  if (texts.has(name) && typeof value === 'string' && value !== '') return TEXT
  if (times.has(name) && Math.abs(Number(value) - known.now) < NOW_MS) return '<now>'
  return value
}

/** Which id of one broker is which of the other: the first meeting binds them. */
export class Pairs {
  readonly #theirs = new Map<string, string>()
  readonly #ours = new Map<string, string>()

  /** Whether these are two marked ids of one kind that are each other's counterpart. */
  match(kafka: unknown, embedded: unknown): boolean {
    if (typeof kafka !== 'string' || typeof embedded !== 'string') return false
    const [noun, other] = [kafka, embedded].map(text => /^<([a-z-]+) /.exec(text)?.[1])
    if (noun === undefined || noun !== other) return false
    if (!this.#theirs.has(kafka) && !this.#ours.has(embedded)) {
      this.#theirs.set(kafka, embedded)
      this.#ours.set(embedded, kafka)
    }
    return this.#theirs.get(kafka) === embedded
  }
}

function exact(value: bigint): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}
