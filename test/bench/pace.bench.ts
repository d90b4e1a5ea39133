/** The schedule under the real clock, on the fake driver: lateness, exact counts and rates, a stall as it must be seen. */
import { type Result, run } from '../../core/index.ts'
import type { Figure } from './run.ts'

const config = new URL('./fake.config.ts', import.meta.url)

function load(
  env: Readonly<Record<string, string | number>>,
  overrides: Parameters<typeof run>[1] & object,
): Promise<Result> {
  for (const [name, value] of Object.entries(env)) process.env[name] = String(value)
  return run(config, overrides)
}

export async function bench(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const rate of [1, 999.5, 20_000]) {
    const result = await load({ FAKE_DELAY: 1000 }, { overrides: { rate, duration: '60s' } })
    const off = Math.abs((result.value('attempted.rate') as number) / rate - 1) * 100
    figures.push({
      name: `attempted rate at ${rate}/s over 60 s, off by`,
      value: off,
      unit: '%',
      atMost: 0.01,
    })
    figures.push({
      name: '  records not acked',
      value: rate * 60 - (result.value('acked.count') as number),
      unit: '',
      atMost: 0,
    })
    const lag = (result.value('schedulingLag.p99') as number) / 1000
    figures.push({
      name: '  scheduling lag p99',
      value: lag,
      unit: 'ms',
      ...(rate === 20_000 ? { atMost: 2 } : {}),
    })
  }
  const [S, D] = [200_000, 3_000_000]
  const stalled = await load(
    { FAKE_DELAY: 0, FAKE_STALL: '1000000-1200000' },
    { overrides: { rate: '20k/s', duration: '3s' } },
  )
  delete process.env['FAKE_STALL']
  for (const [stat, q] of [
    ['p99', 0.99],
    ['p999', 0.999],
  ] as const) {
    const predicted = S - (1 - q) * D
    const measured = stalled.value(`response.${stat}`) as number
    figures.push({
      name: `a stall of 200 ms in 3 s: response ${stat}, predicted ${Math.round(predicted / 1000)} ms`,
      value: measured / 1000,
      unit: 'ms',
    })
    figures.push({ name: '  off by', value: Math.abs(measured / predicted - 1) * 100, unit: '%', atMost: 2 })
  }
  const slow = await load({ FAKE_DELAY: 100_000 }, { overrides: { rate: 5, duration: '10s' } })
  const p50 = (slow.value('response.p50') as number) / 1000
  figures.push({
    name: 'an answer after 100 ms at 5/s: response p50 off by',
    value: Math.abs(p50 - 100),
    unit: 'ms',
    atMost: 1,
  })
  return figures
}
