import { describe, expect, it } from 'vitest'
import type { Config, PluginError, Run, Stream } from '../../core/index.ts'
import { type Result, run } from '../../core/index.ts'
import { type FakeDriverOptions, fakeDriver, virtualClock } from '../../core/testing/index.ts'

/** A run in the calling thread on the fake driver, in virtual time, without reporters. */
function load(config: Config, fake: FakeDriverOptions = {}): Promise<Result> {
  const quiet = { warmup: 0, consumers: 0, ...config }
  return run({ ...quiet, plugins: [fakeDriver(fake), ...(config.plugins ?? [])] }, { clock: virtualClock })
}
const only = (r: Result) => r.streams['default']!

describe('the account', () => {
  it('closes to the record in every snapshot, drops and failures included', async () => {
    const states = ['acked', 'failed', 'unknown'] as const
    const result = await load(
      {
        rate: 1000,
        duration: 5,
        warmup: 2,
        plugins: [
          {
            name: 'drops',
            stream: s => s.hooks.beforeSend.tap(d => (d.index % 7 === 0 ? false : undefined)),
          },
        ],
      },
      { delayUs: i => 1000 + (i % 5) * 40_000, state: i => states[i % 3]!, capacity: 60 },
    )
    const { phases, identity } = only(result)
    expect(identity.holds).toBe(true)
    expect(identity.snapshots).toBeGreaterThanOrEqual(7)
    expect(phases.warmup.counts.scheduled).toBe(2000)
    expect(phases.measure.counts.scheduled).toBe(5000)
    const { acked, failed, unknown, dropped } = phases.measure.counts
    expect(dropped['plugin']).toBeGreaterThan(300)
    expect(dropped['backlog']).toBeGreaterThan(0)
    expect(failed).toBeGreaterThan(0)
    expect(acked + failed + unknown + dropped['plugin']! + dropped['backlog']!).toBe(5000)
    expect(result.value('response.p9999')).toBe('inf')
    expect(result.value('response.acked.p9999')).toBeLessThan(200_000)
  })

  it('does not close when the driver loses a batch, and the run is called invalid', async () => {
    const result = await load({ rate: 100, duration: 3 }, { loses: 150 })
    expect(only(result).identity.holds).toBe(false)
    expect(result.verdict.state).toBe('invalid')
    expect(result.verdict.reasons[0]?.detail).toMatch(/does not close.*scheduled/)
    expect(result.exitCode).toBe(5)
  })
})

describe('latency', () => {
  it('counts from the scheduled instant: a stall of S in D gives p_q = S − (1 − q)·D', async () => {
    const [S, D] = [200_000, 3_000_000]
    const result = await load(
      { rate: '20k/s', duration: 3 },
      { delayUs: 0, stall: { from: 1_000_000, to: 1_200_000 } },
    )
    for (const [stat, q] of [
      ['p99', 0.99],
      ['p999', 0.999],
    ] as const) {
      const predicted = S - (1 - q) * D
      expect(Math.abs((result.value(`response.${stat}`) as number) / predicted - 1)).toBeLessThan(0.02)
    }
    expect(only(result).phases.measure.latency['response']?.acked.count).toBe(60_000)
  })

  it('a constant answer of 100 ms at 5/s is 100 ms, with as many samples as records', async () => {
    const result = await load({ rate: 5, duration: 10 }, { delayUs: 100_000 })
    const response = only(result).phases.measure.latency['response']!
    expect(response.acked.count).toBe(50)
    expect(Math.abs(response.acked.p50 - 100_000)).toBeLessThanOrEqual(1000)
    expect(result.value('response.p50')).toBe(response.acked.p50)
  })
})

describe('attempted rate between first and last t_enq', () => {
  it.each([1, 999.5, 20_000])('%f/s over 60 s within 0.01 %%', async rate => {
    const result = await load({ rate, duration: 60 })
    expect(Math.abs((result.value('attempted.rate') as number) / rate - 1)).toBeLessThan(1e-4)
    expect(result.value('scheduled.count')).toBe(rate * 60)
  })
})

it('a closed run has service times and no response times', async () => {
  const result = await load({ rate: 'max', duration: 1 }, { capacity: 100, delayUs: 5000 })
  expect(result.value('acked.count')).toBeGreaterThan(1000)
  expect(result.value('service.p50')).toBeGreaterThanOrEqual(5000)
  expect(result.value('response.p50')).toBeUndefined()
  expect(result.value('offered.rate')).toBeUndefined()
  expect(only(result).identity.holds).toBe(true)
})

it('an abort drains, and what was due and not sent is dropped', async () => {
  const result = await load({
    rate: 1000,
    duration: 60,
    plugins: [
      {
        name: 'enough',
        register: run =>
          run.hooks.sample.tap(s => {
            if (s.second === 3) run.abort('seen enough')
          }),
      },
    ],
  })
  expect(result.run.stopped).toBe('enough: seen enough')
  expect(only(result).identity.holds).toBe(true)
  expect(result.value('scheduled.count')).toBeLessThan(60_000)
  expect(result.value('acked.count')).toBeGreaterThan(2000)
})

