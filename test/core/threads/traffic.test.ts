import { expect, it } from 'vitest'
import { type Result, run } from '../../../core/index.ts'
import { virtualClock } from '../../../core/testing/index.ts'

const config = new URL('./traffic.config.ts', import.meta.url)

async function traffic(threads: number) {
  const result = await run(config, { overrides: { threads }, clock: virtualClock })
  const records = result.sections['records'] as [number, string, number, number][]
  return { result, records: records.sort((a, b) => a[0] - b[0]) }
}

it('is the same, record for record and bucket for bucket, with 1, 2 and 3 workers', async () => {
  const one = await traffic(1)
  expect(one.records.length).toBe(2200)
  for (const threads of [2, 3]) {
    const other = await traffic(threads)
    expect(other.result.run.threads).toBe(threads)
    expect(other.records).toEqual(one.records)
    expect(histograms(other.result)).toEqual(histograms(one.result))
  }
})

function histograms(result: Result) {
  const { warmup, measure } = result.streams['default']!.phases
  expect(measure.latency['response']!.acked.count + warmup.latency['response']!.acked.count).toBe(2200)
  return [warmup, measure].map(({ latency, counts }) => ({ latency, counts }))
}
