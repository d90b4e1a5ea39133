import type { Api, Decoded, Encodable, Fields } from '../protocol/schema.ts'
import type { Cluster } from './cluster.ts'
import type { StorageFault } from './log/storage-fault.ts'
import type { Node } from './nodes.ts'
import type { Authentication } from './security/authentication.ts'

/** What a handler knows besides the request. */
export interface Context {
  readonly cluster: Cluster
  /** The broker that was asked. */
  readonly node: Node
  readonly version: number
  readonly clientId: string
  /** The client's address. */
  readonly clientHost: string
  /** Where clients have to say who they are. */
  readonly authentication?: Authentication | undefined
  /** Aborted when the connection closes: whoever waits may stop. */
  readonly closed: AbortSignal
  /** Number of the connection, from 1 on. */
  readonly connection: number
  /** Counts memory, in bytes, that the request takes until it is answered: for what waits. */
  readonly hold: (bytes: number) => void
  /** For Fetch: the error code that a fault rule has for a partition, 0 for none. */
  readonly failed?: ((topic: string, partition: number) => number) | undefined
  /** For Produce: what is to go wrong with a batch; most requests have none of it. */
  readonly storage?: (topic: string, partition: number) => StorageFault | undefined
}

type Answer<P extends Fields> = Encodable<P> | undefined

/**
 * An API with the function that answers it; `undefined` is no response at all. Byte strings of the request are views that
 * are good until `handle` returns or awaits for the first time: then the next request, of any connection, may be put in
 * their place. What is needed later is copied before.
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
  // what `api.request` decodes to is what `handle` takes: the one place where the single types are forgotten
  return { api, handle: (request, context) => handle(request as Decoded<Q>, context) }
}
