import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Admin, Driver } from '../../../../core/plugin.ts'
import { type RunningBroker, startBroker } from '../../../../plugins/broker/server.ts'
import { WireDriver } from '../../../../plugins/drivers/wire/driver.ts'
import { driverFor, Harness, now, soon } from './driver.ts'

let broker: RunningBroker
let driver: Driver
let admin: Admin

beforeAll(async () => {
  broker = await startBroker()
  driver = driverFor(broker.address)
  admin = await driver.admin()
})
afterAll(async () => {
  await driver.close(soon())
  await broker.close()
})

const plain = { partitions: 3, replicationFactor: 1, configs: {} }

it('makes, describes and deletes a topic', async () => {
  expect(await admin.describe('made')).toBeUndefined()
  await admin.create('made', { ...plain, configs: { 'retention.ms': '1234567' } })
  expect(await admin.describe('made')).toMatchObject({
    id: expect.stringMatching(/^[\w-]{22}$/),
    partitions: 3,
    configs: { 'retention.ms': '1234567' },
  })
  await admin.delete('made')
  expect(await admin.describe('made')).toBeUndefined()
})

it('takes a topic that is not there for deleted, and makes none by asking', async () => {
  await admin.delete('never-made')
  expect(await admin.describe('never-made')).toBeUndefined()
})

it('says that a topic is there already', async () => {
  await admin.create('twice', plain)
  await expect(admin.create('twice', plain)).rejects.toThrow('topic twice is there already')
})

it.each([
  ['topic.replicationFactor', 'refused-1', { ...plain, replicationFactor: 3 }],
  ['topic.partitions', 'refused-2', { ...plain, partitions: 0 }],
  ['topic.name', 'no good/name', plain],
])('tells which setting of a topic the broker refused: %s', async (path, name, options) => {
  const error = await admin.create(name, options).catch(e => e)
  expect(error.name).toBe('ConfigError')
  expect(error.faults).toMatchObject([{ path, hint: expect.stringMatching(/^the broker refused/) }])
  expect(await admin.describe('refused-1')).toBeUndefined()
})

it('tells where partitions begin and end', async () => {
  await admin.create('offsets', plain)
  expect(await admin.offsets('offsets', 'end')).toEqual([0, 0, 0])
  const harness = await Harness.open(driver, 'offsets', 3)
  for (let i = 0; i < 10; i++) harness.append({ partition: i < 4 ? 0 : 2 })
  await harness.producer.flush(soon())
  expect(await admin.offsets('offsets', 'start')).toEqual([0, 0, 0])
  expect(await admin.offsets('offsets', 'end')).toEqual([4, 0, 6])
  expect(await admin.offsets('offsets', 'stable')).toEqual([4, 0, 6])
})

it('is not disturbed by topics that are gone', async () => {
  await admin.create('gone', plain)
  await admin.create('stays', plain)
  await admin.offsets('gone', 'end')
  const other = await driver.admin()
  await other.delete('gone')
  await other.close()
  expect(await admin.offsets('stays', 'end')).toEqual([0, 0, 0])
  await admin.create('new', plain)
  expect(await admin.describe('new')).toMatchObject({ partitions: 3 })
})

it('sees a topic that was made anew', async () => {
  await admin.create('anew', plain)
  await admin.offsets('anew', 'end')
  await admin.delete('anew')
  await admin.create('anew', { ...plain, partitions: 5 })
  expect(await admin.offsets('anew', 'end')).toEqual([0, 0, 0, 0, 0])
})

it('waits no longer than the time-out of the run', async () => {
  const hasty = new WireDriver([broker.address], now, 300_000)
  await expect((await hasty.admin()).offsets('nowhere', 'end')).rejects.toThrow(
    'topic nowhere has not been found for 0.3 s',
  )
  await hasty.close()
})
