/** What a stream reads: `producers: 0`, which only reads, and what does not go together with it or with its groups. */
import type { MergedStream } from './merge.ts'
import { at } from './plain.ts'
import type { RateSpec, ResolvedStream } from './types.ts'

type Fields = Pick<ResolvedStream, 'producers' | 'consumers' | 'rate'>
type Refuse = (path: string, expected: string, hint?: string) => void

/** In all groups of a stream. */
const MOST_MEMBERS = 100_000
const NOTHING: RateSpec = { kind: 'constant', rate: 0, unit: 'records' }

/** Who sends nothing has no rate, whatever the top level has for the others. */
export function readingOnly<S extends Fields>(stream: S): S {
  return stream.producers === 0 ? { ...stream, rate: NOTHING } : stream
}

/** @param several there are streams, so that the top level is their default and says nothing of a single one. */
export function readingFaults(
  { producers, consumers }: Fields,
  { own, raw }: MergedStream,
  several: boolean,
  refuse: Refuse,
  fromPreset: (path: string) => boolean,
): void {
  const { count, groups, protocol, sessionTimeoutUs } = consumers
  if (producers === 0 && count === 0)
    refuse('producers', '1 or more, since consumers.count is 0 too: the stream would do nothing')
  const rate = several ? at(own, 'rate') : at(raw, 'rate')
  if (producers === 0 && rate != null && !fromPreset('rate'))
    refuse('rate', 'to be left out, since producers is 0: the stream only reads, as fast as it can')
  if (count * groups > MOST_MEMBERS)
    refuse('consumers.groups', `at most ${MOST_MEMBERS} members in all groups, not ${groups} × ${count}`)
  if (protocol === 'consumer' && sessionTimeoutUs !== undefined)
    refuse('consumers.sessionTimeout', "to be left out, since by protocol 'consumer' the broker decides")
}

/** A topic that the run makes for a stream that only reads stays empty, unless another stream writes to it. */
export function nothingToRead(
  streams: readonly ResolvedStream[],
  refuse: (stream: number, value: unknown, expected: string, hint: string) => void,
): void {
  for (const [i, { producers, topic }] of streams.entries()) {
    const written = streams.some(s => s.producers > 0 && s.topic.name === topic.name && topic.name !== '')
    if (producers !== 0 || topic.existing || written) continue
    const expected =
      'a topic with something to read, since producers is 0: one that exists, or that of another stream'
    refuse(
      i,
      topic.name === '' ? undefined : topic.name,
      expected,
      'name one that is there: --topic NAME --topic.existing',
    )
  }
}
