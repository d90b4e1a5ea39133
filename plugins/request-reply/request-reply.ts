import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Batch,
  ConfigError,
  definePlugin,
  lazySchema,
  type RecordView,
  type Run,
  type Stream,
} from '../../core/plugin.ts'
import { Correlation, MOST_REQUESTS } from './correlation.ts'
import { Reader } from './reader.ts'
import { ANSWERED, CONFIRMED, memoryFor, Requests } from './requests.ts'
import { sectionOf } from './section.ts'
import { topicOf } from './topic.ts'
import { Undecided } from './undecided.ts'

const NAME = 'request-reply'
const HEADER = 'correlation-id'
/** Between two looks at whether all replies are there, ms. */
const LOOK_MS = 10
const POLL_US = 100_000
/** Records for which one reading of the clock stands. */
const SLICE = 256

/** What main makes for the workers, for each stream of requests. */
interface Common {
  /** Number of the run, so that a reply to an earlier one is told apart. */
  readonly run: number
  readonly memory: SharedArrayBuffer
}

/**
 * The stream's records are requests: each carries what names it, its reply is found on another topic, and the round trip is
 * measured from the scheduled instant of the request. Late, missing and second replies are counted, to the record.
 */
export const requestReply = definePlugin({
  name: NAME,
  schema: lazySchema(async () => (await import('./request-reply.schema.ts')).schema),
  stream(stream, options, run) {
    check(stream, run)
    const { correlate, header = HEADER, isolation, replyTo, timeout } = options
    const figures = figuresOf(stream)
    const topic = topicOf(run.config, options.replies)
    let correlation = new Correlation(0)
    if (correlate === 'key')
      stream.hooks.keyFor.tap((_key, draft) => correlation.of(draft.index), { order: 'last' })
    else stream.hooks.beforeSend.tap(draft => draft.setHeader(header, correlation.of(draft.index)))
    if (replyTo !== undefined) stream.hooks.beforeSend.tap(draft => draft.setHeader(replyTo, topic))

    const common = `${NAME}.${stream.name}`
    if (run.role === 'main') {
      run.hooks.prepare.tap(shared => {
        if (stream.total > MOST_REQUESTS) throw tooMany(stream)
        shared[common] = { run: randomBytes(4).readUInt32BE(), memory: memoryFor(stream.total) }
      })
      run.hooks.result.tap(result => {
        const sections = result.streams[stream.name]?.sections
        if (sections !== undefined) sections[NAME] = sectionOf(result, stream.name, timeout)
      })
      return
    }

    const acks = settingsOf(stream, run)?.producer.acks
    let requests = new Requests(memoryFor(0), 0)
    /** This worker's part of those that are confirmed and not answered; below zero where it reads more than it sends. */
    let open = 0
    let told = 0
    /** Before, what is open may be answered yet, and is not missing. */
    let draining = false
    const tell = () => {
      requests.addOpen(open - told)
      told = open
      if (draining) figures.missing.set(open)
    }
    const confirm = (index: number) => {
      if ((requests.mark(index, CONFIRMED) & ANSWERED) === 0) open++
    }
    const undecided = new Undecided()
    stream.hooks.onAck.tap(({ state, count, index, producer, transaction }) => {
      // with acks 0 nothing is confirmed, and an answer is due to whatever was written
      if (state !== 'acked' && !(state === 'unknown' && acks === 0)) return
      if (transaction >= 0) return undecided.add(producer, transaction, index, count)
      for (let i = 0; i < count; i++) confirm(index[i] as number)
      tell()
    })
    stream.hooks.onEvent.tap(event => {
      if (event.kind !== 'transaction' || event.step === 'begin') return
      const ended = undecided.take(event.producer, event.transaction)
      if (event.step === 'committed') for (const index of ended) confirm(index)
      // of an unknown one nobody can say: an answer is not due, and counts
      else if (event.step !== 'unknown') figures.aborted.add(ended.length)
      tell()
    })

    const find = (record: RecordView): number => {
      if (correlate === 'key') return correlation.read(record.bytes, record.keyStart, record.keyLength)
      const at = record.findHeader(header)
      return at === undefined ? -1 : correlation.read(at.bytes, at.start, at.length)
    }
    const reply = (record: RecordView, now: number) => {
      const index = find(record)
      if (!requests.has(index)) return figures.foreign.add()
      const before = requests.mark(index, ANSWERED)
      if ((before & ANSWERED) !== 0) return figures.duplicates.add()
      figures.replies.add()
      if ((before & CONFIRMED) !== 0) open--
      const scheduledAt = stream.scheduledAt(index)
      if (scheduledAt < run.config.warmupUs) return
      const tookUs = now - scheduledAt
      figures.roundTrip.record(tookUs)
      if (tookUs > timeout) figures.late.add()
    }

    const take = (batch: Batch) => {
      let left = 0
      let now = 0
      batch.each(record => {
        // the clock is read once for so many records, as the engine does
        if (left-- === 0) {
          now = run.now()
          left = SLICE
        }
        reply(record, now)
      })
      tell()
    }
    const replies = new Reader(run, {
      ...{ topic, option: `${NAME}.replies`, isolation, take },
      own: partition => partition % run.threads === run.thread,
      next: () => POLL_US,
    })
    run.hooks.setup.tap(async shared => {
      const { run: number, memory } = shared[common] as Common
      correlation = new Correlation(number)
      requests = new Requests(memory, stream.total)
      await replies.open()
    })
    run.hooks.start.tap(() => replies.start())
    // first, so that what is missing is told whatever fails from here on, here or in another plugin
    run.hooks.drain.tap(
      () => {
        draining = true
        tell()
      },
      { order: 'first' },
    )
    run.hooks.drain.tap(async signal => {
      const until = run.now() + timeout
      const over = () => signal.aborted || run.now() >= until
      while (replies.alive && requests.open > 0 && !over()) await sleep(LOOK_MS)
      // a second reply may be there already, and not read yet
      await replies.finish(over)
    })
  },
})

