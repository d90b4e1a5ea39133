/** The suite itself: what a driver's author is told. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { definePlugin } from '../../core/plugin.ts'
import { fakeDriver } from '../../core/testing/index.ts'
import { WireDriver } from '../../plugins/drivers/wire/driver.ts'
import { conformity } from './index.ts'

const run = (name: string, plugin: Parameters<typeof conformity>[0], options = {}) =>
  conformity(plugin, options)
    .find(each => each.name === name)!
    .run()

it('has a name and a sentence for each case, and no name twice', () => {
  const checks = conformity(fakeDriver())
  expect(new Set(checks.map(each => each.name)).size).toBe(checks.length)
  expect(checks.filter(({ name, about }) => !/^[a-z\d-]+$/.test(name) || about.length < 10)).toEqual([])
})

it('leaves out what only the embedded broker can do where brokers are given', () => {
  const real = conformity(fakeDriver(), { brokers: ['127.0.0.1:1'] })
  expect(real.length).toBeGreaterThan(30)
  expect(real.filter(each => each.needs.includes('embedded'))).toEqual([])
})

it('fails a driver that writes nothing, and one that says that it cannot', async () => {
  await expect(run('record-bytes', fakeDriver())).rejects.toThrow()
  await expect(run('group-consumer-protocol', fakeDriver())).rejects.toThrow(
    "the driver's can.consumerProtocol is false",
  )
})

it('fails a plugin that provides none', async () => {
  const none = definePlugin({ name: 'none', slot: 'driver', register: () => undefined })
  await expect(run('flush', none())).rejects.toThrow('the plugin provides no driver')
})

it('takes a known failure for one, and tells when it is none any more', async () => {
  await run('record-bytes', fakeDriver(), { failures: { 'record-bytes': 'it is a fake' } })
  const failures = { 'wire-time': 'it was none' }
  await expect(run('wire-time', fakeDriver(), { failures })).rejects.toThrow(
    'wire-time passes now: take it off the list of failures (it said: it was none)',
  )
  expect(() => conformity(fakeDriver(), { failures: { 'no-such': '' } })).toThrow(
    'no conformity case is called no-such',
  )
})

it('waits for a known failure as long as it is told to', async () => {
  const late = fakeDriver({ delayUs: 1_500_000 })
  const failures = { flush: 'it is late' }
  await run('flush', late, { failures })
  await expect(run('flush', late, { failures, failurePatienceMs: 15_000 })).rejects.toThrow('passes now')
})

it('fails a driver that takes memory for what is only announced, though it never writes there', async () => {
  const greedy = definePlugin({
    name: 'greedy',
    slot: 'driver',
    register: run =>
      run.hooks.driver.tap(({ brokers }) => {
        const taken: Buffer[] = []
        const taking = setInterval(() => taken.push(Buffer.allocUnsafeSlow(40 * 2 ** 20)), 200)
        onTestFinished(() => clearInterval(taking))
        return new WireDriver(brokers, () => run.now(), run.config.timeoutUs)
      }),
  })
  await expect(run('hostile-long-length', greedy())).rejects.toThrow(
    /memory followed a length field: buffers/,
  )
})

it('fails a driver that throws where nobody can catch it', async () => {
  const bad = definePlugin({
    name: 'bad',
    slot: 'driver',
    register: run =>
      run.hooks.driver.tap(async () => {
        setTimeout(() => {
          throw new Error('out of nowhere')
        })
        await sleep(20)
      }),
  })
  await expect(run('admin-broker', bad())).rejects.toThrow('out of nowhere')
})
