import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RunEvent } from '../../../../core/plugin.ts'
import type { FaultAction } from '../../../../plugins/broker/faults/rule.ts'
import { Fixture, identities, keepReading, read, until, valuesOf } from './consumer/fixture.ts'

let f: Fixture
beforeEach(async () => {
  f = await Fixture.open(3)
})
afterEach(() => f.close())

const codes = (events: readonly RunEvent[]) =>
  events.map(each => (each.kind === 'error' ? each.code : each.kind))
const from = (topic: string, partitions: number) =>
  Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: 0 }))
/** Every identity once. */
const each = (partitions: number, count: number) =>
  Array.from({ length: partitions }, (_, p) => Array.from({ length: count }, (_, i) => `${p}:${i}`))
    .flat()
    .sort()

describe('reading goes on, without a record lost or twice,', () => {
  it('while leaders move', async () => {
    const topic = await f.topic(3)
    const consumer = await f.assigned(from(topic, 3), {}, { maxWaitMs: 20 })
    const reading = keepReading(consumer)
    for (let i = 0; i < 30; i++) {
      for (const partition of [0, 1, 2]) await f.write(topic, partition, ['a', 'b'])
      for (const partition of [0, 1, 2]) f.broker.moveLeader(topic, partition, 1 + ((i + partition) % 3))
    }
    await until('all is read', () => reading.records.length >= 180)
    await reading.stop()
    expect(identities(reading.records).sort()).toEqual(each(3, 60))
    expect(consumer.position().map(one => one.offset)).toEqual([60, 60, 60])
    await consumer.leave()
  })

  it('when brokers go and come back, the coordinator among them', async () => {
    const topic = await f.topic(3)
    const consumer = await f.member(topic, 'going', { from: 'earliest' })
    const reading = keepReading(consumer)
    let round = 0
    for (const id of [1, 2, 3]) {
      const write = async () => {
        for (const partition of [0, 1, 2]) await f.write(topic, partition, ['x', 'y'])
        round++
      }
      await write()
      await until('all is read', () => reading.records.length >= round * 6)
      if (id === 1) continue // raw requests go there
      await f.broker.stopBroker(id)
      await write()
      await until('all is read without it', () => reading.records.length >= round * 6)
      await f.broker.startBroker(id)
    }
    await reading.stop()
    expect(identities(reading.records).sort()).toEqual(each(3, round * 2))
    expect(new Set(codes(consumer.events))).not.toContain('CommitFailed')
    await consumer.leave()
    expect(await f.committed('going', topic, 3)).toEqual([round * 2, round * 2, round * 2])
  })

  it.each<[FaultAction, string]>([
    [{ error: 'NOT_LEADER_OR_FOLLOWER' }, 'NOT_LEADER_OR_FOLLOWER'],
    [{ error: 'FENCED_LEADER_EPOCH' }, 'FENCED_LEADER_EPOCH'],
    [{ error: 'UNKNOWN_SERVER_ERROR' }, 'UNKNOWN_SERVER_ERROR'],
    [{ error: 'KAFKA_STORAGE_ERROR' }, 'KAFKA_STORAGE_ERROR'],
    [{ close: true }, 'ConnectionClosed'],
    [{ partialFrame: true }, 'ConnectionClosed'],
    [{ corrupt: 'records' }, 'CORRUPT_MESSAGE'],
    [{ throttle: '30ms' }, 'throttle'],
  ])('after %j', async (action, expected) => {
    const topic = await f.topic(2)
    const values = await f.fill(topic, 2, 100)
    f.broker.faults.add({ when: { api: 'Fetch', times: 2 }, do: action })
    const consumer = await f.assigned(from(topic, 2))
    const records = await read(consumer, 100)
    expect(valuesOf(records)).toEqual(values)
    expect([...new Set(codes(consumer.events))]).toEqual([expected])
    await consumer.leave()
  })

  it('after an answer that is none', async () => {
    const topic = await f.topic(1)
    const values = await f.fill(topic, 1, 50)
    f.broker.faults.add({
      when: { api: 'Fetch', times: 1, seed: 3 },
      do: { corrupt: { anywhere: { bytes: 20 } } },
    })
    const consumer = await f.assigned(from(topic, 1))
    expect(valuesOf(await read(consumer, 50))).toEqual(values)
    const told = ['Protocol', 'CORRUPT_MESSAGE', 'UNKNOWN_TOPIC_OR_PARTITION']
    expect(codes(consumer.events).filter(one => told.includes(one))).not.toEqual([])
    await consumer.leave()
  })
})

