/** Our own tap types around tapable: authors can tap, only the core can fire. */
import type { AsyncSeriesHook, SyncHook } from 'tapable'
import type { Arrivals } from './api.ts'
import { PluginError, pluginError, preview, within } from './errors.ts'

export interface TapOptions {
  /** Before or after the taps of all other plugins; among equals the order of `plugins` holds. */
  readonly order?: 'first' | 'last'
}

type Answer<T, R> =
  T extends PromiseLike<unknown>
    ? 'this hook is synchronous: do async work in setup'
    : [R] extends [void]
      ? unknown
      : R

/** A hook that answers at once. Without a result type any answer is ignored. */
export interface SyncTap<A extends readonly unknown[], R = void> {
  tap<T>(fn: (...args: A) => T & Answer<T, R>, options?: TapOptions): void
}
/** A hook whose taps may be async functions. */
export interface AsyncTap<A extends readonly unknown[], R = void> {
  tap(fn: (...args: A) => R | Promise<R>, options?: TapOptions): void
}

/** Who taps, whether tapping is over, and how long an async tap may take. */
export interface TapContext {
  readonly plugin: string
  sealed(): boolean
  /** ms */
  deadline(hook: string): number
}

type Fn = (...args: never[]) => unknown
type AnyHook = SyncHook<never> | AsyncSeriesHook<never>

const stages = { first: -1, last: 1 }
const waits = new Set(['driver', 'prepare', 'setup', 'drain', 'sample', 'result', 'report'])

/** Wraps a tap so that what it throws names plugin and hook, and what it answers is what the hook allows. */
function wrap(context: TapContext, name: string, fn: Fn): Fn {
  const call = fn as (...args: unknown[]) => unknown
  if (waits.has(name)) {
    return async (...args: unknown[]) => {
      try {
        const [answer, ms] = [call(...args), context.deadline(name)]
        const late = () =>
          `did not settle within ${ms / 1000} s: is a promise never resolved, or a callback never called?`
        return await (isPromise(answer) ? within(answer, ms, late) : answer)
      } catch (error) {
        throw pluginError(context.plugin, name, error)
      }
    }
  }
  const check = name === 'arrivals' ? namedArrivals(context.plugin) : (answers[name] ?? ignore)
  return (a: unknown, b: unknown) => {
    try {
      return check(call(a, b))
    } catch (error) {
      throw pluginError(context.plugin, name, error)
    }
  }
}

/** What each synchronous hook takes for an answer; what is not one is refused with the reason, or ignored. */
const answers: Record<string, (answer: unknown) => unknown> = {
  keyFor: key,
  sizeFor: whole,
  partitionFor: whole,
  beforeSend: answer => (answer === false ? false : ignore(answer)),
  valueFor: answer => (answer === true ? true : ignore(answer)),
  endTransaction: answer => oneOf(answer, ['commit', 'abort']),
  pollFor: answer => (typeof answer === 'number' && answer >= 0 ? answer : oneOf(answer, POLLS)),
  schedule: given,
}
const POLLS = ['pause', 'join', 'leave', 'kill']
function oneOf(answer: unknown, words: readonly string[]): unknown {
  if (answer === undefined || words.includes(answer as string)) return answer
  return refuse(answer, `${preview(answer)}, expected ${words.join(', ')} or nothing`)
}
/** What the places throw later, record by record, is the plugin's as well. */
function namedArrivals(plugin: string): (answer: unknown) => unknown {
  return answer => {
    const arrivals = given(answer) as Arrivals | undefined
    if (arrivals === undefined) return undefined
    // per record: a closure for each would cost 5 ns
    const at = (index: number) => {
      try {
        return arrivals.at(index)
      } catch (error) {
        throw pluginError(plugin, 'arrivals', error)
      }
    }
    return { at }
  }
}
function key(answer: unknown): unknown {
  if (typeof answer === 'string' || answer == null || answer instanceof Uint8Array) return answer
  if (typeof answer === 'number' && Number.isSafeInteger(answer)) return answer
  return refuse(answer, `${preview(answer)}, expected a text, a whole number, bytes, null or nothing`)
}
function whole(answer: unknown): unknown {
  if (answer === undefined || (typeof answer === 'number' && Number.isInteger(answer))) return answer
  return refuse(answer, `${String(answer)}, expected a whole number or nothing`)
}
function given(answer: unknown): unknown {
  return isPromise(answer) ? refuse(answer) : answer
}
function ignore(answer: unknown): undefined {
  if (isPromise(answer)) refuse(answer)
}
function isPromise(answer: unknown): answer is PromiseLike<unknown> {
  return typeof (answer as PromiseLike<unknown> | null | undefined)?.then === 'function'
}
function refuse(answer: unknown, what = ''): never {
  if (!isPromise(answer)) throw new TypeError(`answered ${what}`)
  Promise.resolve(answer).catch(() => undefined) // its rejection would end the process before our error is seen
  throw new TypeError('answered with a promise: this hook is synchronous, do async work in setup')
}

/** The authors' view of a set of hooks: the same names, `tap` alone. */
export function tapsOf<T>(hooks: Readonly<Record<string, AnyHook>>, context: TapContext): T {
  const view: Record<string, { tap(fn: Fn, options?: TapOptions): void }> = {}
  for (const [name, hook] of Object.entries(hooks)) {
    view[name] = Object.freeze({
      tap(fn: Fn, options: TapOptions = {}) {
        const wrong = (error: Error) => new PluginError(context.plugin, name, error)
        if (typeof fn !== 'function') throw wrong(new TypeError('tap() takes a function'))
        if (context.sealed()) throw wrong(new Error('hooks are sealed: tap in register or stream, not later'))
        const about = { name: context.plugin, stage: options.order ? stages[options.order] : 0 }
        const wrapped = wrap(context, name, fn) as never
        if (waits.has(name)) (hook as AsyncSeriesHook<never>).tapPromise(about, wrapped)
        else (hook as SyncHook<never>).tap(about, wrapped)
      },
    })
  }
  return Object.freeze(view) as T
}
