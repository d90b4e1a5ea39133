import { setTimeout as sleep } from 'node:timers/promises'
import {
  ConfigError,
  definePlugin,
  lazySchema,
  type RecordView,
  type Run,
  STAMP_HEADER,
  type Stream,
} from '../../core/plugin.ts'
import { Reader } from './reader.ts'
import { topicOf } from './topic.ts'
import { Waiting } from './waiting.ts'

const NAME = 'echo'

/**
 * A service that answers: each record of another topic is written to the stream's, with its key, headers and value, at once or after
 * a delay. The stream is fed: `rate: 'fed'`.
 */
export const echo = definePlugin({
  name: NAME,
  schema: lazySchema(async () => (await import('./echo.schema.ts')).schema),
  stream(stream, { from, delay, isolation, hold }, run) {
    const topic = topicOf(run.config, from)
    const settings = run.config.streams.find(s => s.name === stream.name)
    check(stream, run, from, topic)
    const producers = settings?.producers ?? 0
    const figures = figuresOf(stream)
    // what is read here is written by a producer that lives here
    const readers = Math.min(run.threads, producers)
    if (run.role === 'main' || run.thread >= readers) return

    const ids = Array.from({ length: producers }, (_, id) => id).filter(id => id % run.threads === run.thread)
    let full = false
    const waiting = new Waiting({
      ...{ stream, producers: ids, now: () => run.now(), most: hold / readers },
      onMost(bytes) {
        figures.held.set(bytes)
        if (full || bytes < hold / readers) return
        full = true
        const title = `${NAME} holds ${binary(hold)} of replies: no more requests are read until there is room`
        stream.emit({ kind: 'note', at: run.now(), title })
      },
    })
    const reader = new Reader(run, {
      topic,
      option: `${NAME}.from`,
      own: partition => partition % readers === run.thread,
      isolation,
      take(batch) {
        const due = run.now() + delay
        batch.each(record => waiting.add(replyTo(record), due))
      },
      next: () => waiting.give(),
    })
    run.hooks.setup.tap(() => reader.open())
    run.hooks.start.tap(() => reader.start())
    run.hooks.drain.tap(async signal => {
      try {
        await reader.finish(() => signal.aborted)
      } finally {
        while (waiting.count > 0 && !signal.aborted) {
          waiting.give()
          await sleep(1)
        }
        figures.unanswered.add(waiting.count)
      }
    })
  },
})

function figuresOf({ metrics }: Stream) {
  return {
    held: metrics.gauge('held', {
      unit: 'bytes',
      help: 'replies that waited at once, at most, of each thread',
      merge: 'sum',
    }),
    unanswered: metrics.counter('unanswered', {
      unit: 'records',
      help: 'requests whose replies still waited when the time-out of the run was over',
    }),
  }
}

/** As it would be written. */
function binary(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'] as const
  let power = 0
  while (power < 3 && bytes % 1024 ** (power + 1) === 0) power++
  return `${bytes / 1024 ** power} ${units[power]}`
}

/** What goes back. The stamp is the request's own: the reply gets another one. */
function replyTo(record: RecordView) {
  const headers = record.headers().filter(([name]) => name !== STAMP_HEADER)
  return { key: record.key(), value: record.value(), headers }
}

/** @throws ConfigError */
function check(stream: Stream, { config }: Run, from: string, topic: string): void {
  const settings = config.streams.find(s => s.name === stream.name)
  if (settings === undefined) return
  const prefix = config.streams.length > 1 ? `streams.${stream.name}.` : ''
  const refuse = (path: string, value: unknown, expected: string, hint?: string) => {
    throw new ConfigError([{ path, value, expected, hint }])
  }
  if (settings.producers === 0) refuse(`${prefix}producers`, 0, `at least 1, since ${NAME} writes with them`)
  if (settings.rate.kind !== 'fed')
    refuse(`${prefix}rate`, stream.config.rate, `'fed', since ${NAME} gives the stream its records`)
  if (settings.plugins.some(key => key.split('.').at(-1) === 'transactions'))
    refuse(
      `${prefix}plugins`,
      'transactions',
      `no transactions beside ${NAME}: its last replies come when they have ended`,
    )
  const hint = 'name the stream, or the topic, of the requests'
  if (topic === settings.topic.name || from === stream.name)
    refuse(`${NAME}.from`, from, 'another topic than the one that replies go to', hint)
}
