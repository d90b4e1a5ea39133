/** What values are made of: one of them, and how small a batch of them becomes. */
import { zstdCompressSync } from 'node:zlib'
import type { HostStream } from '../../host.ts'
import type { Schedule } from '../../schedule.ts'
import { shownBytes } from './figures.ts'
import { placeFor, recordsOf } from './nowhere.ts'

/** Bytes of a batch, and records of it at most. */
const BATCH = 1 << 16
const RECORDS = 2000

export interface ValuesPlan {
  /** Plugins that write them; none: the engine's filler. */
  readonly by: readonly string[]
  readonly example: string
  /** Bytes of the batch under zstd over its bytes; absent where it has none. */
  readonly compressed?: number
}

/** A batch of a stream's first producer, from the middle of the schedule on. */
export function valuesOf(
  stream: HostStream,
  schedule: Schedule | undefined,
  seed: number,
  width: number,
): ValuesPlan | undefined {
  const { hooks, config } = stream
  const records = recordsOf(stream, seed)
  const total = schedule?.total ?? RECORDS * config.producers
  const values: Buffer[] = []
  let bytes = 0
  const first = Math.floor(total / 2 / config.producers) * config.producers
  for (let i = 0; i < RECORDS && bytes < BATCH; i++) {
    const index = first + i * config.producers
    if (index >= total) break
    const draft = records.make(index, schedule?.at(index) ?? 0)
    if (draft === undefined || draft.size < 0) continue
    const place = placeFor(draft)
    records.fill(draft, place)
    values.push(place.bytes)
    bytes += place.length
  }
  const [example] = values
  if (example === undefined) return undefined
  const batch = Buffer.concat(values)
  return {
    by: [...new Set(hooks.valueFor.taps.map(tap => tap.name))],
    example: shownBytes(example, width),
    ...(batch.length > 0 && { compressed: zstdCompressSync(batch).length / batch.length }),
  }
}
