/** What a session is written in: calls to one broker, each recorded as a step. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { decode } from '../../../plugins/protocol/codec.ts'
import { ByteReader } from '../../../plugins/protocol/reader.ts'
import type { Encodable, Fields } from '../../../plugins/protocol/schema.ts'
import { frameOf, TestClient } from '../../plugins/broker/client.ts'
import { Answer } from './answer.ts'
import { checkNames, tableOf } from './kafka-tables.ts'
import { normalised } from './normalise.ts'
import type { Range } from './target.ts'

/** A scripted conversation, run against both brokers. */
export interface Session {
  readonly name: string
  /** APIs without which it is skipped. */
  readonly needs: readonly string[]
  readonly run: (script: Script) => Promise<void>
}

/** One recorded answer. */
export interface Step {
  readonly label: string
  readonly api: string
  readonly version: number
  answer: unknown
}

export type Request = { readonly [field: string]: unknown }

export interface CallOptions {
  /** Whose connection; default the session's first. */
  readonly on?: Connection
  /** Version that the answer is in, where it is not the request's. */
  readonly answerIn?: number
  /** Keeps the part of an answer that is the session's own, since others share the broker. */
  readonly only?: (answer: Request) => unknown
  /** Asks again until this holds; default: until no coordinator is busy. */
  readonly until?: (answer: Answer) => boolean
  /** Codes that an answer gets from what other sessions do meanwhile: it is asked again after these too. */
  readonly strange?: readonly number[]
  /** How long it is asked again at most, in ms; default 5000. What is there then is recorded. */
  readonly patienceMs?: number
  /** Not recorded: a step of preparation. */
  readonly quiet?: boolean
}

const API_VERSIONS = 18
const SILENT = '<no answer>'
const ANSWER_TIMEOUT_MS = 8000
const PATIENCE_MS = 5000
/**
 * Ask again, as clients do: COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, CONCURRENT_TRANSACTIONS, and
 * NOT_ENOUGH_REPLICAS, by which Produce says the latter.
 */
const busy = [14, 15, 51, 19]

/** A broker that does not answer ends the session: what is recorded until then is compared. */
export class SilentError extends Error {}

/** A connection that is opened again when the broker has closed it. */
export class Connection {
  readonly #port: number
  #client: TestClient | undefined

  constructor(port: number) {
    this.#port = port
  }

  async client(): Promise<TestClient> {
    if (this.#client === undefined || this.#client.socket.destroyed)
      this.#client = await TestClient.to(this.#port)
    return this.#client
  }

  close(): void {
    this.#client?.close()
  }
}

export class Script {
  /** A time in the past, in ms, the same for both brokers: what is stamped with it is compared exactly. */
  readonly past: number
  readonly #port: number
  readonly #apis: ReadonlyMap<string, Range>
  readonly #steps: Step[] = []
  readonly #connections: Connection[] = []
  readonly #asked = new Set<string>()
  readonly #topicIds = new Map<string, string>()
  readonly #now: number
  #correlationId = 0

  constructor(port: number, apis: ReadonlyMap<string, Range>, now: number) {
    this.#port = port
    this.#apis = apis
    this.#now = now
    this.past = now - 24 * NOW_HOUR_MS
    this.connect()
  }

