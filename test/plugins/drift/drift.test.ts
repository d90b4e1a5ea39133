/** What creeps up in a long run: in virtual time, with a driver that gets slower and a plugin that leaks. */
import { expect, it, vi } from 'vitest'
import { type Config, type InlinePlugin, type Result, run } from '../../../core/index.ts'
import { type FakeDriverOptions, fakeDriver, virtualClock } from '../../../core/testing/index.ts'
import { drift } from '../../../plugins/index.ts'

/** A hundred seconds, measured from the tenth on: the first tenth are records 200 to 399, the last one 2000 to 2199. */
function load(fake: FakeDriverOptions = {}, config: Config = {}): Promise<Result> {
  const { plugins = [], ...rest } = config
  return run(
    {
      ...{ rate: 20, warmup: 10, duration: 100, consumers: 0, ...rest },
      plugins: [fakeDriver(fake), drift(), ...plugins],
    },
    { clock: virtualClock },
  )
}

it('response time that does not rise has no drift', async () => {
  const result = await load({ delayUs: 5000 })
  expect(result.value('drift.response')).toBe(0)
})

it('response time is compared between the first and the last tenth of the measured time', async () => {
  // the warm-up is slow, and so is the middle: neither counts
  const delayUs = (index: number) =>
    index < 200 ? 900_000 : index < 400 ? 4000 : index < 2000 ? 700_000 : 34_000
  const result = await load({ delayUs }, { thresholds: { 'drift.response': '< 20ms' } })
  expect(result.value('drift.response')).toBe(30_000)
  expect(result.thresholds).toMatchObject([{ name: 'drift.response', value: 30_000, ok: false }])
  expect(result.exitCode).toBe(99)
})

it('response time that falls is a negative drift', async () => {
  const result = await load({ delayUs: index => (index < 1000 ? 30_000 : 5000) })
  expect(result.value('drift.response')).toBe(-25_000)
})

it('each stream has a drift of its own', async () => {
  const result = await load(
    { delayUs: index => (index > 1900 ? 10_000 : 1000) },
    { streams: { long: {}, short: { rate: 10 } } },
  )
  // of the other one only half as many records are sent, and none of the slow ones
  expect(result.value('long.drift.response')).toBe(9000)
  expect(result.value('short.drift.response')).toBe(0)
})

it('memory that a plugin keeps shows', async () => {
  const kept: Buffer[] = []
  const leaks: InlinePlugin = {
    name: 'leaks',
    stream: stream => stream.hooks.beforeSend.tap(() => void kept.push(Buffer.alloc(1 << 17, 1))),
  }
  const result = await load({}, { plugins: [leaks], thresholds: { 'drift.memory': '< 100MiB' } })
  // 1,800 records of 128 KiB lie between the middles of both tenths: 225 MiB
  expect(Number(result.value('drift.memory'))).toBeGreaterThan(150 * 2 ** 20)
  expect(result.thresholds).toMatchObject([{ name: 'drift.memory', ok: false }])
})

it('a wall clock that is set shows as far as it went', async () => {
  const now = Date.now
  let looks = 0
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => {
    // forward by two seconds and back again
    looks++
    return now() + (looks > 60 && looks < 90 ? 2000 : 0)
  })
  try {
    const result = await load({}, { thresholds: { 'drift.clock': '< 1s' } })
    expect(Number(result.value('drift.clock')) / 1e6).toBeCloseTo(2, 1)
    expect(result.thresholds).toMatchObject([{ name: 'drift.clock', ok: false }])
  } finally {
    clock.mockRestore()
  }
})

it('clocks that stay together have a drift of next to nothing', async () => {
  expect(Number((await load()).value('drift.clock'))).toBeLessThan(100_000)
})
