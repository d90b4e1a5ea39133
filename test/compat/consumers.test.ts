/** Consumers at a real Apache Kafka: churn with kills, a backlog, groups beside each other, readers of committed records. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Config, type Result, type Run, run } from '../../core/index.ts'
import { consumers, kafkajsDriver, transactions, wireDriver } from '../../plugins/index.ts'
import { reads, sectionOf } from '../plugins/consumers/reading.ts'
import { javaTool } from './java.ts'
import { type RealKafka, startKafka } from './real-kafka.ts'

let kafka: RealKafka
beforeAll(async () => {
  kafka = await startKafka({
    settings: {
      'group.consumer.min.heartbeat.interval.ms': 100,
      'group.consumer.heartbeat.interval.ms': 500,
      'group.consumer.min.session.timeout.ms': 1000,
      'group.consumer.session.timeout.ms': 6000,
    },
  })
  // the first group makes Kafka's own topic, and its coordinator comes with that
  await load({ duration: '1s' })
}, 180_000)
afterAll(() => kafka.stop())

const load = (config: Config): Promise<Result> =>
  run({ brokers: [kafka.address], warmup: 0, rate: '500/s', timeout: '30s', ...config })

const classic = { sessionTimeout: '6s' }
const kinds = [
  ['wire', wireDriver, classic],
  ['wire, cooperative', wireDriver, { ...classic, assignor: 'cooperative-sticky' as const }],
  ['wire, KIP-848', wireDriver, { protocol: 'consumer' as const }],
  ['kafkajs', kafkajsDriver, classic],
] as const

// they take half a minute each, and next to nothing of the machine
describe.concurrent.each(kinds)('%s', (_, driver, group) => {
  it('churn with kills: nothing is lost, what is read again is counted', { timeout: 120_000 }, async ({
    expect,
  }) => {
    const { seen, plugin, again } = reads()
    const result = await load({
      rate: '500/s',
      duration: '30s',
      topic: { partitions: 6 },
      consumers: { count: 3, commit: '2s', from: 'earliest', ...group },
      plugins: [
        driver(),
        plugin,
        consumers.churn({
          schedule: [
            { at: '3s', what: 'leave', member: 2, for: '2s' },
            { at: '8s', what: 'kill', member: 0, for: '1s' },
            { at: '17s', what: 'kill', member: 1 },
          ],
        }),
      ],
    })
    expect(result.value('acked.count')).toBe(15_000)
    expect(seen.size).toBe(15_000)
    const { rebalances, lag } = sectionOf(result)
    expect(rebalances.redelivered).toBe(again())
    expect(again()).toBeGreaterThan(0)
    expect(rebalances.count).toBeGreaterThanOrEqual(3)
    // a killed member is given up after its session
    expect(rebalances.unownedUs).toBeGreaterThan(3_000_000)
    expect(rebalances.unownedUs).toBeLessThan(15_000_000)
    expect(lag).toMatchObject({ records: 0 })
    expect(result.streams['default']?.identity.holds).toBe(true)
  })
})

describe.each(kinds)('%s', (_, driver, group) => {
  it('a backlog is built and drained', { timeout: 60_000 }, async () => {
    const plugins = [driver(), consumers.backlog({ build: '5s' })]
    const result = await load({ rate: '5k/s', duration: '15s', plugins, consumers: { count: 2, ...group } })
    const { backlog, lag } = sectionOf(result)
    expect(backlog?.records).toBeGreaterThan(24_000)
    expect(backlog?.records).toBeLessThan(27_000)
    expect(backlog?.drainUs).toBeLessThan(8_000_000)
    expect(backlog?.rate).toBeGreaterThan(5000)
    expect(lag.max).toBeGreaterThan(18_000)
    expect(lag.records).toBe(0)
    expect(result.value('consumed.count')).toBe(75_000)
  })
})

it('groups each read all, and Kafka knows them by their names', { timeout: 60_000 }, async () => {
  const listed: string[] = []
  const looks = {
    name: 'looks',
    register: (r: Run) =>
      r.hooks.drain.tap(() => {
        const args = ['--bootstrap-server', kafka.address, '--list']
        listed.push(
          ...javaTool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', args).split('\n'),
        )
      }),
  }
  const group = { count: 2, groups: 3, group: 'billing' }
  const result = await load({ duration: '5s', consumers: group, plugins: [looks] })
  expect(result.value('consumed.count')).toBe(7500)
  expect(listed.filter(name => name.startsWith('billing')).sort()).toEqual([
    'billing-0',
    'billing-1',
    'billing-2',
  ])
})

it('readers of committed records stand beside readers of all', { timeout: 60_000 }, async () => {
  const result = await load({
    topic: 'ledger',
    duration: '8s',
    streams: {
      write: { consumers: 0, plugins: [transactions({ records: 50, abort: 0.2 })] },
      all: { producers: 0, consumers: { isolation: 'read_uncommitted' } },
      committed: { producers: 0, consumers: { isolation: 'read_committed' } },
    },
  })
  const counts = (stream: string) => result.streams[stream]!.phases.measure.counts
  const acked = counts('write').acked
  expect(acked).toBe(4000)
  expect(counts('all').consumed).toBe(acked)
  expect(counts('committed').consumed).toBeLessThan(acked * 0.95)
  expect(counts('committed').consumed).toBeGreaterThan(acked * 0.6)
  expect(result.streams['all']!.phases.measure.foreign).toBe(0)
  expect(result.value('committed.endToEnd.p50')).toBeGreaterThan(0)
  expect(sectionOf(result, 'committed').lag.records).toBe(0)
})

it('an existing topic is read from its beginning, and the run ends there', { timeout: 60_000 }, async () => {
  const admin = ['--bootstrap-server', kafka.address, '--create', '--topic', 'old', '--partitions', '4']
  javaTool('org.apache.kafka.tools.TopicCommand', admin)
  const topic = { name: 'old', existing: true }
  await load({ topic, rate: '20k/s', duration: '2s', consumers: 0 })
  const result = await run({
    brokers: [kafka.address],
    warmup: 0,
    topic,
    producers: 0,
    duration: '30s',
    consumers: { count: 2, from: 'earliest' },
    plugins: [consumers.backlog({ build: 0, stop: true })],
  })
  expect(result.streams['default']!.phases.measure.counts.consumed).toBe(40_000)
  expect(sectionOf(result).backlog).toMatchObject({ records: 40_000 })
  expect(result.run.stopped).toBe('consumers.backlog: the backlog is drained')
  expect(result.exitCode).toBe(0)
})
