import { expect, it } from 'vitest'
import type { Percentile } from '../../core/api.ts'
import type { ResolvedStream, ResolvedThreshold } from '../../core/config/types.ts'
import { judgeThresholds } from '../../core/thresholds.ts'

function judge(op: ResolvedThreshold['op'], bound: number, value: Percentile | undefined) {
  const threshold = {
    metric: 'response.p99',
    expression: `${op} ${bound}`,
    op,
    bound,
    phase: 'measure' as const,
  }
  const streams = [{ name: 'default', thresholds: [threshold] } as unknown as ResolvedStream]
  return judgeThresholds(streams, () => value)[0]
}

it.each([
  ['<', 9, 10, 11],
  ['<=', 10, 10, 11],
  ['>', 11, 10, 10],
  ['>=', 10, 10, 9],
  ['==', 10, 10, 11],
  ['!=', 11, 10, 10],
] as const)('%s', (op, good, bound, bad) => {
  expect(judge(op, bound, good)?.ok).toBe(true)
  expect(judge(op, bound, bad)?.ok).toBe(false)
})

it('an infinite percentile is above every bound', () => {
  expect(judge('<', 1e12, 'inf')).toMatchObject({ ok: false, value: 'inf' })
  expect(judge('>', 1e12, 'inf')?.ok).toBe(true)
})

it('a figure the run does not have fails: it was asked for', () => {
  expect(judge('<', 10, undefined)).toMatchObject({ ok: false, value: null })
})

it('asks for the figure of its stream and phase', () => {
  const asked: string[] = []
  const threshold = {
    metric: 'failed.count',
    expression: '== 0',
    op: '==' as const,
    bound: 0,
    phase: 'warmup' as const,
  }
  const streams = ['a', 'b'].map(name => ({ name, thresholds: [threshold] }) as unknown as ResolvedStream)
  const results = judgeThresholds(streams, metric => {
    asked.push(metric)
    return 0
  })
  expect(asked).toEqual(['a.warmup.failed.count', 'b.warmup.failed.count'])
  expect(results.map(r => r.name)).toEqual(['a.warmup.failed.count', 'b.warmup.failed.count'])
})

it('a warm-up threshold is never judged on what was measured', () => {
  const threshold = {
    metric: 'response.p99',
    expression: '< 20ms',
    op: '<' as const,
    bound: 20_000,
    phase: 'warmup' as const,
  }
  const streams = [{ name: 'default', thresholds: [threshold] } as unknown as ResolvedStream]
  const [result] = judgeThresholds(streams, metric => (metric === 'response.p99' ? 1 : undefined))
  expect(result).toMatchObject({ ok: false, value: null })
})
