import { connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type BrokerOptions, type RunningBroker, startBroker } from '../../../../plugins/broker/server.ts'
import { Cluster } from '../../../../plugins/drivers/wire/cluster.ts'
import { Link } from '../../../../plugins/drivers/wire/link.ts'
import type { TopicMetadata } from '../../../../plugins/drivers/wire/metadata.ts'
import { metadata } from '../../../../plugins/protocol/messages/metadata.ts'
import { createTopics } from '../../../../plugins/protocol/messages/topics.ts'
import { until } from './driver.ts'
import { type Scripted, script, startScripted } from './scripted.ts'

let broker: RunningBroker
let cluster: Cluster

afterEach(async () => {
  cluster?.close()
  await broker?.close()
})

async function start(options: BrokerOptions = {}): Promise<void> {
  broker = await startBroker(options, () => undefined)
  cluster = new Cluster([broker.address], { timeoutMs: 3000 })
}
async function make(name: string, numPartitions: number, replicationFactor: number): Promise<void> {
  const link = await cluster.any()
  const topic = { name, numPartitions, replicationFactor, assignments: [], configs: [] }
  await link.call(createTopics, { topics: [topic], timeoutMs: 1000 })
}
const leaders = (topic: TopicMetadata | undefined) => topic?.partitions.map(each => each.leader)

describe('a cluster', () => {
  it('knows its nodes and the topics it was asked for', async () => {
    await start({ brokers: 3 })
    await make('a', 3, 3)
    await cluster.refresh(['a', 'none'])
    expect(cluster.nodes.toSorted()).toEqual([1, 2, 3])
    expect(leaders(cluster.topic('a'))).toHaveLength(3)
    expect(cluster.topic('none')).toBeUndefined()
  })

  it('follows leaders, and brokers that die', async () => {
    await start({ brokers: 3 })
    await make('a', 1, 3)
    await cluster.refresh(['a'])
    const [leader = 0] = leaders(cluster.topic('a')) ?? []
    await broker.stopBroker(leader)
    await cluster.refresh([])
    expect(leaders(cluster.topic('a'))).not.toEqual([leader])
    expect(cluster.nodes).not.toContain(leader)
  })

  it('does not go back to a leader of the past', async () => {
    await start({ brokers: 2 })
    await make('a', 1, 2)
    await cluster.refresh(['a'])
    const [leader = 0] = leaders(cluster.topic('a')) ?? []
    const other = 3 - leader
    broker.moveLeader('a', 0, other)
    await cluster.refresh([])
    const link = await cluster.any()
    const call = link.call.bind(link)
    // a broker that has not heard of it yet
    link.call = (async (api: never, request: never, most: never) => {
      const answer = (await call(api, request, most)) as { topics?: { partitions: unknown[] }[] }
      if ((api as unknown) === metadata)
        answer.topics![0]!.partitions = [{ partitionIndex: 0, leaderId: leader, leaderEpoch: 0 }]
      return answer
    }) as never
    await cluster.refresh([])
    expect(leaders(cluster.topic('a'))).toEqual([other])
  })

  it('goes to the leaders of a topic that was made again, also where topics have no ids', async () => {
    let partition = { partitionIndex: 0, leaderId: 1, leaderEpoch: 5 }
    const old: Scripted = await startScripted([
      script(metadata, [9, 9], () => ({
        brokers: [1, 2].map(nodeId => ({ nodeId, host: '127.0.0.1', port: old.port })),
        topics: [{ name: 'a', partitions: [partition] }],
      })),
    ])
    cluster = new Cluster([old.address], { timeoutMs: 3000 })
    await cluster.refresh(['a'])
    partition = { partitionIndex: 0, leaderId: 2, leaderEpoch: 0 }
    await cluster.refresh([])
    expect(leaders(cluster.topic('a'))).toEqual([2])
    old.close()
  })

  it('asks once for all who ask at a time', async () => {
    await start()
    let asked = 0
    const link = await cluster.any()
    const call = link.call.bind(link)
    link.call = ((...all: Parameters<typeof call>) => {
      if ((all[0] as unknown) === metadata) asked++
      return call(...all)
    }) as never
    await Promise.all(['a', 'b', 'c'].map(name => cluster.refresh([name])))
    expect(asked).toBe(1)
  })

  it('finds who coordinates a group, and names the error when nobody may', async () => {
    await start({ brokers: 3 })
    broker.moveCoordinator('g', 2)
    expect(await cluster.coordinator('group', 'g')).toBe(2)
    broker.faults.add({ when: { api: 'FindCoordinator' }, do: { error: 'GROUP_AUTHORIZATION_FAILED' } })
    await expect(cluster.coordinator('group', 'g')).rejects.toThrow(
      'the coordinator of group g: GROUP_AUTHORIZATION_FAILED',
    )
  })

  it('has one connection for a node and purpose, and makes it again when it ended', async () => {
    await start()
    await cluster.refresh([])
    const [one, same, other] = await Promise.all([
      cluster.link(1, 'x'),
      cluster.link(1, 'x'),
      cluster.link(1, 'y'),
    ])
    expect([one === same, one === other]).toEqual([true, false])
    one.close()
    const again = await cluster.link(1, 'x')
    expect([again.open, again === one]).toEqual([true, false])
    await expect(cluster.link(7, 'x')).rejects.toThrow('the cluster does not name it now')
  })

  it('asks another broker when one stands still', async () => {
    broker = await startBroker({ brokers: 2 }, () => undefined)
    cluster = new Cluster(broker.addresses, { timeoutMs: 900 })
    await cluster.refresh([])
    broker.freezeBroker(1)
    for (let i = 0; i < 3; i++) await cluster.refresh([])
    broker.unfreezeBroker(1)
  })

  it('gives nobody a connection after it was closed', async () => {
    await start()
    const link = await cluster.any()
    await cluster.refresh([])
    cluster.close()
    expect(link.open).toBe(false)
    await expect(cluster.link(1, 'x')).rejects.toThrow('the driver was closed')
    await expect(cluster.refresh([])).rejects.toThrow('the driver was closed')
  })
})