describe('a member stays one', () => {
  it.each<[string, FaultAction, number, number?]>([
    ['FindCoordinator', { error: 'COORDINATOR_NOT_AVAILABLE' }, 2],
    ['JoinGroup', { error: 'NOT_COORDINATOR' }, 2],
    ['JoinGroup', { error: 'COORDINATOR_LOAD_IN_PROGRESS' }, 2],
    ['JoinGroup', { error: 'UNKNOWN_MEMBER_ID' }, 1],
    ['JoinGroup', { close: { applied: true } }, 1, 1],
    ['SyncGroup', { error: 'REBALANCE_IN_PROGRESS' }, 1],
    ['SyncGroup', { error: 'NOT_COORDINATOR' }, 1],
    ['SyncGroup', { close: true }, 1],
    ['Heartbeat', { error: 'NOT_COORDINATOR' }, 2],
    ['Heartbeat', { error: 'REBALANCE_IN_PROGRESS' }, 1],
    ['Heartbeat', { error: 'ILLEGAL_GENERATION' }, 1],
    ['Heartbeat', { close: true }, 2],
    ['Heartbeat', { moveCoordinator: 'next' }, 3],
    ['OffsetFetch', { error: 'COORDINATOR_LOAD_IN_PROGRESS' }, 2],
    ['OffsetFetch', { error: 'UNSTABLE_OFFSET_COMMIT' }, 2],
    ['OffsetCommit', { error: 'NOT_COORDINATOR' }, 2],
    ['ListOffsets', { error: 'NOT_LEADER_OR_FOLLOWER' }, 2],
  ])('after %s: %j', async (api, action, times, after = 0) => {
    f.broker.faults.add({ when: { api, times, after }, do: action })
    const topic = await f.topic(2)
    const consumer = await f.member(topic, 'staying', { from: 'earliest' })
    const reading = keepReading(consumer)
    for (let i = 0; i < 10; i++) {
      await f.write(topic, i % 2, ['a', 'b'])
      await new Promise(resolve => setTimeout(resolve, 30))
    }
    await until('all is read', () => reading.records.length >= 20)
    await reading.stop()
    expect(identities(reading.records).sort()).toEqual(each(2, 10))
    await consumer.commit()
    expect(await f.committed('staying', topic, 2)).toEqual([10, 10])
    await consumer.leave()
    expect((await f.group('staying')).members).toEqual([])
  })
})

describe('what will not get better is told at once', () => {
  it('a topic that must not be read', async () => {
    const topic = await f.topic()
    f.broker.faults.add({ when: { api: 'Fetch' }, do: { error: 'TOPIC_AUTHORIZATION_FAILED' } })
    const consumer = await f.assigned(from(topic, 1))
    const reading = keepReading(consumer)
    await until('it is told', () => reading.failure !== undefined)
    expect(reading.failure!.message).toBe(
      `partition 0 of ${topic} must not be read: TOPIC_AUTHORIZATION_FAILED`,
    )
    await consumer.leave()
  })

  it.each(['GROUP_AUTHORIZATION_FAILED', 'INCONSISTENT_GROUP_PROTOCOL', 'GROUP_MAX_SIZE_REACHED'] as const)(
    'a group that takes nobody: %s',
    async error => {
      const topic = await f.topic()
      f.broker.faults.add({ when: { api: 'JoinGroup' }, do: { error } })
      await expect(f.member(topic, 'closed')).rejects.toThrow(`joining group closed: ${error}`)
    },
  )

  it('a commit that is refused', async () => {
    const topic = await f.topic()
    const consumer = await f.member(topic, 'refused')
    f.broker.faults.add({ when: { api: 'OffsetCommit' }, do: { error: 'OFFSET_METADATA_TOO_LARGE' } })
    await expect(consumer.commit([{ topic, partition: 0, offset: 3 }])).rejects.toThrow(
      `committing partition 0 of ${topic} in group refused: OFFSET_METADATA_TOO_LARGE`,
    )
    consumer.kill()
  })
})
