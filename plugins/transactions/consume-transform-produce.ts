import {
  ConfigError,
  type Consumer,
  definePlugin,
  lazySchema,
  type Metrics,
  type RecordView,
  type Run,
} from '../../core/plugin.ts'
import { follow } from './follow.ts'
import { Limits } from './limits.ts'
import { Pipeline, STUCK, type Transform } from './pipeline.ts'
import { abortsOf } from './plan.ts'

const NAME = 'consume-transform-produce'
/** More than a topic has; memory is taken by those that there are. */
const PARTITIONS = 2 ** 17
const SESSION = { isolation: 'read_committed', from: 'earliest', commitUs: 0 } as const

/**
 * Reads another topic as a member of a group, and writes what becomes of each record in transactions that commit how far was
 * read: exactly once, whoever is killed on the way. For a stream of `rate: 'fed'`; each of its producers has a member.
 */
export const consumeTransformProduce = definePlugin({
  name: NAME,
  slot: 'transactions',
  schema: lazySchema(async () => (await import('./consume-transform-produce.schema.ts')).schema),
  stream(stream, options, run) {
    const settings = run.config.streams.find(s => s.name === stream.name)
    const { producers = 0 } = settings ?? {}
    if (settings?.rate.kind !== 'fed') {
      const path = run.config.streams.length > 1 ? `streams.${stream.name}.rate` : 'rate'
      const expected = `'fed', since ${NAME} gives the stream its records`
      throw new ConfigError([{ path, value: stream.config.rate, expected }])
    }
    if (settings.topic.name === options.from) {
      const expected = 'another topic than the one that the stream writes to: it would never end'
      throw new ConfigError([{ path: `${NAME}.from`, value: options.from, expected }])
    }
    const aborts = abortsOf(options.abort, stream.random('abort'), producers)
    const wanted = (producer: number, transaction: number) =>
      aborts(producer, transaction) ? 'abort' : 'commit'
    const limits = new Limits(options, run, producers, wanted)
    /** By producer. */
    const pipelines: Pipeline[] = []
    stream.hooks.endTransaction.tap((open, draft) => {
      if (open.records === 0) pipelines[open.producer]?.begun(open)
      return limits.endsWith(open, draft.size, draft.enqueuedAt)
    })
    const gaveUp = (producer: number, transaction: number) =>
      pipelines[producer]?.gaveUp(transaction) === true
    const meant = (producer: number, transaction: number) =>
      gaveUp(producer, transaction) ? 'abort' : wanted(producer, transaction)
    follow(stream, run, NAME, meant, options.from)
    const figures = figuresOf(stream.metrics)
    /** What ended the run. */
    const stuck: string[] = []
    const told = stream.metrics.collect<readonly string[]>('stuck', {
      take: () => [...stuck],
      merge: (a, b) => [...a, ...b],
    })
    run.hooks.result.tap(result => {
      for (const why of told.value ?? []) result.judge('violation', NAME, `${stream.name}: ${why}`)
    })
    const shared = `${NAME} ${stream.name}`
    run.hooks.prepare.tap(shares => {
      shares[shared] = new SharedArrayBuffer(PARTITIONS * Float64Array.BYTES_PER_ELEMENT)
    })
    if (run.role !== 'worker') return
    stream.hooks.onAck.tap(({ state, producer, error }) => {
      if (state === 'failed') pipelines[producer]?.failed(error)
    })
    stream.hooks.onEvent.tap(event => {
      if (event.kind !== 'transaction' || event.step === 'begin') return
      const { producer, transaction, step } = event
      if (step === 'aborted' && gaveUp(producer, transaction)) figures.givenUp.add()
      pipelines[producer]?.ended(step === 'committed')
      if (draining) look()
    })
    const consumers: Consumer[] = []
    const running: Promise<void>[] = []
    let failure: unknown
    let draining = false
    let unread = 0
    const look = () => {
      // who has left knows of none
      if (!draining)
        unread = consumers.flatMap(consumer => consumer.lag()).reduce((sum, { lag }) => sum + lag, 0)
      figures.lag.set(pipelines.reduce((sum, { owed }) => sum + owed, unread))
    }
    run.hooks.setup.tap(async shares => {
      const reading = readingOf(figures, new Float64Array(shares[shared] as SharedArrayBuffer))
      const client = await run.client()
      const { group, instance, from, transform } = options
      const admin = await client.admin()
      const there = await admin.describe(from).finally(() => admin.close())
      if (there === undefined) throw missing(from)
      run.defer(() => {
        for (const consumer of consumers) consumer.kill()
      })
      for (let id = run.thread; id < producers; id += run.threads) {
        const named = instance === undefined ? {} : { instance: `${instance}-${id}` }
        const consumer = await client.consumer({ group, ...named, ...SESSION })
        consumers.push(consumer)
        // it is none of the stream's own, but what happens to it is the stream's concern
        consumer.onEvent(event => stream.emit(event.kind === 'rebalance' ? { ...event, member: id } : event))
        pipelines[id] = new Pipeline({
          ...{ stream, id, consumer, from, transform: transform as Transform | undefined },
          now: () => run.now(),
          sleep: us => sleeping(run, us),
          onRead: reading,
          onStuck: error => {
            const what = options.transform === undefined ? 'was read' : 'transform makes of what was read'
            const times = `${error} aborted ${STUCK} transactions of producer ${id} in a row`
            const why = `${times}: what ${what} cannot be written, and would be read for ever`
            stuck.push(why)
            run.abort(why)
          },
        })
      }
      await Promise.all(pipelines.map(pipeline => pipeline.open()))
    })
    run.hooks.start.tap(() => {
      pipelines.forEach(pipeline => {
        const reading = pipeline.run().catch(error => {
          failure ??= error
          run.abort('what is to be transformed cannot be read any more')
        })
        running.push(reading)
      })
      const again = (second: number) =>
        run.at(second * 1e6, () => {
          if (draining) return
          look()
          again(second + 1)
        })
      again(1)
    })
    run.hooks.drain.tap(async () => {
      pipelines.forEach(pipeline => {
        pipeline.stop()
      })
      await Promise.all(running)
      look()
      draining = true
      await Promise.all(consumers.map(consumer => consumer.leave()))
      if (failure !== undefined) throw failure
    })
  },
})

function missing(topic: string): ConfigError {
  const expected = 'the topic of a stream of this run, or one that is there'
  return new ConfigError([{ path: `${NAME}.from`, value: topic, expected }])
}

function sleeping(run: Run, us: number): Promise<void> {
  return new Promise(resolve => run.at(run.now() + us, resolve))
}

function figuresOf(metrics: Metrics) {
  const records = (name: string, help: string) => metrics.counter(name, { unit: 'records', help })
  return {
    read: records('read', 'records that were read'),
    again: records('again', 'of these, those that were read before'),
    givenUp: metrics.counter('givenUp', {
      unit: 'transactions',
      help: 'transactions that were aborted since the group shared its partitions out anew',
    }),
    lag: metrics.gauge('lag', {
      unit: 'records',
      help: 'records of the topic that is read that its members had not read yet, as far as they know, or not written for good',
      merge: 'sum',
    }),
  }
}

/**
 * Counts what is read, and what is read again: since a transaction was not committed, or others had read it before.
 * @param reached next offset of each partition, seen by all workers: partitions go from one to the other.
 */
function readingOf({ read, again }: ReturnType<typeof figuresOf>, reached: Float64Array) {
  return ({ partition, offset }: RecordView) => {
    read.add()
    if (offset < (reached[partition] ?? 0)) again.add()
    else reached[partition] = offset + 1
  }
}