describe('a connection', () => {
  it('ends what waits when an answer takes too long', async () => {
    await start()
    const link = await cluster.any()
    broker.faults.add({ when: { api: 'Metadata' }, do: { noAnswer: true } })
    const hasty = await Link.open(link.address, { timeoutMs: 100 })
    const error = await hasty.call(metadata, { topics: [] }).catch(e => e)
    expect(error).toMatchObject({ name: 'LinkError', fault: 'timeout', reason: 'no answer within 0.1 s' })
    expect(hasty.open).toBe(false)
  })

  it('that ends while it is opened is given to nobody, and is made again', async () => {
    await start()
    const { port } = (await cluster.any()).address
    let connections = 0
    const server = createServer(client => relay(client, port, connections++ === 0 ? 'at once' : 'not at all'))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const other = new Cluster([`127.0.0.1:${(server.address() as { port: number }).port}`], {
      timeoutMs: 1000,
    })
    const error = await other.any().catch(e => e)
    expect(error.errors).toMatchObject([{ name: 'LinkError', fault: 'protocol' }])
    const link = await other.any()
    expect([link.open, connections]).toEqual([true, 2])
    other.close()
    const ended: string[] = []
    link.onEnd(why => ended.push(why.fault))
    expect(ended, 'who comes late hears of it too').toEqual(['closed'])
    server.close()
  })

  it('ends when it is answered what it did not ask', async () => {
    await start()
    const { port } = (await cluster.any()).address
    const server = createServer(client => relay(client, port))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = { host: '127.0.0.1', port: (server.address() as { port: number }).port }
    const link = await Link.open(address, { timeoutMs: 1000 })
    const ended: string[] = []
    link.onEnd(why => ended.push(why.fault))
    await until('the connection ends', () => ended.length > 0)
    expect(ended).toEqual(['protocol'])
    await expect(link.call(metadata, { topics: [] })).rejects.toMatchObject({ fault: 'protocol' })
    server.close()
  })
})

/** Passes one answer on, and sends one that nobody asked for, together with it or later. */
function relay(client: Socket, port: number, odd: 'at once' | 'later' | 'not at all' = 'later'): void {
  const unasked = Buffer.from([0, 0, 0, 5, 0, 0, 0, 77, 0])
  const upstream = connect(port, '127.0.0.1')
  client.on('data', chunk => upstream.write(chunk))
  upstream.once('data', chunk => {
    client.write(odd === 'at once' ? Buffer.concat([chunk, unasked]) : chunk)
    if (odd === 'later') setTimeout(() => client.write(unasked), 20)
  })
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    one.on('error', () => undefined)
    one.on('close', () => other.destroy())
  }
}
