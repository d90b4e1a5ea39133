import { defineConfig, without } from 'kafka-loadtest'
import { fakeDriver } from 'kafka-loadtest/testing'

export default defineConfig(({ env }) => {
  const stall = env['FAKE_STALL']?.split('-').map(Number)
  return {
    warmup: 0,
    consumers: 0,
    threads: 1,
    allowTainted: true,
    plugins: [
      without('console'),
      without('json'),
      fakeDriver({
        delayUs: Number(env['FAKE_DELAY'] ?? 1000),
        ...(stall ? { stall: { from: stall[0] as number, to: stall[1] as number } } : {}),
      }),
    ],
  }
})
