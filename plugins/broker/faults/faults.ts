import { ConfigError } from '../../../core/plugin.ts'
import type { Cluster } from '../cluster.ts'
import type { Frame } from '../dispatch.ts'
import type { CheckedRule } from './act.ts'
import { Armed } from './armed.ts'
import { type Call, type Place, placesOf } from './call.ts'
import { checkRule, checkRules, MAX_RULES } from './check.ts'
import { type Clock, systemClock } from './clock.ts'
import { Commands, type Operations } from './commands.ts'
import type { Faulted } from './faulted.ts'
import { type FaultEntry, FaultLog } from './log.ts'
import { type Hit, perform } from './perform.ts'
import type { FaultRule } from './rule.ts'

/** A rule in force. */
export interface Fault {
  /** `f1`, `f2` … in the order they were added. */
  readonly id: string
  readonly rule: FaultRule
  /** Requests that fulfilled all conditions but `after`, `times` and `probability`. */
  readonly met: number
  /** How often it was carried out. */
  readonly fired: number
  /** Ends it; what it has begun (a freeze, a delay) goes on. */
  remove(): void
}

/** Faults that the cluster injects into its own answers, by rules and at once. */
export class Faults {
  /** What was injected. */
  readonly log: FaultLog
  readonly commands: Commands
  readonly #brokers: number
  readonly #clock: Clock
  readonly #armed = new Map<string, { readonly armed: Armed; readonly cancel: () => void }>()
  /** Those that may still fire at a request. */
  #live: readonly Armed[] = []
  #count = 0

  /** @param complain takes a line when a broker that was to come back does not. */
  constructor(
    cluster: Cluster,
    operations: Operations,
    complain: (line: string) => void,
    clock: Clock = systemClock(),
  ) {
    this.#brokers = cluster.nodes.all.length
    this.#clock = clock
    this.log = new FaultLog(clock.now)
    this.commands = new Commands(cluster, operations, this.log, clock, complain)
  }

  /**
   * Puts a rule in force. With more than 1,000, the oldest that will not fire again are forgotten.
   * @throws ConfigError with all that is wrong with it, or when more than 1,000 may still fire.
   */
  add(rule: FaultRule): Fault {
    return this.#arm([checkRule(rule, this.#brokers)])[0]!
  }

  /** As `add`, all of them or, when one is wrong, none. */
  addAll(rules: readonly FaultRule[]): readonly Fault[] {
    return this.#arm(checkRules(rules, this.#brokers))
  }

  /** All rules that were not removed or forgotten, those that will not fire again among them. */
  list(): readonly Fault[] {
    return [...this.#armed.values()].map(({ armed }) => this.#told(armed))
  }

  /** @returns whether there was such a rule. */
  remove(id: string): boolean {
    this.#armed.get(id)?.cancel()
    const removed = this.#armed.delete(id)
    this.#live = this.#live.filter(armed => armed.id !== id)
    return removed
  }

  /** Removes all rules; brokers that are down, frozen or moved stay so. */
  clear(): void {
    for (const id of [...this.#armed.keys()]) this.remove(id)
  }

  /** Calls `listener` with every fault from now on, until the returned function is called. */
  onFault(listener: (entry: FaultEntry) => void): () => void {
    return this.log.listen(listener)
  }

  /** Whether a request has to be shown to `meet`: false costs a request nothing else. */
  get active(): boolean {
    return this.#live.length > 0
  }

  /** What becomes of a request; undefined when no rule fires at it. */
  meet(call: Call): Promise<Frame | Faulted> | undefined {
    const now = this.#clock.now()
    let all: readonly Place[] | undefined
    const places = () => {
      all ??= placesOf(call)
      return all
    }
    const hits: Hit[] = []
    let decisive: Hit | undefined
    let spent = 0
    for (const armed of this.#live) {
      if (armed.spent(now)) {
        spent++
        continue
      }
      const met = armed.meets(call, places, now)
      if (met === undefined) continue
      const decides = armed.decides(call.context.node.id)
      if (!armed.fires(decides && decisive !== undefined)) continue
      const hit = { armed, places: met }
      hits.push(hit)
      if (decides) decisive = hit
    }
    if (spent > 0) this.#live = this.#live.filter(armed => !armed.spent(now))
    if (hits.length === 0) return undefined
    return perform({ call, hits, decisive, log: this.log, commands: this.commands })
  }

  /** Nothing happens by itself any more. */
  close(): void {
    this.clear()
    this.commands.close()
  }

  #arm(rules: readonly CheckedRule[]): Fault[] {
    this.#makeRoom(rules.length)
    return rules.map(checked => {
      const armed = new Armed(++this.#count, checked, this.#clock.now())
      const { at } = checked.when
      const cancel = at === undefined ? () => {} : this.#clock.after(at, () => this.#fireAlone(armed))
      this.#armed.set(armed.id, { armed, cancel })
      if (at === undefined) this.#live = [...this.#live, armed]
      return this.#told(armed)
    })
  }

  /** Forgets as many of the oldest rules that will not fire again as `count` more need. */
  #makeRoom(count: number): void {
    const excess = this.#armed.size + count - MAX_RULES
    if (excess <= 0) return
    const now = this.#clock.now()
    const spent = [...this.#armed.values()].filter(({ armed }) => armed.spent(now))
    if (excess > spent.length) {
      const expected = `at most ${MAX_RULES} rules that may still fire: remove some`
      const value = this.#armed.size - spent.length + count
      throw new ConfigError([{ path: 'rules', value, expected }])
    }
    for (const { armed } of spent.slice(0, excess)) this.remove(armed.id)
  }

  /** A rule whose time has come, without any request. */
  #fireAlone(armed: Armed): void {
    const { act } = armed.checked
    const cause = { rule: armed.id }
    armed.fired++
    try {
      if (act.kind === 'kill' && act.broker) void this.commands.kill(act.broker, act.forMs, cause)
      if (act.kind === 'freeze' && act.broker) void this.commands.freeze(act.broker, act.forMs, cause)
      if (act.kind === 'moveLeader' && act.topic !== undefined && act.partition !== undefined) {
        this.commands.moveLeader(act.topic, act.partition, act.to, cause)
      }
      if (act.kind === 'moveCoordinator' && act.key) this.commands.moveCoordinator(act.key, act.to, cause)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      const what = act.kind === 'freeze' ? 'frozen' : 'moved'
      this.log.add({ ...cause, action: act.kind, did: `nothing ${what}: ${error.message}` })
    }
  }

  #told(armed: Armed): Fault {
    const remove = () => void this.remove(armed.id)
    return {
      id: armed.id,
      rule: armed.checked.rule,
      get met() {
        return armed.met
      },
      get fired() {
        return armed.fired
      },
      remove,
    }
  }
}
