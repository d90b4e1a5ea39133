/** A worker's life, in a thread of its own or in the caller's: ready → start → send and read → drain → done. */
import type { MessagePort } from 'node:worker_threads'
import type { Shared, Terminal } from './api.ts'
import type { Clock } from './clock.ts'
import type { Merged } from './config/merge.ts'
import type { Client, Driver } from './driver.ts'
import { Host } from './host.ts'
import { watchGenerator } from './measure/generator.ts'
import {
  type FromWorker,
  listen,
  packError,
  type ToWorker,
  type WorkerInit,
  type WorkerPart,
} from './messages.ts'
import { pace } from './pace.ts'
import { openWork, type Work } from './work.ts'

const silent: Terminal = {
  columns: 80,
  tty: false,
  colors: false,
  print: () => undefined,
  claim: () => undefined,
}

/** Resolves when all is said and closed. Errors go to main by message, never as a rejection. */
export async function runWorker(
  port: MessagePort,
  init: WorkerInit,
  merged: Merged,
  clock: Clock,
): Promise<void> {
  const post = (message: FromWorker) => port.postMessage(message)
  const signals = {
    start: Promise.withResolvers<void>(),
    finish: Promise.withResolvers<Finish>(),
    cut: new AbortController(),
  }
  let wall = Date.now()
  let stopping = false
  let stop = () => {
    stopping = true
  }
  const fail = (error: unknown) => {
    post({ type: 'error', error: packError(error) })
    stop()
  }
  const { config } = init
  let driver: Driver | undefined
  const host = new Host({
    role: 'worker',
    thread: init.thread,
    config,
    plugins: merged.plugins,
    merged: merged.streams,
    clock,
    terminal: silent,
    log: {
      info: text => post({ type: 'log', level: 'info', text }),
      warn: text => post({ type: 'log', level: 'warn', text }),
    },
    output: () => Promise.reject(new Error('files are written by main: tap sample, result or report')),
    client: () => Promise.resolve(clientOf(driver, config.timeoutUs)),
    abort: reason => post({ type: 'abort', reason }),
    fail,
  })
  let begin: (at: number) => void = () => undefined
  listen<ToWorker>(port, message => {
    if (message.type === 'start') {
      wall = message.wall
      begin(message.at)
      signals.start.resolve()
    } else if (message.type === 'stop') stop()
    else if (message.type === 'finish') signals.finish.resolve(message.ends)
    else signals.cut.abort()
  })

  const works: Work[] = []
  const generator = watchGenerator()
  let parts = 0
  const part = (cutAt?: number): WorkerPart => ({
    thread: init.thread,
    second: cutAt === undefined ? ++parts : parts + 1,
    at: host.now(),
    // one synchronous turn: nothing can happen between the counters of one stream and the next
    streams: works.map(w => w.ledger.part(w.sender.scheduled(host.now()), w.producers, cutAt)),
    generator: generator.take(),
    ...split(host.takeEvents()),
    metrics: host.metrics.take(),
  })

  try {
    host.register()
    const shared = Object.freeze(init.shared) as Readonly<Shared>
    driver = await host.hooks.driver.promise(shared)
    if (driver === undefined) throw new Error('no plugin provided a driver')
    const opened = driver
    const wakes: (() => void)[] = []
    const wake = () => wakes.forEach(w => w())
    for (const stream of host.streams)
      works.push(
        await openWork(stream, { driver: opened, host, init, clock, wake, fail, wallAtStart: () => wall }),
      )
    await host.hooks.setup.promise(shared)

    const started = Promise.withResolvers<void>()
    begin = at => {
      clock.after(at - clock.now(), () => started.resolve())
      host.start(at)
    }
    post({ type: 'ready' })
    await Promise.race([signals.start.promise, aborted(signals.cut.signal)])
    await Promise.race([started.promise, aborted(signals.cut.signal)])

    // reading may fail while nothing is sent, and must not be lost: it is waited for below
    const reading = works.flatMap(w => w.readers.map(r => r.run().catch(fail)))
    const nextPart = () =>
      clock.after((parts + 1) * 1e6 - host.now(), () => {
        // virtual time would run on for ever while this worker waits for the others
        if (ended || (clock.virtual && sent)) return
        post({ type: 'part', part: part() })
        nextPart()
      })
    let ended = false
    let sent = false
    nextPart()
    const pacer = pace(
      clock,
      works.map(w => w.sender),
      () => host.now(),
    )
    wakes.push(pacer.wake)
    stop = () => {
      stopping = true
      for (const w of works) w.sender.stop(host.now())
      pacer.wake()
    }
    if (stopping) stop()

    await Promise.race([pacer.done.catch(fail), aborted(signals.cut.signal)])
    await settle(
      works.flatMap(w => w.producers.map(p => p.flush(signals.cut.signal))),
      fail,
      signals.cut.signal,
    )
    sent = true
    post({ type: 'produced' })
    const ends = await Promise.race([signals.finish.promise, aborted(signals.cut.signal)])
    if (ends !== undefined) {
      for (const w of works) for (const r of w.readers) r.finishAt(ends[w.stream.config.name] ?? [])
      const late = new AbortController()
      const cancel = clock.after(config.timeoutUs, () => late.abort())
      await Promise.race([Promise.all(reading), aborted(AbortSignal.any([late.signal, signals.cut.signal]))])
      cancel()
      await host.hooks.drain.promise(signals.cut.signal).catch(fail)
    }
    ended = true
    for (const w of works) for (const r of w.readers) r.cut()
    post({ type: 'done', part: part(host.now()) })
    if (!signals.cut.signal.aborted) await Promise.all(reading)
  } catch (error) {
    fail(error)
  }
  generator.stop()
  const bound = AbortSignal.timeout(Math.min(5000, config.timeoutUs / 1000))
  await Promise.race([close(), aborted(bound)])
  post({ type: 'closed' })
  port.close()

  async function close(): Promise<void> {
    const gone = signals.cut.signal.aborted ? AbortSignal.abort() : AbortSignal.timeout(5000)
    const warn = (error: unknown) =>
      post({ type: 'log', level: 'warn', text: `closing: ${packError(error).message}` })
    await Promise.all(works.flatMap(w => w.consumers.map(c => c.leave().catch(warn))))
    await Promise.all(works.flatMap(w => w.producers.map(p => p.close(gone).catch(warn))))
    await driver?.close(gone).catch(warn)
    for (const error of await host.close()) fail(error)
  }
}

type Finish = Readonly<Record<string, readonly number[]>>

function split(taken: { events: WorkerPart['events']; lost: number }) {
  return { events: taken.events, eventsLost: taken.lost }
}
function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
/** All of them, or the signal; what fails without the signal is an error of its own. */
async function settle(
  promises: Promise<unknown>[],
  fail: (error: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  const all = promises.map(p => p.catch(error => (signal.aborted ? undefined : fail(error))))
  await Promise.race([Promise.all(all), aborted(signal)])
}

/** The port for plugins that read back, probe or answer: outside the accounting. */
export function clientOf(driver: Driver | undefined, timeoutUs: number): Client {
  if (driver === undefined) throw new Error('the client is there after prepare: ask for it in setup or later')
  return {
    consumer: options => driver.consumer({ ...options, timeoutUs }),
    admin: () => driver.admin(),
  }
}
