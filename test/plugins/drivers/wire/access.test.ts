/** ACLs that do not allow what is needed: told at the start, with user, resource and operation. */
import { afterEach, expect, it } from 'vitest'
import { type RunningBroker, startBroker } from '../../../../plugins/broker/server.ts'
import { WireDriver } from '../../../../plugins/drivers/wire/driver.ts'
import type { ErrorName } from '../../../../plugins/protocol/errors.ts'
import { metadata } from '../../../../plugins/protocol/messages/metadata.ts'
import { saslAuthenticate, saslHandshake } from '../../../../plugins/protocol/messages/sasl.ts'
import { Harness, now, TIMEOUT_US } from './driver.ts'
import { type Script, script, startScripted } from './scripted.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})
async function embedded(api: string, error: ErrorName): Promise<RunningBroker> {
  const broker = await startBroker()
  ends.push(() => broker.close())
  broker.faults.add({ when: { api }, do: { error } })
  return broker
}
function driverAt(address: string, username?: string): WireDriver {
  // any variable that is set: the broker takes every password
  const sasl = { mechanism: 'plain', username: username ?? '', password: { env: 'PATH' } } as const
  const security = username === undefined ? {} : { sasl }
  const made = new WireDriver([address], now, TIMEOUT_US, undefined, security)
  ends.push(() => made.close())
  return made
}
const topic = { partitions: 1, replicationFactor: 1, configs: {} }

/** A broker that tells which operations it allows on the topic 'any'. */
async function allowing(...bits: number[]): Promise<string> {
  const partitions = [{ errorCode: 0, partitionIndex: 0, leaderId: 1, replicaNodes: [1], isrNodes: [1] }]
  const topicAuthorizedOperations = bits.reduce((all, bit) => all | (1 << bit), 0)
  let port = 0
  const scripts: Script[] = [
    script(saslHandshake, [1, 1], () => ({ mechanisms: ['PLAIN'] })),
    script(saslAuthenticate, [2, 2], () => ({ authBytes: Buffer.alloc(0) })),
    script(metadata, [0, 12], ({ topics }) => ({
      brokers: [{ nodeId: 1, host: '127.0.0.1', port }],
      controllerId: 1,
      topics: (topics ?? []).map(({ name }) => ({
        errorCode: 0,
        name,
        partitions,
        topicAuthorizedOperations,
      })),
    })),
  ]
  const server = await startScripted(scripts)
  ends.push(() => server.close())
  port = server.port
  return server.address
}
const [READ, WRITE, DESCRIBE] = [3, 4, 8]

it('writing to a topic', async () => {
  const address = await allowing(READ, DESCRIBE)
  await expect(Harness.open(driverAt(address, 'bob'), 'any', 1)).rejects.toThrow(
    `cannot connect to ${address}: it takes the connection, but user bob lacks the ACL operation Write on the topic (topic any: TOPIC_AUTHORIZATION_FAILED). Have it allowed, for example by kafka-acls --add --allow-principal User:bob --operation Write --topic NAME.`,
  )
})

it('reading a topic', async () => {
  const address = await allowing(WRITE, DESCRIBE)
  const consumer = await driverAt(address).consumer({ group: 'g', timeoutUs: TIMEOUT_US })
  await expect(consumer.subscribe(['any'])).rejects.toThrow(
    'user ANONYMOUS lacks the ACL operation Read on the topic (topic any: TOPIC_AUTHORIZATION_FAILED)',
  )
})

it('making a topic', async () => {
  const { address } = await embedded('CreateTopics', 'TOPIC_AUTHORIZATION_FAILED')
  const admin = await driverAt(address).admin()
  await expect(admin.create('new', topic)).rejects.toThrow(
    'lacks the ACL operation Create on the topic (topic new was not made: TOPIC_AUTHORIZATION_FAILED',
  )
})

it.each(['FindCoordinator', 'JoinGroup'])('reading a group, said by %s', async api => {
  const { address } = await embedded(api, 'GROUP_AUTHORIZATION_FAILED')
  const by = driverAt(address)
  await (await by.admin()).create('any', topic)
  const consumer = await by.consumer({ group: 'g', timeoutUs: TIMEOUT_US })
  const error = await consumer.subscribe(['any']).catch(e => e)
  expect(error.name).toBe('ConnectError')
  expect(error.reason).toMatch(
    /lacks the ACL operation Read on the group \(.*group g: GROUP_AUTHORIZATION_FAILED/,
  )
})

it('writing idempotently', async () => {
  const { address } = await embedded('InitProducerId', 'CLUSTER_AUTHORIZATION_FAILED')
  const by = driverAt(address)
  await (await by.admin()).create('any', topic)
  await expect(Harness.open(by, 'any', 1, { idempotent: true })).rejects.toThrow(
    'lacks the ACL operation IdempotentWrite on the cluster (a producer id for topic any: CLUSTER_AUTHORIZATION_FAILED)',
  )
})
