/** Groups on the embedded broker, with the drivers as they are: who comes and goes, what is read, and what is told of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Config, type Result, run } from '../../../core/index.ts'
import {
  consumers,
  kafkajsDriver,
  type RunningBroker,
  startBroker,
  wireDriver,
} from '../../../plugins/index.ts'
import { reads, sectionOf } from './reading.ts'

let broker: RunningBroker
beforeAll(async () => {
  broker = await startBroker()
})
afterAll(() => broker.close())

const load = (config: Config): Promise<Result> =>
  run({ brokers: [...broker.addresses], warmup: 0, duration: '3s', rate: '500/s', timeout: '10s', ...config })

describe.concurrent.each([
  ['wire', wireDriver],
  ['kafkajs', kafkajsDriver],
])('%s', (name, driver) => {
  it('members that leave, are killed and come back lose nothing, and what is read again is counted', async () => {
    const { seen, plugin, again } = reads()
    const schedule = [
      { at: '1s', what: 'leave', member: 1, for: '500ms' },
      { at: '2500ms', what: 'kill', member: 0, for: '200ms' },
    ] as const
    const result = await load({
      rate: '400/s',
      duration: '6s',
      consumers: { count: 2, sessionTimeout: '1s', commit: '500ms', from: 'earliest' },
      topic: { partitions: 4 },
      plugins: [driver(), plugin, consumers.churn({ schedule: [...schedule] })],
    })
    expect(result.value('acked.count')).toBe(2400)
    expect(seen.size).toBe(2400)
    const { rebalances, lag } = sectionOf(result)
    expect(rebalances.redelivered).toBe(again())
    expect(rebalances.count).toBeGreaterThanOrEqual(2)
    // until the group gave the killed one up
    expect(rebalances.unownedUs).toBeGreaterThan(300_000)
    expect(rebalances.unownedUs).toBeLessThan(4_000_000)
    expect(lag.records).toBe(0)
    const steps = result.events.flatMap(e => (e.kind === 'member' ? [e.step] : []))
    expect(steps).toEqual(['leave', 'join', 'kill', 'join'])
    expect(result.streams['default']?.identity.holds).toBe(true)
  })

  it('what waits for a group that comes late is lag, without an owner', async () => {
    const result = await load({
      duration: '4s',
      consumers: { from: 'earliest' },
      plugins: [driver(), consumers.late({ after: '2500ms' })],
    })
    const { rebalances, lag } = sectionOf(result)
    expect(lag.max).toBeGreaterThan(900)
    expect(lag.behind).toBe(true)
    expect(lag.records).toBe(0)
    expect(rebalances.unownedUs).toBeGreaterThanOrEqual(2_500_000)
  })

  it('one group of two that is behind is behind', async () => {
    const result = await load({
      duration: '4s',
      consumers: { from: 'earliest', groups: 2 },
      plugins: [driver(), consumers.late({ after: '2800ms', group: 1 })],
    })
    const { lag } = sectionOf(result)
    expect(lag.max).toBeGreaterThan(900)
    expect(lag.max).toBeLessThan(1900)
    expect(lag.behind).toBe(true)
  })

  it('every group reads all', async () => {
    const { seen, plugin } = reads()
    const result = await load({
      consumers: { count: 2, groups: 3 },
      duration: '2s',
      plugins: [driver(), plugin],
    })
    expect(result.value('consumed.count')).toBe(3000)
    expect([...new Set(seen.values())]).toEqual([3])
    expect(seen.size).toBe(1000)
    expect(sectionOf(result).lag.groups).toHaveLength(3)
  })

  it('a backlog is drained', async () => {
    const plugins = [driver(), consumers.backlog({ build: '1s' })]
    const result = await load({ rate: '2k/s', plugins, consumers: 2 })
    const { backlog, lag } = sectionOf(result)
    expect(backlog?.records).toBeGreaterThan(1800)
    expect(backlog?.records).toBeLessThan(3500)
    expect(backlog?.drainUs).toBeLessThan(4_000_000)
    expect(lag.records).toBe(0)
    expect(result.value('consumed.count')).toBe(6000)
  })

  it('what was written before is read by a stream that only reads', async () => {
    const topic = { name: `written-${name}`, existing: true }
    const kafka = { brokers: [...broker.addresses], plugins: [driver()] }
    const { createClient } = await import('../../../core/index.ts')
    const client = await createClient({ brokers: [...broker.addresses], timeout: '5s' })
    await (await client.admin()).createTopic(topic.name, { partitions: 4 })
    await client.close()
    await run({ ...kafka, topic, warmup: 0, duration: '1s', rate: '3k/s', consumers: 0 })
    const result = await run({
      ...kafka,
      topic,
      warmup: 0,
      duration: '20s',
      producers: 0,
      consumers: { count: 2, from: 'earliest' },
      plugins: [driver(), consumers.backlog({ build: 0, stop: true })],
    })
    const { measure } = result.streams['default']!.phases
    expect(measure.counts).toMatchObject({ scheduled: 0, acked: 0, consumed: 3000 })
    expect(measure.foreign).toBe(3000)
    expect(measure.latency['endToEnd']).toBeUndefined()
    expect(sectionOf(result).backlog).toMatchObject({ records: 3000 })
    expect(result.run.stopped).toBe('consumers.backlog: the backlog is drained')
    expect(result.run.durationMs).toBeLessThan(6000)
    expect([result.verdict.state, result.exitCode]).toEqual(['valid', 0])
  })
})

describe.concurrent('by other protocols', () => {
  it.each([
    ['cooperative', { assignor: 'cooperative-sticky' }],
    ['KIP-848', { protocol: 'consumer' }],
  ] as const)('%s: a member that comes late takes over without a stop of the others', async (_, group) => {
    const { seen, plugin } = reads()
    const result = await load({
      duration: '5s',
      topic: { partitions: 6 },
      consumers: { count: 3, from: 'earliest', ...group },
      plugins: [plugin, consumers.late({ after: '1500ms', member: 2 })],
    })
    expect(seen.size).toBe(2500)
    expect(Math.max(...seen.values())).toBe(1)
    const { rebalances } = sectionOf(result)
    expect(rebalances.redelivered).toBe(0)
    expect(rebalances.count).toBeGreaterThanOrEqual(1)
    expect(rebalances.unownedUs).toBeLessThan(2_000_000)
    expect(result.events.filter(e => e.kind === 'member')).toMatchObject([{ step: 'join', member: 2 }])
  })
})

describe.concurrent('commits', () => {
  it.each(['poll', '100 records'])('%s: a killed member reads little again', async commit => {
    const { seen, plugin, again } = reads()
    const schedule = [{ at: '1500ms', what: 'kill', for: '100ms' }] as const
    const result = await load({
      duration: '4s',
      consumers: { commit, sessionTimeout: '1s', from: 'earliest' },
      plugins: [plugin, consumers.churn({ schedule: [...schedule] })],
    })
    expect(seen.size).toBe(2000)
    expect(again()).toBeLessThan(250)
    expect(sectionOf(result).rebalances.redelivered).toBe(again())
  })
  it('off: it reads all of it again', async () => {
    const { plugin, again } = reads()
    const schedule = [{ at: '1500ms', what: 'kill', for: '100ms' }] as const
    await load({
      duration: '4s',
      consumers: { commit: 'off', sessionTimeout: '1s', from: 'earliest' },
      plugins: [plugin, consumers.churn({ schedule: [...schedule] })],
    })
    expect(again()).toBeGreaterThan(600)
  })
})
