import { run } from 'kafka-loadtest'
import { virtualClock } from 'kafka-loadtest/testing'
import { expect, it } from 'vitest'

const config = new URL('./threads.config.ts', import.meta.url)
type Told = readonly [index: number, key: string | number | null, partition: number]

async function traffic(threads: number) {
  const result = await run(config, { overrides: { threads }, clock: virtualClock })
  const streams = Object.entries(result.sections).filter(([name]) => name.startsWith('records of '))
  return Object.fromEntries(
    streams.map(([name, records]) => [
      name.replace('records of ', ''),
      [...(records as Told[])].sort(([a], [b]) => a - b),
    ]),
  )
}

it('keys and partitions are the same with 1, 2 and 3 workers', async () => {
  const one = await traffic(1)
  expect(Object.keys(one)).toHaveLength(17)
  for (const [name, records] of Object.entries(one)) expect([name, records.length]).toEqual([name, 500])
  const keysOf = (name: string) => one[name]?.slice(0, 6).map(([, key]) => key)
  expect(keysOf('lines')).toEqual(['alice', 'bob', 'carol', 'dave', 'erin', 'alice'])
  expect(new Set(one['column']?.map(([, key]) => key))).toEqual(
    new Set(['alice', 'bob, the builder', 'carol']),
  )
  expect(one['custom']?.slice(0, 6).map(([, , partition]) => partition)).toEqual([-1, 1, 2, -1, 0, 1])
  for (const threads of [2, 3]) expect(await traffic(threads)).toEqual(one)
})
