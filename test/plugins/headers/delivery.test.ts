/** Headers are written into memory that is used again for the next record: a consumer still finds those of its own. */
import { run } from 'kafka-loadtest'
import type { Stream } from 'kafka-loadtest/plugin'
import { headers, sizes } from 'kafka-loadtest/plugins'
import { expect, it } from 'vitest'

it.each(['wire', 'kafkajs'])('by way of the driver %s', async driver => {
  const seen = new Map<number, Record<string, string | undefined>>()
  const lengths = new Set<number>()
  const reader = {
    name: 'reader',
    stream: ({ hooks }: Stream) =>
      hooks.onRecord.tap(record => {
        const text = (name: string) => record.header(name)?.toString()
        const names = ['n', 'tenant', 'traceparent', 'tracestate', 'fixed']
        seen.set(record.index, Object.fromEntries(names.map(name => [name, text(name)])))
        lengths.add(record.valueLength)
      }),
  }
  const result = await run({
    driver,
    rate: '3k/s',
    warmup: 0,
    duration: 1,
    consumers: { count: 1, from: 'earliest' },
    plugins: [
      headers.counter({ name: 'n' }),
      headers.template({ name: 'tenant', template: 'tenant-{0..99}', order: 'cycle' }),
      headers.traceContext({ tracestate: 'loadtest=1' }),
      headers.fixed({ headers: { fixed: 'é' } }),
      sizes.histogram({ sizes: { '60B': 1, '1KiB': 1 } }),
      reader,
    ],
  })
  expect(result.streams['default']?.phases.measure.counts.acked).toBe(3000)
  expect(seen.size).toBe(3000)
  for (const [index, found] of seen) {
    expect(found).toMatchObject({
      n: String(index),
      tenant: `tenant-${index % 100}`,
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
      tracestate: 'loadtest=1',
      fixed: 'é',
    })
  }
  expect(new Set([...seen.values()].map(h => h['traceparent'])).size).toBe(3000)
  expect(lengths).toEqual(new Set([60, 1024]))
})
