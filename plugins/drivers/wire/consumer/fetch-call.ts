/** One Fetch request, and its answer in place: what it holds is a view of the frame, kept until it was polled. */

import { CLIENT_ID } from '../../../protocol/call.ts'
import { decode, encode } from '../../../protocol/codec.ts'
import { fetch } from '../../../protocol/messages/fetch.ts'
import { ByteReader } from '../../../protocol/reader.ts'
import type { ResponseOf } from '../../../protocol/schema.ts'
import { ByteWriter } from '../../../protocol/writer.ts'
import type { Link } from '../link.ts'
import type { Partition } from './partition.ts'
import type { Slab, Slabs } from './slabs.ts'
import type { Tuning } from './tuning.ts'

/** Newest version that still names topics instead of their ids. */
const VERSION = 12
const READ_COMMITTED = 1
/** What an answer may have besides records. */
const SLACK_BYTES = 1024 * 1024

export interface FetchCall {
  readonly partitions: readonly Partition[]
  /** What each is asked for from. */
  readonly offsets: readonly number[]
  /** Epoch of the leader of each, -1 where it is not known. */
  readonly epochs: readonly number[]
  readonly committed: boolean
}

/** The answer, and the memory it is in: undefined where it has its own. */
export interface FetchAnswer {
  readonly body: ResponseOf<typeof fetch>
  readonly slab: Slab | undefined
}

/**
 * Asks, and calls `onAnswer` when the answer is delivered; resolves after that.
 * @throws LinkError; MalformedError.
 */
export function callFetch(
  link: Link,
  slabs: Slabs,
  call: FetchCall,
  tuning: Tuning,
  onAnswer: (answer: FetchAnswer) => void,
): Promise<void> {
  let slab: Slab | undefined
  link.placeAnswers(bytes => {
    // an answer is about as large as it may be; who announces more gets memory as it comes
    slab = bytes <= tuning.maxBytes + SLACK_BYTES ? slabs.take(bytes) : undefined
    return slab?.memory
  })
  const version = link.version(fetch, VERSION)
  const id = link.nextId()
  return new Promise((resolve, reject) => {
    link.send(framed(version, id, call, tuning), id, (frame, why) => {
      if (frame === undefined) {
        reject(why)
        return
      }
      try {
        const reader = new ByteReader(frame)
        const flexible = version >= fetch.flexible
        if (flexible) reader.taggedFields()
        onAnswer({ body: decode(fetch.response, version, flexible, reader), slab })
        resolve()
      } catch (error) {
        reject(error)
      } finally {
        if (slab) slabs.release(slab)
      }
    })
  })
}

function framed(version: number, id: number, call: FetchCall, tuning: Tuning): Buffer[] {
  const flexible = version >= fetch.flexible
  const writer = new ByteWriter()
  writer.int32(0)
  writer.int16(fetch.key)
  writer.int16(version)
  writer.int32(id)
  writer.string(CLIENT_ID, false)
  if (flexible) writer.uvarint(0)
  encode(fetch.request, version, flexible, writer, {
    maxWaitMs: tuning.maxWaitMs,
    minBytes: tuning.minBytes,
    maxBytes: tuning.maxBytes,
    isolationLevel: call.committed ? READ_COMMITTED : 0,
    topics: topicsOf(call, tuning.partitionBytes),
  })
  const { length } = writer
  const pieces = writer.finish()
  pieces[0]!.writeInt32BE(length - 4, 0)
  return pieces
}

type AskedPartition = Record<'partition' | 'currentLeaderEpoch' | 'fetchOffset' | 'partitionMaxBytes', number>

function topicsOf({ partitions, offsets, epochs }: FetchCall, partitionMaxBytes: number) {
  const topics = new Map<string, AskedPartition[]>()
  for (const [i, { topic, number }] of partitions.entries()) {
    let asked = topics.get(topic)
    if (asked === undefined) topics.set(topic, (asked = []))
    const [currentLeaderEpoch, fetchOffset] = [epochs[i] as number, offsets[i] as number]
    asked.push({ partition: number, currentLeaderEpoch, fetchOffset, partitionMaxBytes })
  }
  return [...topics].map(([topic, asked]) => ({ topic, partitions: asked }))
}
