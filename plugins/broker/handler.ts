import type { Api, Decoded, Encodable, Fields } from '../protocol/schema.ts'
import type { Cluster } from './cluster.ts'
import type { Node } from './nodes.ts'

/** What a handler knows besides the request. */
export interface Context {
  readonly cluster: Cluster
  /** The broker that was asked. */
  readonly node: Node
  readonly version: number
  readonly clientId: string
  /** The client's address. */
  readonly clientHost: string
  /** Aborted when the connection closes: whoever waits may stop. */
  readonly closed: AbortSignal
}

type Answer<P extends Fields> = Encodable<P> | undefined

/**
 * An API with the function that answers it; `undefined` is no response at all. Byte strings of the request are views
 * that are good until `handle` returns (a promise, too): what is kept is copied.
 */
export interface Handler<Q extends Fields = Fields, P extends Fields = Fields> {
  readonly api: Api<Q, P>
  handle(request: Decoded<Q>, context: Context): Answer<P> | Promise<Answer<P>>
}

/** Ties a handler to the types of its API. */
export function handler<Q extends Fields, P extends Fields>(
  api: Api<Q, P>,
  handle: (request: Decoded<Q>, context: Context) => Answer<P> | Promise<Answer<P>>,
): Handler {
  // The table decides what is read and written, so the pair is safe where the single types are forgotten.
  return { api, handle } as unknown as Handler
}
