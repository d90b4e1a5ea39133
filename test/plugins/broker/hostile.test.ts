import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { handlers } from '../../../plugins/broker/api/table.ts'
import { type RunningBroker, startBroker } from '../../../plugins/broker/server.ts'
import { apiVersions } from '../../../plugins/protocol/messages/api-versions.ts'
import { describeGroups, joinGroup } from '../../../plugins/protocol/messages/groups.ts'
import { metadata } from '../../../plugins/protocol/messages/metadata.ts'
import { produce } from '../../../plugins/protocol/messages/produce.ts'
import { createTopics } from '../../../plugins/protocol/messages/topics.ts'
import type { Fields } from '../../../plugins/protocol/schema.ts'
import { messageOf } from '../protocol/arbitrary.ts'
import { batchOf, framed, frameOf, software, TestClient, until } from './client.ts'

const log: string[] = []
let broker: RunningBroker
let client: TestClient

beforeAll(async () => {
  broker = await startBroker({ retentionBytes: 1024 * 1024 }, line => log.push(line))
})
afterAll(() => broker.close())
beforeEach(async () => {
  log.length = 0
  client = await TestClient.to(broker.port)
})
afterEach(async () => {
  client.close()
  const other = await TestClient.to(broker.port)
  expect((await other.call(apiVersions, 3, software)).errorCode, 'others are still served').toBe(0)
  other.close()
})

function int16s(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2)
  for (const [at, value] of values.entries()) bytes.writeInt16BE(value, at * 2)
  return bytes
}

describe('a connection is closed, with a line that says why, for', () => {
  it.each([
    ['a length above the limit', Buffer.from('7fffffff', 'hex'), 'a frame of 2147483647 bytes is announced'],
    ['a negative length', Buffer.from('80000000', 'hex'), 'a frame of -2147483648 bytes is announced'],
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'a frame of 1195725856 bytes is announced'],
    ['an empty frame', framed(Buffer.alloc(0)), '2 bytes wanted at 0, 0 are left'],
    ['an API that is not here', framed(int16s(999, 0, 0, 1, -1)), 'it asks for API 999, which is not here'],
    ['a negative API', framed(int16s(-1, 0, 0, 1, -1)), 'it asks for API -1, which is not here'],
    [
      'a version that is not here',
      framed(int16s(3, 99, 0, 1, -1)),
      'it asks for version 99 of Metadata, here are 0 to 13',
    ],
    ['a request cut off', framed(int16s(3, 1, 0, 1, -1)), '4 bytes wanted at 10, 0 are left'],
    ['elements without bytes', framed(int16s(3, 1, 0, 1, -1, 0x7fff, -1)), '2147483647 elements in 0 bytes'],
    ['a negative count', framed(int16s(3, 1, 0, 1, -1, -1, -2)), 'length -2'],
  ])('%s', async (_, bytes, reason) => {
    expect(await client.send(bytes)).toBeUndefined()
    expect(log).toHaveLength(1)
    expect(log[0]).toMatch(/^broker: connection from 127\.0\.0\.1:\d+ closed: /)
    expect(log[0]).toContain(reason)
  })

  it('more array elements than any request needs', async () => {
    const topics = Array.from({ length: 100_001 }, () => ({ name: '' }))
    expect(await client.send(frameOf(metadata, 1, { topics }))).toBeUndefined()
    expect(log[0]).toContain('more than 100000 array elements')
  })

  it('an error in a request that has no answer', async () => {
    const topicData = [{ name: 'nowhere', partitionData: [{ index: 3, records: batchOf(1) }] }]
    expect(await client.send(frameOf(produce, 9, { acks: 0, timeoutMs: 1000, topicData }))).toBeUndefined()
    expect(log[0]).toContain('acks=0 for partition 3 is refused: UNKNOWN_TOPIC_OR_PARTITION')
  })
})

describe('what was answered before', () => {
  const oneRecord = (topic: string) => [{ name: topic, partitionData: [{ index: 0, records: batchOf(1) }] }]
  const earned = (acks: number, topic: string) =>
    frameOf(produce, 9, { acks, timeoutMs: 1000, topicData: oneRecord(topic) })

  it.each([
    ['what is no frame', Buffer.from('7fffffff', 'hex')],
    ['an error in a request that has no answer', earned(0, 'nowhere')],
  ])('is sent although %s follows at once', async (_, bad) => {
    const topics = [{ name: 'earned', numPartitions: 1, replicationFactor: 1 }]
    await client.call(createTopics, 5, { topics, timeoutMs: 1000 })
    const answer = await client.send(Buffer.concat([earned(1, 'earned'), bad]))
    expect(answer?.includes('earned')).toBe(true)
    await client.closed
    expect(log).toHaveLength(1)
  })
})

