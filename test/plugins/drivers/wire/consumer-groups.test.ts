/** Groups whose members keep what they have while others come and go: cooperative ones, and those of KIP-848. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConsumerOptions, RunEvent } from '../../../../core/plugin.ts'
import type { FaultAction } from '../../../../plugins/broker/faults/rule.ts'
import { Cluster } from '../../../../plugins/drivers/wire/cluster.ts'
import { WireConsumer } from '../../../../plugins/drivers/wire/consumer/consumer.ts'
import { errorCodes } from '../../../../plugins/protocol/errors.ts'
import { fetch, listOffsets } from '../../../../plugins/protocol/messages/fetch.ts'
import { consumerGroupHeartbeat, findCoordinator } from '../../../../plugins/protocol/messages/groups.ts'
import { metadata } from '../../../../plugins/protocol/messages/metadata.ts'
import { offsetCommit, offsetFetch } from '../../../../plugins/protocol/messages/offsets.ts'
import { encodeBatch } from '../../../../plugins/protocol/records.ts'
import { Fixture, identities, keepReading, now, read, soon, until, valuesOf } from './consumer/fixture.ts'
import { driverFor } from './driver.ts'
import { type Scripted, script, startScripted } from './scripted.ts'

let f: Fixture
beforeAll(async () => {
  f = await Fixture.open(3)
})
afterAll(() => f.close())

const rebalances = (events: readonly RunEvent[]) =>
  events.filter(each => each.kind === 'rebalance').map(each => [each.step, each.lost])
const sizes = (...all: { position(): readonly unknown[] }[]) => all.map(each => each.position().length)
const partitions = (...all: { position(): readonly { partition: number }[] }[]) =>
  all.flatMap(each => each.position()).map(each => each.partition)

const kinds: [string, Partial<ConsumerOptions>][] = [
  ['cooperative', { assignor: 'cooperative-sticky' }],
  ['epoch', { protocol: 'consumer' }],
]

describe.each(kinds)('members of a group that is %s', (kind, options) => {
  it('read every record once while others come and go, and keep what does not move', async () => {
    const topic = await f.topic(6)
    const group = `${kind}-moving`
    const one = await f.member(topic, group, options)
    const first = keepReading(one)
    let sent = 0
    let producing = true
    const produced = (async () => {
      for (; producing; sent++) await f.write(topic, sent % 6, ['a', 'b', 'c', 'd', 'e'])
    })()
    await until('the first member reads', () => first.records.length > 200)
    const before = partitions(one)
    const two = await f.member(topic, group, options)
    const second = keepReading(two)
    await until('three each', () => sizes(one, two).join() === '3,3')
    expect(partitions(one).every(each => before.includes(each))).toBe(true)
    expect(partitions(one, two).sort()).toEqual([0, 1, 2, 3, 4, 5])
    await until('the second reads', () => second.records.length > 200)
    await second.stop()
    await two.leave()
    await until('the first has all again', () => sizes(one).join() === '6')
    producing = false
    await produced
    const all = () => identities([...first.records, ...second.records])
    await until('everything is read', () => all().length >= 5 * sent)
    await first.stop()
    expect(new Set(all()).size).toBe(all().length)
    expect(all()).toHaveLength(5 * sent)
    expect(rebalances(one.events)).toEqual([
      ['start', 0],
      ['end', 3],
      ['start', 0],
      ['end', 0],
    ])
    await one.leave()
  })

  it('miss nothing that is produced once all have subscribed, wherever partitions go then', async () => {
    for (let round = 0; round < 3; round++) {
      const topic = await f.topic(6)
      await f.fill(topic, 6, 60)
      // positions take longer than it takes others to join
      const rule = f.broker.faults.add({ when: { api: 'ListOffsets', topic }, do: { delay: '300ms' } })
      const members = await Promise.all(
        [1, 2, 3].map(() => f.member(topic, `${kind}-${topic}`, { ...options, from: 'latest' })),
      )
      const values = await f.fill(topic, 6, 300, 1000)
      const readers = members.map(keepReading)
      const all = () => valuesOf(readers.flatMap(each => each.records))
      await until('all is read', () => all().length >= 300)
      await until('two each', () => sizes(...members).join() === '2,2,2')
      rule.remove()
      expect(all()).toEqual(values)
      await Promise.all(readers.map(each => each.stop()))
      await Promise.all(members.map(each => each.leave()))
    }
  })

  it('have what a killed one had, once its session is over', async () => {
    const topic = await f.topic(4)
    const members = await Promise.all(
      [1, 2].map(() =>
        f.member(topic, `${kind}-killed`, { ...options, from: 'earliest' }, { sessionMs: 1000 }),
      ),
    )
    await until('two each', () => sizes(...members).join() === '2,2')
    const values = await f.fill(topic, 4, 80)
    members[1]!.kill()
    expect(members[1]!.position()).toEqual([])
    expect(valuesOf(await read(members[0]!, 80))).toEqual(values)
    expect(sizes(members[0]!)).toEqual([4])
    await members[0]!.leave()
  })

  it('come back to their partitions without a rebalance when they are static', async () => {
    const topic = await f.topic(4)
    const group = `${kind}-static`
    const one = await f.member(topic, group, { ...options, instance: 'a' })
    const two = await f.member(topic, group, { ...options, instance: 'b' })
    await until('two each', () => sizes(one, two).join() === '2,2')
    const before = two.position()
    const disturbed = rebalances(one.events)
    await two.leave()
    const again = await f.member(topic, group, { ...options, instance: 'b' })
    await until('two again', () => sizes(again).join() === '2')
    expect(again.position()).toEqual(before)
    const values = await f.fill(topic, 4, 80)
    expect(valuesOf([...(await read(one, 40)), ...(await read(again, 40))])).toEqual(values)
    expect(rebalances(one.events)).toEqual(disturbed)
    one.kill()
    again.kill()
  })

  it('read partitions that the topic gets', async () => {
    const topic = await f.topic(2)
    const quick = { metadataMs: 50 }
    const members = await Promise.all(
      [1, 2].map(() => f.member(topic, `${kind}-growing`, { ...options, from: 'earliest' }, quick)),
    )
    await until('one each', () => sizes(...members).join() === '1,1')
    await f.grow(topic, 4)
    await until('two each', () => sizes(...members).join() === '2,2')
    const values = await f.fill(topic, 4, 80)
    expect(valuesOf([...(await read(members[0]!, 40)), ...(await read(members[1]!, 40))])).toEqual(values)
    await Promise.all(members.map(each => each.leave()))
  })

  it('stay paused through a rebalance', async () => {
    const topic = await f.topic(4)
    const one = await f.member(topic, `${kind}-paused`, { ...options, from: 'earliest' })
    one.pause()
    const two = await f.member(topic, `${kind}-paused`, { ...options, from: 'earliest' })
    await until('two each', () => sizes(one, two).join() === '2,2')
    const values = await f.fill(topic, 4, 80)
    const read2 = await read(two, 40)
    expect(await read(one, 0)).toEqual([])
    one.resume()
    expect(valuesOf([...(await read(one, 40)), ...read2])).toEqual(values)
    await Promise.all([one.leave(), two.leave()])
  })

  it('commit what they give up before another one has it, and nothing by themselves when told so', async () => {
    const topic = await f.topic(2)
    const group = `${kind}-quiet`
    const quiet = { ...options, from: 'earliest', commitUs: 0 } as const
    const one = await f.member(topic, `${group}-not`, options, { commitMs: 60_000 })
    await f.fill(topic, 2, 20)
    await read(one, 20)
    const two = await f.member(topic, `${group}-not`, options)
    await until('one each', () => sizes(one, two).join() === '1,1')
    expect(await read(two, 0)).toEqual([])
    await Promise.all([one.leave(), two.leave()])
    const three = await f.member(topic, group, quiet)
    await read(three, 20)
    await three.leave()
    expect(await f.committed(group, topic, 2)).toEqual([0, 0])
    const four = await f.member(topic, group, quiet)
    await read(four, 20)
    await four.commit()
    expect(await f.committed(group, topic, 2)).toEqual([10, 10])
    await four.leave()
  })

  it('deliver nothing of a partition that was taken away, though it was there to be polled', async () => {
    const topic = await f.topic(2)
    const group = `${kind}-waiting`
    const one = await f.member(topic, group, { ...options, from: 'earliest' })
    const values = await f.fill(topic, 2, 20)
    // it fetches all of it, and nobody polls
    await new Promise(resolve => setTimeout(resolve, 200))
    const two = await f.member(topic, group, { ...options, from: 'earliest' })
    await until('one each', () => sizes(one, two).join() === '1,1')
    const all = [...(await read(one, 10)), ...(await read(two, 10))]
    expect(valuesOf(all)).toEqual(values)
    await Promise.all([one.leave(), two.leave()])
  })

  it('deliver nothing of a partition that was taken away, though its answer comes late', async () => {
    const topic = await f.topic(2)
    const group = `${kind}-late`
    const one = await f.member(topic, group, { ...options, from: 'earliest' }, { maxWaitMs: 20 })
    const reading = keepReading(one)
    // each answer is on its way for longer than the rebalance takes
    const rule = f.broker.faults.add({ when: { api: 'Fetch', topic }, do: { delay: '400ms' } })
    await f.fill(topic, 2, 20)
    const two = await f.member(topic, group, { ...options, from: 'earliest' }, { maxWaitMs: 20 })
    await until('one each', () => sizes(one, two).join() === '1,1')
    const moved = partitions(two)
    const early = reading.records.filter(each => moved.includes(each.partition)).length
    const late = await read(two, 10 - early)
    await reading.stop()
    rule.remove()
    const all = identities([...reading.records, ...late])
    expect(new Set(all).size).toBe(all.length)
    await Promise.all([one.leave(), two.leave()])
  })
})

type Mishap = [api: string, action: FaultAction, times: number, after?: number]
const mishaps: Mishap[] = [
  ['FindCoordinator', { error: 'COORDINATOR_NOT_AVAILABLE' }, 2],
  ['OffsetFetch', { error: 'COORDINATOR_LOAD_IN_PROGRESS' }, 2],
  ['OffsetFetch', { close: true }, 1],
  ['OffsetCommit', { error: 'NOT_COORDINATOR' }, 2],
  ['ListOffsets', { error: 'NOT_LEADER_OR_FOLLOWER' }, 2],
]
it.each<[kind: string, ...Mishap]>([
  ...mishaps.map((mishap): [kind: string, ...Mishap] => ['cooperative', ...mishap]),
  ['cooperative', 'JoinGroup', { error: 'NOT_COORDINATOR' }, 2],
  ['cooperative', 'JoinGroup', { error: 'UNKNOWN_MEMBER_ID' }, 1, 2],
  ['cooperative', 'JoinGroup', { close: { applied: true } }, 1, 3],
  ['cooperative', 'SyncGroup', { error: 'REBALANCE_IN_PROGRESS' }, 1, 1],
  ['cooperative', 'SyncGroup', { close: true }, 1, 1],
  ['cooperative', 'Heartbeat', { error: 'ILLEGAL_GENERATION' }, 1],
  ['cooperative', 'Heartbeat', { moveCoordinator: 'next' }, 3],
  ...mishaps.map((mishap): [kind: string, ...Mishap] => ['epoch', ...mishap]),
  ['epoch', 'OffsetFetch', { error: 'STALE_MEMBER_EPOCH' }, 2],
  ['epoch', 'OffsetCommit', { error: 'STALE_MEMBER_EPOCH' }, 2],
  ['epoch', 'ConsumerGroupHeartbeat', { error: 'NOT_COORDINATOR' }, 2],
  ['epoch', 'ConsumerGroupHeartbeat', { error: 'COORDINATOR_LOAD_IN_PROGRESS' }, 2, 1],
  ['epoch', 'ConsumerGroupHeartbeat', { close: true }, 2, 2],
  ['epoch', 'ConsumerGroupHeartbeat', { close: { applied: true } }, 2, 2],
  ['epoch', 'ConsumerGroupHeartbeat', { error: { code: 'FENCED_MEMBER_EPOCH', applied: true } }, 1, 3],
  ['epoch', 'ConsumerGroupHeartbeat', { moveCoordinator: 'next' }, 3],
])('%s members read on, nothing lost, after %s: %j', async (kind, api, action, times, after = 0) => {
  const options = kinds.find(([name]) => name === kind)![1]
  const topic = await f.topic(4)
  const rule = f.broker.faults.add({ when: { api, times, after }, do: action })
  const one = await f.member(topic, `${topic}-mishap`, { ...options, from: 'earliest' })
  const two = await f.member(topic, `${topic}-mishap`, { ...options, from: 'earliest' })
  const readers = [one, two].map(keepReading)
  for (let i = 0; i < 10; i++) {
    await f.write(topic, i % 4, ['a', 'b'])
    await new Promise(resolve => setTimeout(resolve, 30))
  }
  const all = () => new Set(identities(readers.flatMap(each => each.records)))
  await until('all is read', () => all().size >= 20)
  await until('two each', () => sizes(one, two).join() === '2,2')
  expect(readers.map(each => each.failure)).toEqual([undefined, undefined])
  rule.remove()
  await Promise.all(readers.map(each => each.stop()))
  await Promise.all([one.leave(), two.leave()])
  expect(await f.committed(`${topic}-mishap`, topic, 4)).toEqual([6, 6, 4, 4])
})

it('an epoch that the group does not know ends what the member had: it joins anew', async () => {
  const topic = await f.topic(2)
  const options = { protocol: 'consumer', from: 'earliest' } as const
  const one = await f.member(topic, 'fenced-epoch', options, { commitMs: 60_000 })
  const values = await f.fill(topic, 2, 20)
  expect(valuesOf(await read(one, 20))).toEqual(values)
  await one.commit()
  const { memberId } = one.membership!
  for (const error of ['FENCED_MEMBER_EPOCH', 'UNKNOWN_MEMBER_ID'] as const) {
    const told = rebalances(one.events).length
    f.broker.faults.add({ when: { api: 'ConsumerGroupHeartbeat', times: 1 }, do: { error } })
    await until('it is told', () => rebalances(one.events).length >= told + 1)
    await until('it has all again', () => rebalances(one.events).length >= told + 2)
    expect(sizes(one)).toEqual([2])
  }
  expect(one.membership!.memberId).toBe(memberId)
  expect(await read(one, 0)).toEqual([])
  const more = await f.fill(topic, 2, 20, 100)
  expect(valuesOf(await read(one, 20))).toEqual(more)
  const told = rebalances(one.events).length
  f.broker.faults.add({
    when: { api: 'ConsumerGroupHeartbeat', times: 1 },
    do: { error: 'FENCED_MEMBER_EPOCH' },
  })
  await until('it has begun anew', () => rebalances(one.events).length >= told + 2)
  expect(await f.committed('fenced-epoch', topic, 2), 'nothing is said of what was lost').toEqual([10, 10])
  await one.leave()
})

it('what the group has given to others is not committed any more, whoever asks for it', async () => {
  const topic = await f.topic(2)
  const options = { protocol: 'consumer', from: 'earliest' } as const
  const one = await f.member(topic, 'fenced-commit', options, { commitMs: 60_000 })
  await f.fill(topic, 2, 20)
  await read(one, 20)
  const fence = async (meanwhile: () => Promise<void>) => {
    const told = rebalances(one.events).length
    const api = 'ConsumerGroupHeartbeat'
    f.broker.faults.add({ when: { api, times: 1 }, do: { error: 'FENCED_MEMBER_EPOCH' } })
    f.broker.faults.add({ when: { api, after: 1, times: 3 }, do: { error: 'COORDINATOR_LOAD_IN_PROGRESS' } })
    await until('it is told', () => rebalances(one.events).length > told)
    await meanwhile()
    await until('it has begun anew', () => rebalances(one.events).length > told + 1)
  }
  await fence(() => one.commit())
  expect(await f.committed('fenced-commit', topic, 2), 'what it does not have').toEqual([0, 0])
  // one that was begun before
  const rule = f.broker.faults.add({ when: { api: 'OffsetCommit' }, do: { error: 'STALE_MEMBER_EPOCH' } })
  const late = one.commit([{ topic, partition: 0, offset: 7 }])
  const refused = expect(late).rejects.toThrow('STALE_MEMBER_EPOCH')
  await fence(async () => {
    await new Promise(resolve => setTimeout(resolve, 100))
    rule.remove()
  })
  await refused
  expect(await f.committed('fenced-commit', topic, 2)).toEqual([0, 0])
  await one.leave()
})

it('a member that is fenced while it gives something up begins with nothing of before', async () => {
  const topicId = `${'A'.repeat(21)}Q`
  let beats = 0
  let shrinks: 'not yet' | 'now' | 'told' = 'not yet'
  let commits = 0
  let fenced = false
  let positionsAfter = 0
  const broker: Scripted = await startScripted([
    script(metadata, [12, 12], () => ({
      brokers: [{ nodeId: 1, host: '127.0.0.1', port: broker.port }],
      topics: [
        {
          name: 't',
          topicId,
          partitions: [0, 1].map(partitionIndex => ({ partitionIndex, leaderId: 1, leaderEpoch: 0 })),
        },
      ],
    })),
    script(findCoordinator, [4, 4], ({ coordinatorKeys: [key = ''] }) => ({
      coordinators: [{ key, nodeId: 1, host: '127.0.0.1', port: broker.port }],
    })),
    script(consumerGroupHeartbeat, [1, 1], ({ memberId }) => {
      const answer = (errorCode: number, partitions?: number[]) => {
        const assignment = partitions ? { topicPartitions: [{ topicId, partitions }] } : null
        return { errorCode, memberId, memberEpoch: 1, heartbeatIntervalMs: 20, assignment }
      }
      if (fenced) return answer(errorCodes.COORDINATOR_LOAD_IN_PROGRESS)
      if (beats++ === 0) return answer(0, [0, 1])
      if (shrinks === 'now') {
        shrinks = 'told'
        return answer(0, [0])
      }
      // while it tries to commit what it gives up
      fenced = commits > 1
      return answer(fenced ? errorCodes.FENCED_MEMBER_EPOCH : 0)
    }),
    script(offsetFetch, [9, 9], ({ groups }) => {
      if (fenced) positionsAfter++
      const topics = groups[0]!.topics!.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map(partitionIndex => ({ partitionIndex, committedOffset: 5 })),
      }))
      return { groups: [{ groupId: 'g', topics }] }
    }),
    script(listOffsets, [7, 7], ({ topics }) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, offset: 10 })),
      })),
    })),
    script(offsetCommit, [9, 9], ({ topics }) => {
      commits++
      const errorCode = fenced ? 0 : errorCodes.STALE_MEMBER_EPOCH
      return {
        topics: topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
        })),
      }
    }),
    script(fetch, [12, 12], ({ topics }) => ({
      // there is no waiting for more here
      throttleTimeMs: 20,
      responses: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition: partitionIndex, fetchOffset }) => ({
          partitionIndex,
          highWatermark: 10,
          lastStableOffset: 10,
          records: Number(fetchOffset) === 5 ? encodeBatch([{}], { baseOffset: 5 }) : null,
        })),
      })),
    })),
  ])
  const cluster = new Cluster([broker.address], { timeoutMs: 5000 })
  const own = { group: 'g', protocol: 'consumer', from: 'earliest', timeoutUs: 5_000_000 } as const
  const quick = { heartbeatMs: 20, commitMs: 60_000 }
  const consumer = await WireConsumer.open(cluster, own, now, quick)
  await consumer.subscribe(['t'])
  const reading = keepReading(consumer)
  await until('there is something to commit', () => reading.records.length === 2)
  shrinks = 'now'
  await until('it is fenced', () => fenced)
  await new Promise(resolve => setTimeout(resolve, 600))
  await reading.stop()
  expect(positionsAfter).toBe(0)
  consumer.kill()
  cluster.close()
  broker.close()
})

it('a broker without KIP-848 is told at once, and what to do', async () => {
  f.broker.faults.add({
    when: { api: 'ConsumerGroupHeartbeat', times: 1 },
    do: { error: 'UNSUPPORTED_VERSION' },
  })
  const topic = await f.topic(1)
  const consumer = await f.consumer({ group: 'too-new', protocol: 'consumer' })
  await expect(consumer.subscribe([topic])).rejects.toThrow(
    'it has no consumer groups of KIP-848. Use Apache Kafka 4.0 or later with group.version 1, or set consumers.protocol to classic.',
  )
})

it('an instance that another member has is refused, and said why', async () => {
  const topic = await f.topic(1)
  const options = { protocol: 'consumer', instance: 'a' } as const
  const one = await f.member(topic, 'taken', options)
  const two = await f.consumer({ group: 'taken', ...options })
  await expect(two.subscribe([topic])).rejects.toThrow(
    'group taken: UNRELEASED_INSTANCE_ID (another consumer has instance a, and has not left or is not given up yet)',
  )
  one.kill()
})

it('asks for what the options say', async () => {
  const asked: unknown[] = []
  const broker = await startScripted([
    script(metadata, [12, 12], () => ({
      brokers: [{ nodeId: 1, host: '127.0.0.1', port: broker.port }],
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, leaderId: 1, leaderEpoch: 0 }] }],
    })),
    script(fetch, [12, 12], ({ minBytes, maxWaitMs, maxBytes, topics }) => {
      asked.push({
        minBytes,
        maxWaitMs,
        maxBytes,
        partitionMaxBytes: topics[0]!.partitions[0]!.partitionMaxBytes,
      })
      return asked.length > 1 ? 'close' : { responses: [] }
    }),
  ])
  const cluster = new Cluster([broker.address], { timeoutMs: 5000 })
  const settings = { minBytes: 5, maxWaitUs: 30_000, maxBytes: 70_000, maxPartitionBytes: 9000 }
  const consumer = await WireConsumer.open(cluster, { fetch: settings, timeoutUs: 5_000_000 }, now)
  await consumer.assign([{ topic: 't', partition: 0, offset: 0 }])
  await until('it is asked', () => asked.length > 0)
  expect(asked[0]).toEqual({ minBytes: 5, maxWaitMs: 30, maxBytes: 70_000, partitionMaxBytes: 9000 })
  consumer.kill()
  cluster.close()
  broker.close()
})

it('a broker that has never heard of KIP-848 is told before anything is begun', async () => {
  const broker = await startScripted([script(metadata, [12, 12], () => ({}))])
  const driver = driverFor(broker.address)
  await expect(driver.consumer({ group: 'g', protocol: 'consumer', timeoutUs: 5_000_000 })).rejects.toThrow(
    `cannot connect to ${broker.address}: it has no consumer groups of KIP-848. Use Apache Kafka 4.0 or later`,
  )
  await driver.close(soon())
  broker.close()
})
