import { describe, expect, it } from 'vitest'
import type { ResolvedConfig } from '../../../core/config/types.ts'
import { badSecond, judgeGenerator, Seconds } from '../../../core/measure/verdict.ts'
import type { PhaseResult, SeriesRow } from '../../../core/result.ts'

type Generator = SeriesRow['generator']
function row(
  second: number,
  generator: Partial<Generator> = {},
  responseP99 = 1000,
  phase: SeriesRow['phase'] = 'measure',
): SeriesRow {
  const response = { p50: 1, p99: responseP99, max: responseP99 }
  return {
    second,
    seconds: 1,
    phase,
    streams: { default: { response } as never },
    generator: {
      cpu: 0.1,
      eventLoopUtilization: 0.1,
      eventLoopDelayP99: 100,
      schedulingLagP99: 100,
      rss: 1,
      ...generator,
    },
  }
}
function judge(
  series: SeriesRow[],
  over: { kind?: 'max'; offered?: number; achieved?: number; backlog?: number; virtual?: boolean } = {},
) {
  const { kind = 'stages', offered = 1000, achieved = 1000, backlog = 0, virtual = false } = over
  const config = { streams: [{ name: 'default', rate: { kind } }] } as unknown as ResolvedConfig
  const measure = { rates: { offered, achieved }, counts: { dropped: { backlog } } } as unknown as PhaseResult
  const seconds = new Seconds()
  for (const one of series) seconds.add(one)
  return judgeGenerator({ config, seconds, measured: { default: measure }, virtual })
}
const seconds = (n: number, bad: number, generator: Partial<Generator> = { schedulingLagP99: 6000 }) =>
  Array.from({ length: n }, (_, i) => row(i + 1, i < bad ? generator : {}))

describe('a bad second', () => {
  it.each([
    ['lag', { schedulingLagP99: 5001 }],
    ['eventLoop', { eventLoopUtilization: 0.86 }],
    ['eventLoopDelay', { eventLoopDelayP99: 10_001 }],
    ['cpu', { cpu: 0.91 }],
  ])('is one of %s', (code, generator) => {
    expect(badSecond(row(3, generator))).toMatchObject({ code, second: 3 })
  })
  it('is none at the bounds', () => {
    const edge = { schedulingLagP99: 5000, eventLoopUtilization: 0.85, eventLoopDelayP99: 10_000, cpu: 0.9 }
    expect(badSecond(row(1, edge))).toBeUndefined()
  })
  it('may lag by a tenth of the response', () => {
    expect(badSecond(row(1, { schedulingLagP99: 9000 }, 100_000))).toBeUndefined()
    expect(badSecond(row(1, { schedulingLagP99: 11_000 }, 100_000))).toMatchObject({ code: 'lag' })
  })
})

describe('a run', () => {
  it('is tainted by more than 1 % of bad seconds, and at least two', () => {
    expect(judge(seconds(10, 1)).state).toBe('valid')
    expect(judge(seconds(10, 2))).toMatchObject({ state: 'tainted', limit: 'generator' })
    expect(judge(seconds(200, 2)).state).toBe('valid')
    expect(judge(seconds(200, 3)).state).toBe('tainted')
  })
  it('is judged on its measured seconds alone', () => {
    const warm = Array.from({ length: 5 }, (_, i) => row(i + 1, { cpu: 1 }, 1000, 'warmup'))
    expect(judge([...warm, ...seconds(10, 0)]).state).toBe('valid')
  })
  it('names each bad second', () => {
    const { reasons } = judge(seconds(10, 3))
    expect(reasons.map(r => r.second)).toEqual([undefined, 1, 2, 3])
  })
  it('that was not kept up with was limited by the broker', () => {
    expect(judge(seconds(10, 0))).toMatchObject({ limit: 'none' })
    expect(judge(seconds(10, 0), { achieved: 900 })).toMatchObject({ state: 'valid', limit: 'broker' })
    expect(judge(seconds(10, 0), { backlog: 1 })).toMatchObject({ limit: 'broker' })
  })
  it('at max saturates by design: the limit is named, nothing is tainted', () => {
    expect(judge(seconds(10, 10, { cpu: 1 }), { kind: 'max' })).toMatchObject({
      state: 'valid',
      limit: 'generator',
    })
    expect(judge(seconds(10, 0), { kind: 'max' })).toMatchObject({ state: 'valid', limit: 'broker' })
  })
  it('under a virtual clock says nothing about the machine', () => {
    expect(judge(seconds(10, 10), { virtual: true }).state).toBe('valid')
  })
})