describe('hostile bytes', () => {
  it('never end the broker: random frames', async () => {
    const frame = fc.uint8Array({ maxLength: 300 }).map(each => framed(Buffer.from(each)))
    await fc.assert(
      fc.asyncProperty(frame, async bytes => {
        const one = await TestClient.to(broker.port)
        one.socket.end(bytes)
        one.socket.resume()
        await one.closed
      }),
      { numRuns: 100 },
    )
  })

  it('never end the broker: requests of every API and version with anything in them', async () => {
    const requests = fc
      .constantFrom(...handlers.values())
      .chain(({ api }) =>
        fc
          .integer({ min: api.min, max: api.max })
          .chain(version =>
            messageOf(api.request, version).map(each => frameOf<Fields>(api, version, each as object)),
          ),
      )
    await fc.assert(
      fc.asyncProperty(requests, fc.nat(), fc.option(fc.nat(255)), async (bytes, place, change) => {
        // Either as it is, or with one byte changed behind the correlation id.
        const at = 12 + (place % Math.max(bytes.length - 12, 1))
        if (change !== null && at < bytes.length) bytes[at] = change
        const one = await TestClient.to(broker.port)
        one.socket.end(bytes)
        one.socket.resume()
        await one.closed
      }),
      { numRuns: 300 },
    )
    // What is refused is refused by the protocol's checks, not by a fault of ours: that would show its stack.
    expect(log.filter(line => line.includes('\n'))).toEqual([])
  })

  it('that are cut into single bytes are a request all the same', async () => {
    const topics = Array.from({ length: 200 }, (_, n) => ({ name: `no topic ${n}` }))
    const frame = frameOf(metadata, 4, { topics, allowAutoTopicCreation: false })
    client.socket.setNoDelay(true)
    for (const byte of frame.subarray(0, -1)) client.socket.write(Buffer.of(byte))
    const answer = await client.send(frame.subarray(-1))
    expect(answer?.includes('no topic 199')).toBe(true)
  })
})

describe('a client that', () => {
  it('asks for an unknown version of ApiVersions is told the known ones in version 0', async () => {
    const answer = await client.send(framed(Buffer.concat([int16s(18, 99, 0, 7, -1), Buffer.alloc(3)])))
    expect(answer?.readInt32BE(0)).toBe(7)
    expect(answer?.readInt16BE(4)).toBe(35)
    expect(answer?.readInt32BE(6)).toBe(handlers.size)
  })

  it('half-closes its connection still gets its answer', async () => {
    const answer = client.call(metadata, 1, { topics: [] })
    client.socket.end()
    expect((await answer).brokers).toEqual([{ nodeId: 1, host: '127.0.0.1', port: broker.port, rack: null }])
    await client.closed
  })

  it('asks for the same topic again and again is answered once', async () => {
    const topics = Array.from({ length: 1000 }, () => ({ name: 'again' }))
    expect((await client.call(metadata, 9, { topics })).topics).toHaveLength(1)
  })

  it('goes away in the middle of a request, or while it waits, leaves nothing behind', async () => {
    const join = { groupId: 'gone', sessionTimeoutMs: 50, rebalanceTimeoutMs: 50, protocolType: 'consumer' }
    const protocols = [{ name: 'range', metadata: Buffer.alloc(1) }]
    for (const part of [3, 10, 30]) {
      const one = await TestClient.to(broker.port)
      one.socket.end(frameOf(joinGroup, 3, { ...join, protocols }).subarray(0, part))
      one.socket.resume()
      await one.closed
    }
    const one = await TestClient.to(broker.port)
    void one.send(frameOf(joinGroup, 3, { ...join, protocols }))
    one.socket.end()
    await one.closed
    await until(async () => {
      const { groups } = await client.call(describeGroups, 0, { groups: ['gone'] })
      return groups[0]?.groupState === 'Empty' && groups[0].members.length === 0
    }, 'the group is empty')
    expect(log).toEqual([])
  })
})
