/** The crew: one worker for each thread, or the calling thread itself; started, listened to, and ended. */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { Clock } from './clock.ts'
import type { Merged } from './config/merge.ts'
import { authorsFrames } from './config/modules.ts'
import { outline } from './config/plain.ts'
import { runWorker } from './engine.ts'
import { messageOf, within } from './errors.ts'
import type { FromWorker, Hears, ThreadInit, ToWorker, WorkerInit } from './messages.ts'

/** A worker that says nothing for so long is blocked: parts come once a second. Real time, whatever the clock. */
const SILENCE_MS = 10_000

type Step = 'ready' | 'produced' | 'closed'
/** What is done about what the workers say, but for how far they are: the crew keeps that. */
export interface CrewEvents extends Omit<Hears<FromWorker>, Step> {
  /** A worker ended or fell silent without saying `closed`. */
  lost(why: string): void
  /** It says nothing more. */
  gone(thread: number): void
}

export interface Crew {
  send(message: ToWorker): void
  /** The start barrier: names the workers that do not come to it within `ms`. Real time, whatever the clock. */
  ready(ms: number): Promise<void>
  /** These resolve when every worker has said so, or says nothing more. */
  readonly produced: Promise<void>
  readonly closed: Promise<void>
  end(): Promise<void>
}

/** Threads of their own, each of which imports the configuration again to obtain its functions. */
export function startThreads(init: ThreadInit, events: CrewEvents): Crew {
  const url = new URL(`./worker${import.meta.url.slice(-3)}`, import.meta.url)
  // functions do not cross: the worker takes them from its own import
  const options = outline(init.config.options, false) as ThreadInit['config']['options']
  const config = { ...init.config, options }
  const joined = Array.from({ length: init.threads }, (_, thread) => {
    const { port1: port, port2 } = new MessageChannel()
    const workerData = { init: { ...init, thread, config }, port: port2 }
    // the parent's loaders and conditions are none of a worker's business
    return { port, worker: new Worker(url, { workerData, transferList: [port2], execArgv: [] }) }
  })
  return crewOf(joined, events)
}

/** The calling thread: the same code, and the same messages. */
export function startHere(init: WorkerInit, merged: Merged, clock: Clock, events: CrewEvents): Crew {
  const { port1: port, port2 } = new MessageChannel()
  const crew = crewOf([{ port }], events)
  void runWorker(port2, init, merged, clock)
  return crew
}

interface Joined {
  readonly port: MessagePort
  readonly worker?: Worker
}

function crewOf(joined: readonly Joined[], events: CrewEvents): Crew {
  const members = joined.map((one, thread) => follow(thread, one, events))
  const all = (step: Step) => Promise.all(members.map(m => m.steps[step].promise)).then(() => undefined)
  return {
    send: message => {
      for (const m of members) m.send(message)
    },
    ready: ms =>
      within(all('ready'), ms, () => {
        const late = members.flatMap((m, thread) => (m.missing.has('ready') ? [thread] : []))
        const who = `worker ${late.join(', ')} was not ready within ${ms / 1000} s`
        return `${who}: the configuration, a plugin's setup or a driver blocks its thread`
      }),
    produced: all('produced'),
    closed: all('closed'),
    async end() {
      for (const m of members) m.close()
      await Promise.all(joined.map(({ worker }) => worker?.terminate()))
    },
  }
}

/** Listens to one worker until it has closed, and finds out when it never will. */
function follow(thread: number, { port, worker }: Joined, events: CrewEvents) {
  const step = () => Promise.withResolvers<void>()
  const steps: Record<Step, PromiseWithResolvers<void>> = { ready: step(), produced: step(), closed: step() }
  const missing = new Set(Object.keys(steps) as Step[])
  const reach = (step: Step) => {
    missing.delete(step)
    steps[step].resolve()
  }
  let over = false
  const close = (why?: string) => {
    if (over) return
    over = true
    clearInterval(watch)
    port.close()
    if (why !== undefined) {
      void worker?.terminate()
      events.lost(why)
    }
    missing.forEach(reach)
    events.gone(thread)
  }
  let heard = performance.now()
  let running = false
  const watch = setInterval(() => {
    const silent = running && performance.now() - heard > SILENCE_MS
    const why = `worker ${thread} has said nothing for ${SILENCE_MS / 1000} s: a plugin or driver blocks its thread`
    if (silent) close(why)
  }, 1000)
  watch.unref()
  const hear = (message: FromWorker) => {
    if (over) return
    heard = performance.now()
    const { type } = message
    if (type === 'done') running = false
    if (type === 'closed') close()
    else if (type === 'ready' || type === 'produced') reach(type)
    else events[type](message as never)
  }
  port.on('message', hear)
  worker?.on('error', error =>
    close([`worker ${thread} failed: ${messageOf(error)}`, ...authorsFrames(error).slice(0, 1)].join('')),
  )
  worker?.on('exit', code => {
    // its last words may still lie in the port
    for (let last = receiveMessageOnPort(port); last !== undefined; last = receiveMessageOnPort(port))
      hear(last.message as FromWorker)
    close(`worker ${thread} ended with code ${code}`)
  })
  const send = (message: ToWorker) => {
    // a caller's own thread cannot watch itself
    if (message.type === 'start' && worker !== undefined) {
      running = true
      heard = performance.now()
    }
    port.postMessage(message)
  }
  return { steps, missing, send, close: () => close() }
}