  /** What has been recorded, ready to be compared. */
  get steps(): readonly Step[] {
    const names = [...this.#topicIds].map(([name, id]) => [id, name] as const)
    const known = { now: this.#now, topics: new Map([...names, [UNKNOWN_TOPIC_ID, 'no topic']]) }
    return this.#steps.map(step => ({ ...step, answer: normalised(step.answer, known) }))
  }

  /** What has been asked, as `<API> v<version>`. */
  get asked(): ReadonlySet<string> {
    return this.#asked
  }

  /** Versions of an API that both brokers serve, from `min` to `max`. */
  versions(api: string, min = 0, max = Number.POSITIVE_INFINITY): number[] {
    const range = this.#apis.get(api)
    const all: number[] = []
    for (let version = Math.max(range?.min ?? 1, min); version <= Math.min(range?.max ?? 0, max); version++)
      all.push(version)
    return all
  }

  /** The latest version of an API that both brokers serve, at most `max`. */
  latest(api: string, max = Number.POSITIVE_INFINITY): number {
    return this.versions(api, 0, max).at(-1) ?? 0
  }

  /** One more connection. */
  connect(): Connection {
    const connection = new Connection(this.#port)
    this.#connections.push(connection)
    return connection
  }

  close(): void {
    for (const connection of this.#connections) connection.close()
  }

  /** Sends a request and records the answer, or that the broker closed the connection. */
  async call(
    label: string,
    api: string,
    version: number,
    request: Request,
    options: CallOptions = {},
  ): Promise<Answer> {
    const step: Step = { label, api, version, answer: undefined }
    if (!options.quiet) this.#steps.push(step)
    const passing = [...busy, ...(options.strange ?? [])]
    const settled = options.until ?? (answer => !answer.errors().some(code => passing.includes(code)))
    const end = Date.now() + (options.patienceMs ?? PATIENCE_MS)
    for (;;) {
      const decoded = await this.#ask(api, version, request, options)
      const answer = new Answer(decoded)
      if (typeof decoded === 'object' && !settled(answer) && Date.now() < end) {
        await sleep(20)
        continue
      }
      step.answer = options.only && typeof decoded === 'object' ? options.only(decoded) : decoded
      if (decoded === SILENT) throw new SilentError(`${label}: no answer to ${api} v${version}`)
      return answer
    }
  }

  async #ask(
    api: string,
    version: number,
    request: Request,
    options: CallOptions,
  ): Promise<Request | string> {
    const table = tableOf(api)
    checkNames(table.request, request, `${api} request`)
    this.#asked.add(`${api} v${version}`)
    const client = await (options.on ?? this.#connections[0]!).client()
    const id = ++this.#correlationId
    const frame = await Promise.race([
      client.send(frameOf(table, version, request as Encodable<Fields>, id)),
      sleep(ANSWER_TIMEOUT_MS, 'nothing' as const, { ref: false }),
    ])
    if (frame === 'nothing') return SILENT
    if (frame === undefined) return '<connection closed>'
    const answerVersion = options.answerIn ?? version
    const flexible = answerVersion >= table.flexible
    const reader = new ByteReader(frame)
    if (reader.int32() !== id) return '<an answer out of order>'
    if (flexible && table.key !== API_VERSIONS) reader.taggedFields()
    const answer = decode(table.response, answerVersion, flexible, reader)
    if (reader.remaining > 0) return `<${reader.remaining} bytes after the answer>`
    return answer
  }

  /** Sends a request that may have no answer: ApiVersions, asked after it, shows whether there was one. */
  async send(label: string, api: string, version: number, request: Request): Promise<void> {
    const table = tableOf(api)
    checkNames(table.request, request, `${api} request`)
    const client = await this.#connections[0]!.client()
    const [id, probe] = [++this.#correlationId, ++this.#correlationId]
    const frame = frameOf(table, version, request as Encodable<Fields>, id)
    const answer = await client.send(Buffer.concat([frame, frameOf(tableOf('ApiVersions'), 0, {}, probe)]))
    const answered =
      answer === undefined
        ? '<connection closed>'
        : answer.readInt32BE(0) === probe
          ? '<no answer>'
          : '<an answer>'
    if (answered === '<an answer>') client.close()
    this.#steps.push({ label, api, version, answer: answered })
  }

  /** Sends any bytes and records whether a frame or the end of the connection came back. */
  async raw(label: string, bytes: Buffer): Promise<void> {
    const connection = this.connect()
    const client = await connection.client()
    const answer = await Promise.race([client.send(bytes), sleep(ANSWER_TIMEOUT_MS, null, { ref: false })])
    const answered = answer === undefined ? '<connection closed>' : answer === null ? SILENT : '<an answer>'
    this.#steps.push({ label, api: 'raw', version: 0, answer: answered })
    connection.close()
  }

  /** Records something that a session has worked out itself. */
  note(label: string, answer: unknown): void {
    this.#steps.push({ label, api: 'note', version: 0, answer })
  }

  /** Makes topics, unrecorded, and waits until they have leaders. */
  async topics(
    partitions: Readonly<Record<string, number>>,
    configs: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const topics = Object.entries(partitions).map(([name, numPartitions]) => ({
      name,
      numPartitions,
      replicationFactor: 1,
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    }))
    const made = await this.call('', 'CreateTopics', this.latest('CreateTopics'), { topics }, { quiet: true })
    const failed = made.errors().filter(code => code !== 0)
    if (failed.length > 0) throw new Error(`topics ${Object.keys(partitions)}: error ${failed}`)
    const request = { topics: topics.map(({ name }) => ({ name })), allowAutoTopicCreation: false }
    const until = (answer: Answer) => answer.errors().every(code => code === 0)
    const found = await this.call('', 'Metadata', this.latest('Metadata', 12), request, {
      quiet: true,
      until,
    })
    for (const topic of found.list('topics')) this.#topicIds.set(topic.text('name'), topic.text('topicId'))
    const led = topics.map(({ name, numPartitions }) => ({
      name,
      partitions: Array.from({ length: numPartitions }, (_, partitionIndex) => ({
        partitionIndex,
        timestamp: -1,
      })),
    }))
    await this.call('', 'ListOffsets', 5, { replicaId: -1, topics: led }, { quiet: true, until })
  }

  /** Waits, unrecorded, until the broker has heard of all changes so far: of a topic made after them. */
  async caughtUp(): Promise<void> {
    await this.topics({ [`caught-up-${randomUUID()}`]: 1 })
  }

  /** The id of a topic that `topics` made. */
  idOf(topic: string): string {
    return this.#topicIds.get(topic) ?? UNKNOWN_TOPIC_ID
  }
}

const NOW_HOUR_MS = 3_600_000
/** An id that no topic has. */
export const UNKNOWN_TOPIC_ID = 'dHJ1dGgtdW5rbm93bi1pZA'
