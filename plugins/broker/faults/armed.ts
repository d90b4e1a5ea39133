import type { ActionName, CheckedRule } from './act.ts'
import { type Call, keyOf, type Place } from './call.ts'
import { hasError, hasField } from './entries.ts'
import { type Random, randomOf } from './random.ts'

/** Acts that decide what becomes of the request: the first one wins. */
const decisive: ReadonlySet<ActionName> = new Set(['error', 'noAnswer', 'close', 'partialFrame', 'corrupt'])

/** A rule that is in force, and what it has seen. */
export class Armed {
  readonly id: string
  readonly checked: CheckedRule
  readonly random: Random
  readonly #added: number
  /** Requests that fulfilled all conditions but `after`, `times` and `probability`. */
  met = 0
  fired = 0
  /** Times it fired at a request where it is not known yet whether there was anything to do. */
  #open = 0

  /** @param added ms since the broker started. */
  constructor(number: number, checked: CheckedRule, added: number) {
    this.id = `f${number}`
    this.checked = checked
    this.random = randomOf(checked.when.seed ?? number)
    this.#added = added
  }

  /** Whether it will never fire again. */
  spent(now: number): boolean {
    const { times, until } = this.checked.when
    return (this.fired >= times && this.#open === 0) || now - this.#added >= until
  }

  /** Whether its act decides what becomes of a request to broker `id`. */
  decides(id: number): boolean {
    const { act } = this.checked
    if (act.kind === 'kill' || act.kind === 'freeze') return (act.broker ?? id) === id
    return decisive.has(act.kind)
  }

  readonly covers = (place: Place): boolean => {
    const { topic, partition } = this.checked.when
    return (
      (topic === undefined || place.topic === topic) &&
      (partition === undefined || place.partition === partition)
    )
  }

  /**
   * The places of a request that the rule meets; undefined when it does not meet the request.
   * @param places all that the request is about, found out when first needed.
   */
  meets(call: Call, places: () => readonly Place[], now: number): readonly Place[] | undefined {
    const { when } = this.checked
    const { api, context } = call
    if (when.at !== undefined) return undefined
    if (when.api !== undefined && when.api !== api.name) return undefined
    if (when.broker !== undefined && when.broker !== context.node.id) return undefined
    if (when.clientId !== undefined && when.clientId !== context.clientId) return undefined
    const age = now - this.#added
    if (age < when.from || age >= when.until || !this.#applies(call)) return undefined
    const met = places().filter(this.covers)
    const needed = when.topic !== undefined || this.#moves
    return needed && met.length === 0 ? undefined : met
  }

  /**
   * Whether it is to fire at a request it meets: counts it, and draws.
   * @param beaten another rule has decided what becomes of the request.
   */
  fires(beaten: boolean): boolean {
    const { after, times, probability } = this.checked.when
    if (++this.met <= after || this.fired >= times || beaten) return false
    if (probability < 1 && this.random() >= probability) return false
    this.fired++
    if (this.#mayMiss) this.#open++
    return true
  }

  /** For an act that may find nothing to do (no batch, no records): whether it did; if not, it has not fired. */
  settle(done: boolean): void {
    this.#open--
    if (!done) this.fired--
  }

  get #mayMiss(): boolean {
    const { act } = this.checked
    return (
      act.kind === 'lose' || act.kind === 'duplicate' || (act.kind === 'corrupt' && act.where === 'records')
    )
  }

  get #moves(): boolean {
    const { act } = this.checked
    return act.kind === 'moveLeader' && act.topic === undefined
  }

  /** Whether the act can be done to such a request at all. */
  #applies(call: Call): boolean {
    const { act } = this.checked
    const { name } = call.api
    switch (act.kind) {
      case 'lose':
      case 'duplicate':
        return name === 'Produce'
      case 'partialFrame':
        return call.request['acks'] !== 0
      case 'corrupt':
        return act.where === 'records' ? name === 'Fetch' : call.request['acks'] !== 0
      case 'moveCoordinator':
        return act.key !== undefined || keyOf(call) !== undefined
      case 'error':
        return hasError(call.api)
      case 'throttle':
        return hasField(call.api.response, 'throttleTimeMs', call.context.version)
      default:
        return true
    }
  }
}
