import { run } from 'kafka-loadtest'
import { expect, it } from 'vitest'

it('loses no order', async () => {
  const result = await run({ rate: '500/s', warmup: '500ms', duration: '2s' })
  expect(result.value('acked.count')).toBe(1000)
  expect(result.value('consumed.count')).toBe(1000)
})
