/** Documents encoded before the run, each with its head: what is left for a record is a copy. */
import { ConfigError } from '../../../core/plugin.ts'
import { type Source, sourceOf } from '../copy.ts'
import { Expected } from '../expected.ts'
import type { Draws } from './draws.ts'
import type { Codec } from './format.ts'
import { HEAD_BYTES, writeHead } from './frame.ts'

export interface Pool {
  readonly source: Source
  /** Where each begins, and where the last one ends. */
  readonly starts: Uint32Array
}

/** Given documents, the first ones, or ones that are drawn. */
export interface Documents {
  readonly count: number
  readonly given: readonly unknown[] | undefined
}

/** @throws ConfigError: a document does not fit the schema */
export function encodePool(codec: Codec, { count, given }: Documents, draws: Draws, plugin: string): Pool {
  const starts = new Uint32Array(count + 1)
  const pieces: Uint8Array[] = []
  let at = 0
  for (let d = 0; d < count; d++) {
    draws.begin(d)
    const payload = encoded(codec, given, d, draws, plugin)
    const head = Buffer.alloc(HEAD_BYTES)
    pieces.push(head, codec.prefix, payload)
    at += head.length + codec.prefix.length + payload.length
    starts[d + 1] = at
  }
  return { source: sourceOf(Buffer.concat(pieces)), starts }
}

function encoded(
  codec: Codec,
  given: readonly unknown[] | undefined,
  d: number,
  draws: Draws,
  plugin: string,
) {
  try {
    return given === undefined ? codec.generate(draws) : codec.encode(given[d])
  } catch (error) {
    if (!(error instanceof Expected)) throw error
    const [path, of] = given === undefined ? ['schema', 'a schema'] : ['documents', `document ${d + 1}`]
    throw new ConfigError([{ path: `${plugin}.${path}`, expected: `${of} with ${error.message}` }])
  }
}

/** Once the schema's id is known. */
export function addressPool({ source, starts }: Pool, id: number): void {
  for (let d = 0; d + 1 < starts.length; d++) writeHead(source.bytes, starts[d] as number, id)
}
