import { expect, it } from 'vitest'
import { run } from '../../../core/index.ts'
import { virtualClock } from '../../../core/testing/index.ts'

const config = new URL('./threads.config.ts', import.meta.url)

it('is the same with 1, 2 and 3 workers', async () => {
  const [one, ...others] = await Promise.all(
    [1, 2, 3].map(async threads => {
      const { streams } = await run(config, { overrides: { threads }, clock: virtualClock })
      return streams['default']?.sections['traffic']
    }),
  )
  expect(one).toMatchObject({ sampled: expect.any(Number), keys: { distinctEstimate: expect.any(Number) } })
  for (const other of others) expect(other).toEqual(one)
})
