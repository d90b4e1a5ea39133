/** Records of a stream as its plugins make them: a sample of the schedule, spread over all of it. */
import type { HostStream } from '../../host.ts'
import { createRandom } from '../../random.ts'
import type { Draft, Key } from '../../record.ts'
import type { Schedule } from '../../schedule.ts'
import { recordsOf } from './nowhere.ts'

export interface SampleOptions {
  /** With the hooks of a worker. */
  readonly stream: HostStream
  /** undefined: `rate: 'max'`, of which the first records are taken, evenly over the time of the run. */
  readonly schedule: Schedule | undefined
  readonly endUs: number
  readonly seed: number
  readonly most: number
}

/** Columns of the records that would be sent. */
export interface Sample {
  readonly count: number
  /** Of the sample: no plugin lets them through. */
  readonly dropped: number
  /** Every record of the schedule is in it. */
  readonly whole: boolean
  /** t_sched in µs. */
  readonly at: Float64Array
  /** Place in `keys`; -1: keyless. */
  readonly key: Int32Array
  /** Distinct keys, a character for each byte, in the order in which they came. */
  readonly keys: readonly string[]
  /** -1: the driver's partitioner decides. */
  readonly partition: Int32Array
  /** Bytes of the value; -1: a tombstone. */
  readonly size: Int32Array
  readonly headers: ReadonlyMap<string, SampledHeader>
  readonly headerBytes: number
}
export interface SampledHeader {
  records: number
  /** As the first record has it that has it. */
  readonly value: Uint8Array
}

export function drawSample(options: SampleOptions): Sample {
  const { schedule, endUs, most } = options
  const n = Math.min(most, schedule?.total ?? most)
  const records = recordsOf(options.stream, options.seed)
  const place = placesOf(options, n)
  const sample = { at: new Float64Array(n), key: new Int32Array(n), partition: new Int32Array(n) }
  const size = new Int32Array(n)
  const keys = new Map<string, number>()
  const headers = new Map<string, SampledHeader>()
  let count = 0
  let headerBytes = 0
  for (let i = 0; i < n; i++) {
    const index = place(i)
    const at = schedule === undefined ? Math.floor((endUs * i) / n) : schedule.at(index)
    const draft = records.make(index, at)
    if (draft === undefined) continue
    sample.at[count] = at
    sample.key[count] = numberOf(draft.key, keys)
    sample.partition[count] = draft.partition
    size[count++] = draft.size
    headerBytes += tally(draft, headers)
  }
  return {
    ...sample,
    size,
    count,
    dropped: n - count,
    whole: n === schedule?.total,
    keys: [...keys.keys()],
    headers,
    headerBytes,
  }
}

/**
 * All records, or one at random out of each of n equal parts: every so-manieth one would miss most keys of a plugin that goes
 * round and round.
 */
function placesOf({ schedule, seed, stream }: SampleOptions, n: number): (i: number) => number {
  const total = schedule?.total ?? n
  if (total <= n) return i => i
  const random = createRandom(seed, stream.config.name, 'plan\nrecord')
  return i => {
    const from = Math.floor((i * total) / n)
    random.seek(i)
    return from + random.int(Math.floor(((i + 1) * total) / n) - from)
  }
}

/** A text, its number and its bytes are one key: the broker sees no difference. */
function numberOf(key: Key | null, keys: Map<string, number>): number {
  if (key === null) return -1
  const bytes = typeof key === 'object' ? Buffer.from(key) : Buffer.from(String(key))
  const text = bytes.toString('latin1')
  const known = keys.get(text)
  if (known !== undefined) return known
  keys.set(text, keys.size)
  return keys.size - 1
}

/** Bytes of the record's headers. */
function tally({ headers: list }: Draft, headers: Map<string, SampledHeader>): number {
  let bytes = 0
  for (let i = 0; i < list.count; i++) {
    const [name, written] = [list.name(i), list.value(i) ?? '']
    const value = typeof written === 'string' ? Buffer.from(written) : written
    bytes += Buffer.byteLength(name) + value.length
    const known = headers.get(name)
    // a copy: the plugin may write the next one into the same bytes
    if (known === undefined) headers.set(name, { records: 1, value: Uint8Array.from(value) })
    else known.records++
  }
  return bytes
}
