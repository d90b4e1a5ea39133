/** The broker that coordinates a transactional id or a group, wherever it is at present: asked until its answer is a final one. */
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCodes } from '../../../protocol/errors.ts'
import { MalformedError } from '../../../protocol/failure.ts'
import type { Api, Decoded, Encodable, Fields } from '../../../protocol/schema.ts'
import { backoffMs, type Cluster } from '../cluster.ts'
import { BrokerError, LinkError, NoBrokerError } from '../failure.ts'
import type { Link } from '../link.ts'

/** Nothing was done: the broker asked is the wrong one, or busy with what was asked before. */
const REFUSED = new Set<number>([
  errorCodes.NOT_COORDINATOR,
  errorCodes.COORDINATOR_LOAD_IN_PROGRESS,
  errorCodes.CONCURRENT_TRANSACTIONS,
  errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
  errorCodes.THROTTLING_QUOTA_EXCEEDED,
])
/** May go better the next time. */
const PASSING = new Set<number>([
  ...REFUSED,
  errorCodes.UNKNOWN_SERVER_ERROR,
  errorCodes.REQUEST_TIMED_OUT,
  errorCodes.NETWORK_EXCEPTION,
  errorCodes.COORDINATOR_NOT_AVAILABLE,
  errorCodes.NOT_ENOUGH_REPLICAS,
  errorCodes.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  errorCodes.KAFKA_STORAGE_ERROR,
])
const ELSEWHERE = new Set<number>([
  errorCodes.NOT_COORDINATOR,
  errorCodes.COORDINATOR_NOT_AVAILABLE,
  errorCodes.REQUEST_TIMED_OUT,
])
/** The end of the transaction before is being written, which takes milliseconds. */
const CONCURRENT_MS = 20
/** A broker that stands still is given up after this part of the time, so that another one can be asked. */
const ATTEMPT_SHARE = 3

/** What came of asking. */
export interface Reply<P extends Fields> {
  /** The final one; undefined: there is none, `error` says why. */
  readonly code: number | undefined
  readonly answer: Decoded<P> | undefined
  readonly error: Error | undefined
  /** An attempt before may have taken effect, too. */
  readonly doubtful: boolean
}

export interface Patience {
  /** ms. */
  readonly timeoutMs: number
  /** Ends it early. */
  readonly signal: AbortSignal
}

export class Coordinator {
  /** An attempt was lost in such a way that it may take effect later than any other. */
  doubtful = false
  readonly #cluster: Cluster
  readonly #kind: 'group' | 'transaction'
  readonly #key: string
  readonly #purpose: string
  #node: number | undefined
  #link: Link | undefined

  /** @param purpose of its connections: nobody else uses them. */
  constructor(cluster: Cluster, kind: 'group' | 'transaction', key: string, purpose: string) {
    this.#cluster = cluster
    this.#kind = kind
    this.#key = key
    this.#purpose = purpose
  }

  /** @throws LinkError; BrokerError or NoBrokerError when it cannot be found. */
  async link(): Promise<Link> {
    this.#node ??= await this.#cluster.coordinator(this.#kind, this.#key)
    this.#link = await this.#cluster.link(this.#node, this.#purpose)
    return this.#link
  }

  /**
   * Asks, again and again while that may help.
   * @param most version.
   */
  async ask<Q extends Fields, P extends Fields>(
    api: Api<Q, P>,
    most: number,
    request: Encodable<Q>,
    codeOf: (answer: Decoded<P>) => number,
    { timeoutMs, signal }: Patience,
  ): Promise<Reply<P>> {
    const end = performance.now() + timeoutMs
    let doubtful = false
    for (let failures = 1; ; failures++) {
      let error: Error
      let pauseMs = backoffMs(failures)
      try {
        const answer = await this.#once(api, most, request, timeoutMs / ATTEMPT_SHARE)
        const code = codeOf(answer)
        if (!PASSING.has(code)) return { code, answer, error: undefined, doubtful }
        if (!REFUSED.has(code)) doubtful = true
        if (ELSEWHERE.has(code)) this.#node = undefined
        if (code === errorCodes.CONCURRENT_TRANSACTIONS) pauseMs = CONCURRENT_MS
        error = new BrokerError(code, `${api.name} for ${this.#kind} ${this.#key}`)
      } catch (thrown) {
        error = thrown as Error
        if (error instanceof BrokerError && !PASSING.has(error.code))
          return { code: error.code, answer: undefined, error, doubtful }
        if (!passes(error)) return { code: undefined, answer: undefined, error, doubtful }
        if (mayHaveArrived(error)) doubtful = true
        this.#node = undefined
      }
      if (doubtful) this.doubtful = true
      if (performance.now() + pauseMs >= end || !(await paused(pauseMs, signal)))
        return { code: undefined, answer: undefined, error, doubtful }
    }
  }

  async #once<Q extends Fields, P extends Fields>(
    api: Api<Q, P>,
    most: number,
    request: Encodable<Q>,
    withinMs: number,
  ): Promise<Decoded<P>> {
    const link = await this.link()
    const late = setTimeout(() => link.close(), withinMs)
    try {
      return await link.call(api, request, most)
    } finally {
      clearTimeout(late)
    }
  }

  close(): void {
    this.#link?.close()
  }
}

/** Whether the pause was a whole one. */
async function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal, ref: false }).catch(() => false)
}

function passes(error: Error): boolean {
  if (error instanceof LinkError) return error.fault !== 'unsupported'
  return error instanceof BrokerError || error instanceof NoBrokerError || error instanceof MalformedError
}

function mayHaveArrived(error: Error): boolean {
  if (error instanceof LinkError) return error.fault !== 'unreachable'
  return error instanceof MalformedError
}
