import { run } from 'kafka-loadtest'
import { fakeDriver, virtualClock } from 'kafka-loadtest/testing'
import { expect, it } from 'vitest'
import { hotKeys } from './hot-keys.ts'

it('gives the hot key its share', async () => {
  let hot = 0
  const driver = fakeDriver({
    onRecord: ({ key }) => {
      if (key === 'hot') hot++
    },
  })
  await run(
    { rate: '10k/s', warmup: 0, duration: 10, plugins: [driver, hotKeys({ cardinality: 100 })] },
    { clock: virtualClock },
  )
  expect(hot / 100_000).toBeCloseTo(0.8, 2)
})
