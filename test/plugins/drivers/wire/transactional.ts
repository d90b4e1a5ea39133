/** What tests of transactions share: transactional producers of the wire driver, and what readers see of what they write. */
import type { Consumer, Driver, ProducerSettings } from '../../../../core/plugin.ts'
import { type RunningBroker, startBroker } from '../../../../plugins/broker/server.ts'
import { Cluster } from '../../../../plugins/drivers/wire/cluster.ts'
import { WireDriver } from '../../../../plugins/drivers/wire/driver.ts'
import { offsetFetch } from '../../../../plugins/protocol/messages/offsets.ts'
import { Harness, now } from './driver.ts'

/** Of requests of the coordinators, too. */
export const REQUEST_TIMEOUT_US = 1_500_000
const READ_TIMEOUT_MS = 15_000

/** A producer, with the driver that it has for itself. */
export interface Transactional extends Harness {
  readonly driver: Driver
  /** A transaction of these values, over the partitions in turn. */
  write(how: 'commit' | 'abort', ...values: string[]): Promise<string>
}

/** @param id transactional id. */
export async function transactional(
  addresses: readonly string[],
  topic: string,
  partitions: number,
  id: string,
  changes: Partial<ProducerSettings> = {},
): Promise<Transactional> {
  const driver = new WireDriver(addresses, now, REQUEST_TIMEOUT_US)
  const harness = await Harness.open(driver, topic, partitions, changes, 0, {
    transactionalId: id,
    timeoutUs: REQUEST_TIMEOUT_US,
  })
  const write = async (how: 'commit' | 'abort', ...values: string[]) => {
    harness.producer.begin()
    for (const [i, value] of values.entries()) harness.append({ value, partition: i % partitions })
    return harness.producer.end(how)
  }
  return Object.assign(harness, { driver, write })
}

/** All values of a topic up to where readers get now, those of a partition in their order. */
export async function readTopic(
  addresses: readonly string[],
  topic: string,
  isolation: 'read_committed' | 'read_uncommitted' = 'read_committed',
): Promise<string[]> {
  const driver = new WireDriver(addresses, now, 10_000_000)
  try {
    const admin = await driver.admin()
    const ends = await admin.offsets(topic, isolation === 'read_committed' ? 'stable' : 'end')
    const consumer = await driver.consumer({ isolation, timeoutUs: 10_000_000 })
    await consumer.assign(ends.map((_, partition) => ({ topic, partition, offset: 0 })))
    return await readUpTo(consumer, ends)
  } finally {
    await driver.close()
  }
}

async function readUpTo(consumer: Consumer, ends: readonly number[]): Promise<string[]> {
  const values: string[][] = ends.map(() => [])
  const signal = AbortSignal.timeout(READ_TIMEOUT_MS)
  const missing = () => consumer.position().some(({ partition, offset }) => offset < (ends[partition] ?? 0))
  while (missing()) {
    signal.throwIfAborted()
    await consumer.poll(
      batch => batch.each(view => values[view.partition]!.push(String(view.value()?.toString()))),
      { timeoutUs: 100_000, signal },
    )
  }
  return values.flat()
}

/** A cluster of the embedded broker with a topic. */
export async function cluster(brokers: number, topic: string, partitions: number): Promise<RunningBroker> {
  const broker = await startBroker({ brokers }, () => undefined)
  const driver = new WireDriver(broker.addresses, now, 10_000_000)
  const admin = await driver.admin()
  await admin.create(topic, { partitions, replicationFactor: brokers, configs: {} })
  await driver.close()
  return broker
}

/** What a group has committed for a topic's partition 0; -1: nothing. */
export async function committedOffset(address: string, groupId: string, name: string): Promise<number> {
  const all = new Cluster([address], { timeoutMs: 10_000 })
  try {
    await all.refresh([name])
    const link = await all.link(await all.coordinator('group', groupId), 'test')
    const request = { groupId, topics: [{ name, partitionIndexes: [0] }], requireStable: true }
    const { topics } = await link.call(offsetFetch, request, 7)
    return Number(topics[0]!.partitions[0]!.committedOffset)
  } finally {
    all.close()
  }
}
