import { describe, expect, it } from 'vitest'
import type { Admin, Run, Snapshot, Stream } from '../../../core/index.ts'
import type { Totals } from '../../../plugins/transactions/account.ts'
import { LsoSampler } from '../../../plugins/transactions/lso.ts'
import { report } from '../../../plugins/transactions/report.ts'
import { simulate } from '../fixtures.ts'

const about = { stream: 'default', plugin: 'transactions', seconds: 12 }
/** Of so many acked records, all of them committed but for those that are open. */
function totals(acked: number, open: number): Totals {
  const none = { committed: 0, aborted: 0, unknown: 0, fenced: 0, open: 0 }
  return {
    transactions: { ...none, committed: 6 },
    records: { ...none, committed: acked - open, open },
    refused: 0,
  }
}

describe('the account of transactions', () => {
  it('closes when the transaction of every acked record is known', () => {
    const { result } = simulate()
    report(result, about, totals(60_000, 7), undefined)
    expect(result.verdict.state).toBe('valid')
    expect(result.streams['default']!.sections['transactions']).toMatchObject({ rate: 0.5, latency: {} })
  })
  it('makes the run invalid when one is not', () => {
    const { result } = simulate()
    report(result, about, totals(59_999, 7), undefined)
    expect(result.verdict.state).toBe('invalid')
    expect(result.verdict.reasons[0]).toEqual({
      code: 'transactions',
      detail:
        'default: 60000 records were acked, not 59999 = committed 59992 + aborted 0 + unknown 0 + fenced 0 + open 7',
    })
    expect(result.exitCode).toBe(5)
  })
})

describe('the LSO lag', () => {
  /** As an admin tells it, second by second; undefined: it cannot. */
  async function sampled(lags: readonly (number | undefined)[]) {
    const deferred: (() => unknown)[] = []
    let second = 0
    const offsets = async (_topic: string, at: string) => {
      const lag = lags[second - 1]
      if (lag === undefined) throw new Error('no leader')
      return at === 'stable' ? [100, 100 - lag] : [100, 100]
    }
    const admin = { offsets, close: async () => undefined } as unknown as Admin
    const run = {
      client: async () => ({ admin: async () => admin }),
      defer: (fn: () => unknown) => deferred.push(fn),
    }
    const recorded: number[] = []
    const metrics = {
      gauge: () => ({ set: () => undefined }),
      histogram: () => ({ record: (n: number) => recorded.push(n) }),
    }
    const lso = new LsoSampler(run as unknown as Run, { metrics } as unknown as Stream, 'topic')
    for (const _ of lags) {
      lso.sample({ second: ++second } as Snapshot)
      await new Promise(resolve => setImmediate(resolve))
    }
    return { figures: lso.figures, recorded, deferred }
  }

  it('is the sum over partitions, once a second, where the broker tells', async () => {
    const { figures, recorded, deferred } = await sampled([3, undefined, 8, 1])
    expect(figures).toEqual({
      max: 8,
      mean: 4,
      samples: [
        [1, 3],
        [3, 8],
        [4, 1],
      ],
    })
    expect(recorded).toEqual([3, 8, 1])
    expect(deferred).toHaveLength(1)
  })
  it('is no figure where none was told', async () => {
    expect((await sampled([undefined, undefined])).figures).toBeUndefined()
  })
  it('keeps an hour of samples, of older ones the larger of two', async () => {
    const lags = Array.from({ length: 3700 }, (_, i) => i % 50)
    const { figures } = await sampled(lags)
    expect(figures!.samples.length).toBeLessThanOrEqual(3600)
    expect(figures!.samples.slice(0, 3)).toEqual([
      [1, 1],
      [3, 3],
      [5, 5],
    ])
    expect(figures!.samples.at(-1)).toEqual([3700, 49])
    expect(figures!.max).toBe(49)
  })
})
