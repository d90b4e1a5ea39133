import { run } from 'kafka-loadtest'
import { expect, it } from 'vitest'

const config = new URL('./threads.config.ts', import.meta.url)
type Told = readonly [index: number, hash: string | null]

/** Through the embedded broker: read back as a consumer has them. */
async function traffic(threads: number) {
  const result = await run(config, { overrides: { threads, allowTainted: true } })
  expect(result.exitCode).toBe(0)
  const streams = Object.entries(result.sections).filter(([name]) => name.startsWith('records of '))
  return Object.fromEntries(
    streams.map(([name, records]) => [
      name.replace('records of ', ''),
      [...(records as Told[])].sort(([a], [b]) => a - b),
    ]),
  )
}

it('values are the same with 1 and with 3 workers', async () => {
  const one = await traffic(1)
  for (const [name, records] of Object.entries(one)) expect([name, records.length]).toEqual([name, 500])
  expect(Object.keys(one)).toHaveLength(6)
  expect(new Set(one['filler']?.map(([, hash]) => hash)).size).toBe(500)
  expect(new Set(one['corpus']?.map(([, hash]) => hash)).size).toBe(40)
  expect(await traffic(3)).toEqual(one)
})
