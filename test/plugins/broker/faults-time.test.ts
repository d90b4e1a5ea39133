/** Rules with a time, on a clock of their own; what a rule is about without any request. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Cluster } from '../../../plugins/broker/cluster.ts'
import type { Call } from '../../../plugins/broker/faults/call.ts'
import type { Operations } from '../../../plugins/broker/faults/commands.ts'
import { lognormal, normal, uniform } from '../../../plugins/broker/faults/delay.ts'
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

beforeEach(() => {
  clock = new HandClock()
  cluster = new Cluster({ retentionBytes: 65_536, partitions: 1, brokers: 2, retentionCheckMs: 300_000 })
  cluster.topics.create('orders', { partitions: 1, factor: 2 })
  done.length = 0
  const operations: Operations = {
    stopBroker: async id => void done.push(`stop ${id}`),
    startBroker: async id => void done.push(`start ${id}`),
    freezeBroker: async id => void done.push(`freeze ${id}`),
    unfreezeBroker: id => void done.push(`unfreeze ${id}`),
    moveLeader: (topic, partition, id) => void done.push(`leader ${topic}-${partition} ${id}`),
    moveCoordinator: (key, id) => void done.push(`coordinator ${key} ${id}`),
  }
  faults = new Faults(cluster, operations, line => done.push(line), clock)
})
afterEach(() => {
  faults.close()
  cluster.close()
})

function meet(): boolean {
  const request = { groupId: 'g', generationId: 1, memberId: 'm' }
  const closed = new AbortController().signal
  const context: Context = {
    ...{
      cluster,
      node: cluster.nodes.all[0]!,
      version: 3,
      clientId: 'c',
      clientHost: '',
      closed,
      connection: 1,
    },
    ...({} as Pick<Context, never>),
  }
  const call: Call = {
    api: heartbeat,
    correlationId: 1,
    request,
    context,
    handle: () => ({}),
    encode: () => [],
  }
  return faults.meet(call) !== undefined
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
    expect(faults.log.entries[4]!.did).toBe('nothing moved: partition 0 of "none" has no other replica')
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