it('a throwing tap is named with its hook, its record is dropped, and the report is there', async () => {
  const result = await load({
    rate: 100,
    duration: 5,
    plugins: [
      {
        name: 'broken',
        stream: s =>
          s.hooks.keyFor.tap((_k, d) => {
            if (d.index === 120) throw new Error('no tenant')
            return 'k'
          }),
      },
    ],
  })
  expect(result.exitCode).toBe(70)
  expect(only(result).phases.measure.counts.dropped['error']).toBe(1)
  expect(only(result).identity.holds).toBe(true)
  expect(result.verdict.reasons.map(r => r.detail).join()).toMatch(
    /plugin broken failed in keyFor: no tenant/,
  )
})

it.each([
  ['partitionFor', 99, 'partitionFor answered 99, expected 0 to 3'],
  ['sizeFor', -2, 'sizeFor answered -2, expected -1 to 1073741824'],
] as const)('%s that answers %d ends the run with the reason', async (hook, answer, said) => {
  const plugin = {
    name: 'wrong',
    stream: (s: Stream) => s.hooks[hook].tap(() => answer),
  }
  const result = await load({ rate: 100, duration: 1, plugins: [plugin as never] })
  expect(result.exitCode).toBe(70)
  expect(result.verdict.reasons.map(r => r.detail)).toContain(said)
  expect(only(result).identity.holds).toBe(true)
})

it('a failed start undoes what was begun, last in first out', async () => {
  const done: string[] = []
  const result = await load({
    plugins: [
      { name: 'a', register: run => run.hooks.prepare.tap(() => run.defer(() => void done.push('a'))) },
      {
        name: 'b',
        register: run =>
          run.hooks.prepare.tap(() => {
            run.defer(() => void done.push('b'))
            throw new Error('no licence')
          }),
      },
    ],
  }).catch((error: PluginError) => error)
  expect(done).toEqual(['b', 'a'])
  expect((result as Result).exitCode).toBe(70)
  expect((result as Result).verdict.reasons[0]?.detail).toMatch(/plugin b failed in prepare: no licence/)
})

it('records are read back with the instant they were scheduled for', async () => {
  const seen: number[] = []
  const result = await load(
    {
      rate: 100,
      duration: 2,
      consumers: 1,
      size: 60,
      plugins: [
        {
          name: 'reads',
          stream: s =>
            s.hooks.onRecord.tap(r => {
              if (r.own) seen.push(r.index, r.scheduledAt)
            }),
        },
      ],
    },
    { log: true },
  )
  expect(result.value('consumed.count')).toBe(200)
  expect(seen.length).toBe(400)
  expect(only(result).phases.measure.latency['endToEnd']?.acked.count).toBe(200)
})

const ending = (second: number) => ({
  name: 'enough',
  register: (run: Run) =>
    run.hooks.sample.tap(s => {
      if (s.second === second) run.abort('seen enough')
    }),
})

it('the rates of a run that was stopped end with it: what is acked in the drain is in none', async () => {
  const result = await load({ rate: 1000, duration: 60, plugins: [ending(4)] }, { delayUs: 3e6 })
  expect(result.value('acked.count')).toBeGreaterThan(3900)
  expect(result.value('offered.rate') as number).toBeCloseTo(1000, -1)
  expect(result.value('achieved.rate') as number).toBeGreaterThan(200)
  expect(result.value('achieved.rate') as number).toBeLessThan(300)
})

it('percentiles of a running load count what still waits', async () => {
  const live: unknown[] = []
  const sees = {
    name: 'sees',
    register: (run: Run) => run.hooks.sample.tap(s => void live.push(s.value('response.p99'))),
  }
  await load({ rate: 1000, duration: 10, plugins: [sees] }, { stall: { from: 1e6, to: 9e6 } })
  expect(live[7]).toBeGreaterThan(5e6)
})

it('a run that was stopped before anything was measured is no pass', async () => {
  const result = await load({ rate: 100, warmup: 5, duration: 5, plugins: [ending(2)] })
  expect(result.exitCode).toBe(5)
  expect(result.verdict.reasons[0]?.detail).toMatch(/no record was due, so nothing was measured/)
})

describe('what a plugin answers is the plugin’s, whenever it breaks', () => {
  it.each<[string, (s: Stream) => void, RegExp]>([
    [
      'places that throw',
      s =>
        s.hooks.arrivals.tap(() => ({
          at: n => {
            if (n > 50) throw new Error('no more places')
            return n
          },
        })),
      /plugin odd failed in .*no more places/,
    ],
    [
      'segments with a gap',
      s => s.hooks.schedule.tap(() => [{ from: 5, to: 10, start: 1, end: 1 }]),
      /plugin odd failed in schedule: .*contiguous from 0/,
    ],
    [
      'a collect that throws',
      s =>
        s.metrics.collect('x', {
          take: () => {
            throw new Error('take broke')
          },
          merge: a => a,
        }),
      /plugin odd failed in collect x: take broke/,
    ],
  ])('%s', async (_, stream, said) => {
    const result = await load({ rate: 100, duration: 2, plugins: [{ name: 'odd', stream }] })
    expect(result.exitCode).toBe(70)
    expect(result.verdict.reasons.map(r => r.detail).join('\n')).toMatch(said)
  })

  it('a drain that never settles', async () => {
    const hangs = {
      name: 'hangs',
      register: (run: Run) => run.hooks.drain.tap(() => new Promise<void>(() => {})),
    }
    const result = await load({ rate: 100, duration: 1, timeout: '100ms', plugins: [hangs] })
    expect(result.verdict.reasons.map(r => r.detail).join()).toMatch(
      /plugin hangs failed in drain: did not settle/,
    )
  })
})
