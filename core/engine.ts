/** A worker's life, in a thread of its own or in the caller's: ready → start → send and read → drain → done. */
import type { MessagePort } from 'node:worker_threads'
import type { Shared } from './api.ts'
import type { Clock } from './clock.ts'
import type { Merged } from './config/merge.ts'
import type { Client, Driver } from './driver.ts'
import { messageOf } from './errors.ts'
import { Host } from './host.ts'
import { watchGenerator } from './measure/generator.ts'
import type { FromWorker, Hears, ToWorker, WorkerInit, WorkerPart } from './messages.ts'
import { packError } from './messages.ts'
import { pace } from './pace.ts'
import { createTerminal } from './terminal.ts'
import { openWork, type Work } from './work.ts'

/** Resolves when all is said and closed. Errors go to main by message, never as a rejection. */
export async function runWorker(port: MessagePort, init: WorkerInit, merged: Merged, clock: Clock) {
  const post = (message: FromWorker) => port.postMessage(message)
  const { config, thread } = init
  const start = Promise.withResolvers<Message<'start'>>()
  const finish = Promise.withResolvers<Message<'finish'>>()
  const cutter = new AbortController()
  const cut = cutter.signal
  const isCut = aborted(cut)
  let wall = Date.now()
  let stopping = false
  let stop = () => {
    stopping = true
  }
  const fail = (error: unknown) => {
    post({ type: 'error', error: packError(error) })
    stop()
  }
  let driver: Driver | undefined
  const log = (level: 'info' | 'warn') => (text: string) => post({ type: 'log', level, text })
  const [info, warn] = [log('info'), log('warn')]
  const told = (error: unknown) => warn(`closing: ${messageOf(error)}`)
  const host = new Host({
    run: {
      role: 'worker',
      thread,
      config,
      terminal: createTerminal(true),
      log: { info, warn },
      output: () => Promise.reject(new Error('files are written by main: tap sample, result or report')),
      client: async () => clientOf(driver, config.timeoutUs),
      abort: reason => post({ type: 'abort', reason }),
    },
    merged,
    clock,
    fail,
  })
  const hear: Hears<ToWorker> = {
    start: start.resolve,
    stop: () => stop(),
    finish: finish.resolve,
    cut: () => cutter.abort(),
  }
  port.on('message', (message: ToWorker) => hear[message.type](message as never))

  const works: Work[] = []
  const generator = watchGenerator()
  let parts = 0
  const part = (): WorkerPart => ({
    thread,
    second: ++parts,
    at: host.now(),
    // one synchronous turn: nothing can happen between the counters of one stream and the next
    streams: works.map(w => w.ledger.part(w.scheduled(host.now()), w.producers, host.now())),
    generator: generator.take(),
    ...host.takeEvents(),
    metrics: host.metrics.take(),
  })

  try {
    host.register()
    const shared = Object.freeze(init.shared) as Readonly<Shared>
    const provided = await host.hooks.driver.promise(shared)
    if (provided === undefined) throw new Error('no plugin provided a driver')
    driver = provided
    // what plugins make with it from here on is undone before
    host.defer('engine', () => provided.close(farewell()).catch(told))
    let wake = () => {}
    const place = { driver, host, init, clock, wake: () => wake(), fail, wallAtStart: () => wall }
    for (const stream of host.streams) works.push(await openWork(stream, place))
    await host.hooks.setup.promise(shared)

    post({ type: 'ready' })
    const begin = await Promise.race([start.promise, isCut])
    if (begin !== undefined) {
      wall = begin.wall
      host.start(begin.at)
      const { promise: t0, resolve } = Promise.withResolvers<void>()
      clock.after(begin.at - clock.now(), resolve)
      await Promise.race([t0, isCut])
    }

    // reading may fail while nothing is sent, and must not be lost: it is waited for below
    const reading = works.flatMap(w => w.readers.map(r => r.run().catch(fail)))
    const nextPart = () =>
      clock.after((parts + 1) * 1e6 - host.now(), () => {
        // virtual time would run on for ever while this worker waits for the others
        if (ended || (clock.virtual && sent)) return
        try {
          post({ type: 'part', part: part() })
          nextPart()
        } catch (error) {
          fail(error)
        }
      })
    let ended = false
    let sent = false
    nextPart()
    const senders = works.flatMap(w => w.senders)
    const pacer = pace(clock, senders, () => host.now())
    wake = pacer.wake
    stop = () => {
      stopping = true
      for (const sender of senders) sender.stop(host.now())
      pacer.wake()
    }
    if (stopping) stop()

    await Promise.race([pacer.done.catch(fail), isCut])
    // what fails because of the cut is no error of its own
    const cannot = (error: unknown) => (cut.aborted ? undefined : fail(error))
    const flushed = () => Promise.all(works.flatMap(w => w.producers.map(p => p.flush(cut).catch(cannot))))
    // what is fed on and on is never all answered
    const enough = Promise.withResolvers<void>()
    if (host.streams.some(s => s.feeder)) clock.after(config.timeoutUs, enough.resolve)
    await Promise.race([flushed(), enough.promise, isCut])
    sent = true
    post({ type: 'produced' })
    const last = await Promise.race([finish.promise, isCut])
    if (last !== undefined) {
      for (const w of works) for (const r of w.readers) r.finishAt(last.ends[w.stream.config.name] ?? [])
      const late = Promise.withResolvers<true>()
      const cancel = clock.after(config.timeoutUs, () => late.resolve(true))
      const unread = await Promise.race([Promise.all(reading), late.promise, isCut])
      cancel()
      if (unread === true) {
        const title = `consumers of worker ${thread} did not reach the end of the log within ${config.timeoutUs / 1e6} s`
        warn(`${title}: what is left is not in the figures`)
        host.emit({ kind: 'note', at: host.now(), title })
      }
      const drained = AbortSignal.any([cut, AbortSignal.timeout(config.timeoutUs / 1000)])
      await Promise.race([host.hooks.drain.promise(drained).catch(fail), isCut])
      for (const s of host.streams) s.feeder?.close()
      // what was fed meanwhile has its outcome too
      await Promise.race([flushed(), isCut])
    }
    ended = true
    for (const w of works) for (const r of w.readers) r.cut()
    post({ type: 'done', part: part() })
    if (!cut.aborted) await Promise.all(reading)
  } catch (error) {
    fail(error)
  }
  generator.stop()
  const bound = AbortSignal.timeout(Math.min(5000, config.timeoutUs / 1000))
  await Promise.race([close(), aborted(bound)])
  post({ type: 'closed' })
  port.close()

  // there is no time for one after a cut
  function farewell(): AbortSignal {
    return cut.aborted ? AbortSignal.abort() : AbortSignal.timeout(5000)
  }
  async function close(): Promise<void> {
    const gone = farewell()
    const consumers = works.flatMap(w => w.consumers)
    if (cut.aborted) for (const consumer of consumers) consumer.kill()
    else await Promise.all(consumers.map(c => c.leave().catch(told)))
    await Promise.all(works.flatMap(w => w.producers.map(p => p.close(gone).catch(told))))
    for (const error of await host.close()) fail(error)
  }
}

type Message<T> = Extract<ToWorker, { readonly type: T }>

export function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
/** The port for plugins that read back, probe or answer: outside the accounting. */
export function clientOf(driver: Driver | undefined, timeoutUs: number): Client {
  if (driver === undefined) throw new Error('the client is there after prepare: ask for it in setup or later')
  return {
    consumer: options => driver.consumer({ ...options, timeoutUs }),
    admin: () => driver.admin(),
  }
}
