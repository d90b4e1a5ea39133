/** Rules with a time, on a clock of their own; what a rule is about without any request. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Cluster } from '../../../plugins/broker/cluster.ts'
import type { Call } from '../../../plugins/broker/faults/call.ts'
import type { Operations } from '../../../plugins/broker/faults/commands.ts'
import { lognormal, normal, uniform } from '../../../plugins/broker/faults/delay.ts'
import { Faulted } from '../../../plugins/broker/faults/faulted.ts'
import { Faults } from '../../../plugins/broker/faults/faults.ts'
import { FaultLog, LOG_ENTRIES } from '../../../plugins/broker/faults/log.ts'
import { randomOf } from '../../../plugins/broker/faults/random.ts'
import type { Context } from '../../../plugins/broker/handler.ts'
import { heartbeat } from '../../../plugins/protocol/messages/groups.ts'

/** Time that a test lets pass. */
class HandClock {
  #now = 0
  readonly #timers = new Map<() => void, number>()
  readonly now = () => this.#now

  readonly after = (ms: number, fn: () => void) => {
    this.#timers.set(fn, this.#now + ms)
    return () => void this.#timers.delete(fn)
  }

  pass(ms: number): void {
    this.#now += ms
    for (const [fn, at] of [...this.#timers]) {
      if (at <= this.#now && this.#timers.delete(fn)) fn()
    }
  }
}

let clock: HandClock
let cluster: Cluster
let faults: Faults
const done: string[] = []
const frozen = new Set<number>()

beforeEach(() => {
  clock = new HandClock()
  cluster = new Cluster({ retentionBytes: 65_536, partitions: 1, brokers: 2, retentionCheckMs: 300_000 })
  cluster.topics.create('orders', { partitions: 1, factor: 2 })
  done.length = 0
  frozen.clear()
  const operations: Operations = {
    isUp: id => cluster.nodes.isUp(id),
    isFrozen: id => frozen.has(id),
    async stopBroker(id) {
      done.push(`stop ${id}`)
      frozen.delete(id)
      cluster.setUp(cluster.nodes.get(id)!, false)
    },
    async startBroker(id) {
      done.push(`start ${id}`)
      return cluster.setUp(cluster.nodes.get(id)!, true)
    },
    async freezeBroker(id) {
      done.push(`freeze ${id}`)
      frozen.add(id)
    },
    unfreezeBroker(id) {
      done.push(`unfreeze ${id}`)
      frozen.delete(id)
    },
    moveLeader: (topic, partition, id) => void done.push(`leader ${topic}-${partition} ${id}`),
    moveCoordinator: (key, id) => void done.push(`coordinator ${key} ${id}`),
  }
  faults = new Faults(cluster, operations, line => done.push(line), clock)
})
afterEach(() => {
  faults.close()
  cluster.close()
})

/** A request to broker 1, and what becomes of it. */
function ask(closed = new AbortController().signal) {
  const request = { groupId: 'g', generationId: 1, memberId: 'm' }
  const context: Context = {
    ...{ cluster, node: cluster.nodes.all[0]!, version: 3, clientId: 'c', clientHost: '', closed },
    connection: 1,
    hold: () => {},
  }
  const call: Call = {
    api: heartbeat,
    correlationId: 1,
    request,
    context,
    handle: () => ({}),
    encode: () => [],
  }
  return faults.meet(call)
}

function meet(): boolean {
  return ask() !== undefined
}

describe('a rule with a time', () => {
  it('meets requests from … until, since it was added', () => {
    clock.pass(5000)
    const { id } = faults.add({ when: { from: '2s', until: '3s' }, do: { error: 'NOT_COORDINATOR' } })
    const met = [1000, 999, 1, 999, 1].map(ms => {
      clock.pass(ms)
      return meet()
    })
    expect(met).toEqual([false, false, true, true, false])
    expect(faults.active).toBe(false)
    expect(faults.list()).toMatchObject([{ id, fired: 2 }])
  })

  it('fires by itself, once, at its time', () => {
    faults.addAll([
      { when: { at: '3s' }, do: { kill: { broker: 2, for: '500ms' } } },
      { when: { at: '1s' }, do: { freeze: { broker: 1, for: '1s' } } },
      { when: { at: '2.5s' }, do: { moveLeader: { topic: 'orders', partition: 0 } } },
      { when: { at: '2.5s' }, do: { moveCoordinator: { key: 'g', to: 1 } } },
      { when: { at: '2.6s' }, do: { moveLeader: { topic: 'none', partition: 0 } } },
    ])
    expect(faults.active).toBe(false)
    for (let n = 0; n < 60; n++) clock.pass(100)
    const [moved, coordinator] = done.slice(2, 4)
    expect(moved).toMatch(/^leader orders-0 [12]$/)
    expect(coordinator).toBe('coordinator g 1')
    expect(done.filter((_, index) => index !== 2 && index !== 3)).toEqual([
      ...['freeze 1', 'unfreeze 1', 'stop 2', 'start 2'],
    ])
    expect(faults.log.entries.map(({ ms, action, rule }) => [ms, action, rule])).toMatchObject([
      [1000, 'freeze', 'f2'],
      [2000, 'unfreeze', undefined],
      [2500, 'moveLeader', 'f3'],
      [2500, 'moveCoordinator', 'f4'],
      [2600, 'moveLeader', 'f5'],
      [3000, 'kill', 'f1'],
    ])
    expect(faults.log.entries[4]!.did).toBe('nothing moved: there is no topic "none"')
  })

  it('does not fire after it was removed, and nothing comes back after the end', () => {
    faults.add({ when: { at: '1s' }, do: { kill: { broker: 1 } } }).remove()
    faults.add({ when: { at: '2s' }, do: { kill: { broker: 2, for: '1s' } } })
    clock.pass(2000)
    faults.close()
    clock.pass(5000)
    expect(done).toEqual(['stop 2'])
  })
})

describe('a time to come back after', () => {
  const told = () => faults.log.entries.map(({ ms, did }) => `${ms} ${did}`)
  /** Lets time pass, and what was begun be done. */
  const pass = async (ms: number) => {
    clock.pass(ms)
    await new Promise(resolve => setImmediate(resolve))
  }

  it('ends with what it was for: a later freeze is not thawed by it', async () => {
    const { commands } = faults
    void commands.freeze(1, 400)
    await pass(100)
    commands.unfreeze(1)
    void commands.freeze(1)
    await pass(1000)
    expect(frozen.has(1)).toBe(true)
    expect(told()).toEqual([
      '0 broker 1 stands still for 400 ms',
      '100 broker 1 goes on',
      '100 broker 1 stands still',
    ])
  })

  it('likewise: a broker that was started and stopped by hand stays away', async () => {
    const { commands } = faults
    void commands.kill(2, 400)
    await pass(100)
    await commands.start(2)
    await commands.kill(2)
    await pass(1000)
    expect(cluster.nodes.isUp(2)).toBe(false)
    expect(told()).toEqual([
      '0 broker 2 went away, for 400 ms',
      '100 broker 2 came back',
      '100 broker 2 went away',
    ])
  })

  it('is the last one given, sooner or later than the one before', async () => {
    const { commands } = faults
    for (const [first, second] of [
      [400, 900],
      [900, 400],
    ] as const) {
      void commands.kill(2, first)
      void commands.kill(2, second)
      void commands.freeze(1, first)
      void commands.freeze(1, second)
      await pass(399)
      expect([cluster.nodes.isUp(2), frozen.has(1)]).toEqual([false, true])
      await pass(1)
      expect([cluster.nodes.isUp(2), frozen.has(1)]).toEqual([second === 400, second !== 400])
      await pass(1000)
    }
    expect(told().slice(0, 6)).toEqual([
      '0 broker 2 went away, for 400 ms',
      '0 broker 2 stays away, for 900 ms',
      '0 broker 1 stands still for 400 ms',
      '0 broker 1 goes on standing still for 900 ms',
      '1400 broker 1 goes on',
      '1400 broker 2 came back',
    ])
    expect(done.filter(what => what === 'start 2')).toHaveLength(2)
  })

  it('is taken away by a stop or a freeze without one', async () => {
    const { commands } = faults
    void commands.kill(2, 400)
    void commands.kill(2)
    void commands.freeze(1, 400)
    void commands.freeze(1)
    await pass(1000)
    expect([cluster.nodes.isUp(2), frozen.has(1)]).toEqual([false, true])
    expect(told()[1]).toBe('0 broker 2 stays away')
    expect(told()[3]).toBe('0 broker 1 goes on standing still')
  })

  it('is not that of a kill by a rule, when the broker was stopped before its turn', async () => {
    faults.addAll([{ do: { delay: '1h' } }, { do: { kill: { for: '1ms' } } }])
    const closed = new AbortController()
    const fate = ask(closed.signal)
    await pass(0)
    void faults.commands.kill(1)
    closed.abort()
    expect(await fate).toEqual(new Faulted(undefined))
    await pass(1000)
    expect(cluster.nodes.isUp(1)).toBe(false)
    expect(told()).toEqual(['0 answered 3600000 ms later', '0 broker 1 went away'])
  })

  it('of a freeze is over when the broker is killed', async () => {
    const { commands } = faults
    void commands.freeze(1, 400)
    await commands.kill(1)
    await commands.start(1)
    void commands.freeze(1)
    await pass(1000)
    expect(frozen.has(1)).toBe(true)
  })
})

describe('what changes nothing', () => {
  it('is not done, has no line in the log and moves no coordinator', async () => {
    const { commands, log } = faults
    const epoch = cluster.nodes.coordinatorEpoch
    await commands.start(1)
    commands.unfreeze(1)
    expect([log.entries, done, cluster.nodes.coordinatorEpoch]).toEqual([[], [], epoch])
    await commands.kill(2)
    void commands.freeze(1)
    const after = cluster.nodes.coordinatorEpoch
    await commands.kill(2)
    void commands.freeze(1)
    expect(log.entries.map(({ action }) => action)).toEqual(['kill', 'freeze'])
    expect(cluster.nodes.coordinatorEpoch).toBe(after)
  })

  it('is a freeze of a broker that is down: it is refused, by a rule it is told', async () => {
    await faults.commands.kill(2)
    expect(() => faults.commands.freeze(2)).toThrow(new RangeError('broker 2 is down'))
    faults.add({ when: { at: '1s' }, do: { freeze: { broker: 2 } } })
    faults.add({ when: { api: 'Heartbeat' }, do: { freeze: { broker: 2 } } })
    clock.pass(1000)
    meet()
    const nothing = 'nothing frozen: broker 2 is down'
    expect(faults.log.entries.slice(1).map(({ rule, did }) => [rule, did])).toEqual([
      ['f1', nothing],
      ['f2', nothing],
    ])
  })
})

describe('more than 1,000 rules', () => {
  const rule = { do: { error: 'NOT_COORDINATOR' } } as const
  const short = { when: { until: '1s' }, ...rule }

  it('the oldest that will not fire again make room', () => {
    faults.add(rule)
    faults.addAll(Array(999).fill(short))
    clock.pass(1000)
    faults.addAll([rule, rule])
    const ids = faults.list().map(({ id }) => id)
    expect([ids.length, ...ids.slice(0, 2), ids.at(-1)]).toEqual([1000, 'f1', 'f4', 'f1002'])
  })

  it('those that may still fire do not', () => {
    faults.addAll(Array(999).fill(rule))
    faults.add(short)
    expect(() => faults.add(rule)).toThrow('rules is 1001: expected at most 1000 rules that may still fire')
    clock.pass(1000)
    expect(() => faults.addAll([rule, rule])).toThrow('rules is 1001: expected at most 1000')
    expect(faults.list()).toHaveLength(1000)
    faults.add(rule)
  })
})

describe('the log', () => {
  it('keeps the last 10,000, and counts what fell out', () => {
    const log = new FaultLog(() => 1.23456)
    for (let n = 0; n < 2 * LOG_ENTRIES + 5; n++) log.add({ action: 'delay', did: `${n}` })
    expect([log.dropped, log.entries.length]).toEqual([LOG_ENTRIES + 5, LOG_ENTRIES])
    expect(log.entries[0]).toMatchObject({ n: LOG_ENTRIES + 6, did: `${LOG_ENTRIES + 5}`, ms: 1.235 })
    expect(log.after(2 * LOG_ENTRIES + 3).map(({ n }) => n)).toEqual([
      2 * LOG_ENTRIES + 4,
      2 * LOG_ENTRIES + 5,
    ])
    expect(log.after(0)).toHaveLength(LOG_ENTRIES)
    expect(log.after(1e9)).toEqual([])
  })
})

describe('delays', () => {
  const drawn = (draw: ReturnType<typeof uniform>) => {
    const random = randomOf(1)
    return Array.from({ length: 20_000 }, () => draw(random)).sort((a, b) => a - b)
  }
  const at = (values: readonly number[], part: number) => values[Math.floor(values.length * part)]!

  it('uniform: between its bounds', () => {
    const values = drawn(uniform(10, 20))
    expect([Math.floor(values[0]!), Math.ceil(values.at(-1)!)]).toEqual([10, 20])
    expect(at(values, 0.5)).toBeCloseTo(15, 0)
  })

  it('normal: around its mean, never below 0', () => {
    const values = drawn(normal(100, 10))
    expect(at(values, 0.5)).toBeCloseTo(100, 0)
    expect(Math.abs(at(values, 0.8413) - 110)).toBeLessThan(1)
    expect(drawn(normal(0, 10))[0]).toBe(0)
  })

  it('lognormal: by median and 99th percentile', () => {
    const values = drawn(lognormal(10, 80))
    expect(Math.abs(at(values, 0.5) - 10)).toBeLessThan(0.5)
    expect(Math.abs(at(values, 0.99) - 80)).toBeLessThan(5)
  })
})