function figuresOf({ metrics }: Stream) {
  const counted = (name: string, help: string) => metrics.counter(name, { unit: 'records', help })
  return {
    roundTrip: metrics.histogram('roundTrip', {
      unit: 'µs',
      help: 'from the scheduled instant of a request of the measured phase to its first reply',
    }),
    replies: counted('replies', 'requests that were answered'),
    late: counted('late', 'replies to requests of the measured phase that took longer than timeout'),
    duplicates: counted('duplicates', 'replies to what was answered before'),
    foreign: counted('foreign', 'records on the topic of replies that name no request of this run'),
    aborted: counted('aborted', 'requests of transactions that were aborted: no reply is due'),
    missing: metrics.gauge('missing', {
      unit: 'records',
      help: 'requests that the broker confirmed and that had no reply at the end of the run',
      merge: 'sum',
    }),
  }
}

function settingsOf(stream: Stream, { config }: Run) {
  return config.streams.find(s => s.name === stream.name)
}
/** @throws ConfigError */
function check(stream: Stream, run: Run): void {
  const settings = settingsOf(stream, run)
  if (settings === undefined) return
  const prefix = run.config.streams.length > 1 ? `streams.${stream.name}.` : ''
  const refuse = (path: string, value: unknown, expected: string) => {
    throw new ConfigError([{ path: prefix + path, value, expected }])
  }
  const { rate, producers } = settings
  if (rate.kind === 'max' || rate.kind === 'fed') {
    const expected = `a rate such as '5k/s', since ${NAME} counts from the instant for which a request was scheduled`
    refuse('rate', stream.config.rate, expected)
  }
  if (producers === 0) refuse('producers', 0, `at least 1, since ${NAME} sends requests`)
}
function tooMany({ name, total }: Stream): ConfigError {
  const expected = `a schedule of at most ${MOST_REQUESTS} requests for ${NAME}, not ${total} in stream ${name}`
  return new ConfigError([{ path: 'duration', expected, hint: 'shorten the run, or lower the rate' }])
}
