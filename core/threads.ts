/** The crew: one worker for each thread, or the calling thread itself; started, listened to, and ended. */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { Clock } from './clock.ts'
import type { Merged } from './config/merge.ts'
import { authorsFrames } from './config/modules.ts'
import { outline } from './config/plain.ts'
import { runWorker } from './engine.ts'
import { messageOf } from './errors.ts'
import { type FromWorker, listen, type ThreadInit, type ToWorker, type WorkerInit } from './messages.ts'

/** A worker that says nothing for so long is blocked: parts come once a second. Real time, whatever the clock. */
const SILENCE_MS = 10_000

export interface CrewEvents {
  message(thread: number, message: FromWorker): void
  /** It ended or fell silent without saying `closed`. */
  lost(thread: number, why: string): void
}

export interface Crew {
  send(message: ToWorker): void
  /** Resolves when every worker has closed or is lost. */
  readonly closed: Promise<void>
  end(): Promise<void>
}

/** Threads of their own, each of which imports the configuration again to obtain its functions. */
export function startThreads(init: ThreadInit, events: CrewEvents): Crew {
  const url = new URL(`./worker${import.meta.url.slice(-3)}`, import.meta.url)
  // functions do not cross: the worker takes them from its own import
  const options = outline(init.config.options, false) as ThreadInit['config']['options']
  const config = { ...init.config, options }
  const members = Array.from({ length: init.threads }, (_, thread) => {
    const { port1, port2 } = new MessageChannel()
    const data = { init: { ...init, thread, config }, port: port2 }
    // the parent's loaders and conditions are none of a worker's business
    const worker = new Worker(url, { workerData: data, transferList: [port2], execArgv: [] })
    return member(thread, port1, events, worker)
  })
  return crew(members)
}

/** The calling thread: the same code, and the same messages. */
export function startHere(init: WorkerInit, merged: Merged, clock: Clock, events: CrewEvents): Crew {
  const { port1, port2 } = new MessageChannel()
  const joined = member(init.thread, port1, events)
  void runWorker(port2, init, merged, clock)
  return crew([joined])
}

interface Member {
  readonly worker: Worker | undefined
  readonly closed: Promise<void>
  send(message: ToWorker): void
  close(): void
}

function member(thread: number, port: MessagePort, events: CrewEvents, worker?: Worker): Member {
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  let over = false
  const close = () => {
    if (over) return
    over = true
    clearInterval(watch)
    port.close()
    resolve()
  }
  const lose = (why: string) => {
    if (over) return
    close()
    void worker?.terminate()
    events.lost(thread, why)
  }
  let heard = performance.now()
  let running = false
  const watch = setInterval(() => {
    if (running && performance.now() - heard > SILENCE_MS)
      lose(
        `worker ${thread} has said nothing for ${SILENCE_MS / 1000} s: a plugin or driver blocks its thread`,
      )
  }, 1000)
  watch.unref()
  const hear = (message: FromWorker) => {
    if (over) return
    heard = performance.now()
    if (message.type === 'done') running = false
    events.message(thread, message)
    if (message.type === 'closed') close()
  }
  listen<FromWorker>(port, hear)
  worker?.on('error', error =>
    lose([`worker ${thread} failed: ${messageOf(error)}`, ...authorsFrames(error).slice(0, 1)].join('')),
  )
  worker?.on('exit', code => {
    // its last words may still lie in the port
    for (let last = receiveMessageOnPort(port); last !== undefined; last = receiveMessageOnPort(port))
      hear(last.message as FromWorker)
    lose(`worker ${thread} ended with code ${code}`)
  })
  const send = (message: ToWorker) => {
    // a caller's own thread cannot watch itself
    if (message.type === 'start' && worker !== undefined) {
      running = true
      heard = performance.now()
    }
    port.postMessage(message)
  }
  return { worker, closed, send, close }
}

function crew(members: readonly Member[]): Crew {
  return {
    send: message => {
      for (const m of members) m.send(message)
    },
    closed: Promise.all(members.map(m => m.closed)).then(() => undefined),
    async end() {
      for (const m of members) m.close()
      await Promise.all(members.map(m => m.worker?.terminate()))
    },
  }
}

/** Resolves when every thread has hit it. */
export interface Latch {
  readonly all: Promise<void>
  hit(thread: number): void
  missing(): readonly number[]
}
export function latch(threads: number): Latch {
  const missing = new Set(Array.from({ length: threads }, (_, thread) => thread))
  const { promise: all, resolve } = Promise.withResolvers<void>()
  const hit = (thread: number) => {
    missing.delete(thread)
    if (missing.size === 0) resolve()
  }
  return { all, hit, missing: () => [...missing] }
}

/** The start barrier: names the workers that do not come to it, or fails as `broken` does. Real time, whatever the clock. */
export async function within(ready: Latch, ms: number, broken: Promise<never>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const who = `worker ${ready.missing().join(', ')} was not ready within ${ms / 1000} s`
    reject(new Error(`${who}: the configuration, a plugin's setup or a driver blocks its thread`))
  }, ms)
  await Promise.race([ready.all, late, broken]).finally(() => clearTimeout(timer))
}
