import { describe, expect, it } from 'vitest'
import type { HeldBatch, Producer } from '../../../core/driver.ts'
import { Ledger } from '../../../core/measure/ledger.ts'
import type { Acks, RecordView } from '../../../core/record.ts'

const ledger = (over = {}) =>
  new Ledger({ measureFrom: 1000, measureTo: 5000, open: true, answers: true, ...over })
function acks(scheduledAt: number[], over: Partial<Acks> = {}): Acks {
  const enqueuedAt = Float64Array.from(scheduledAt, t => t + 10)
  const columns = {
    index: Float64Array.from(scheduledAt.keys()),
    scheduledAt: Float64Array.from(scheduledAt),
    enqueuedAt,
  }
  const ids = { topic: 't', partition: 0, producer: 0, baseSequence: 0, baseOffset: 0, transaction: -1 }
  return {
    ...ids,
    state: 'acked',
    error: '',
    wireAt: Number.NaN,
    ackedAt: 2000,
    bytes: 100,
    count: scheduledAt.length,
    ...columns,
    ...over,
  }
}
const part = (l: Ledger, producers: Producer[] = [], now = 2000) => l.part([0, 0], producers, now)

describe('outcomes', () => {
  it('belong to the phase of t_sched, rates to the time of the answer', () => {
    const l = ledger()
    l.outcome(acks([900, 990, 1000, 1100]))
    const { counts, latency } = part(l)
    expect(counts.acked).toEqual([2, 2])
    expect(counts.ackedAt).toEqual([0, 4])
    expect(counts.ackedBytes).toEqual([50, 50])
    expect(latency['response']?.map(h => h?.count)).toEqual([2, 2])
    expect(latency['response']?.[1]).toMatchObject({ min: 900, max: 1000 })
    expect(latency['service']?.[1]).toMatchObject({ min: 890, max: 990 })
  })

  it('that are failed or unknown have no latency', () => {
    const l = ledger()
    l.outcome(acks([1000, 1001], { state: 'failed' }))
    l.outcome(acks([1000, 1001, 1002], { state: 'unknown' }))
    const { counts, latency } = part(l)
    expect([counts.failed, counts.unknown, counts.acked]).toEqual([
      [0, 2],
      [0, 3],
      [0, 0],
    ])
    expect(latency['response']).toBeUndefined()
  })

  it('after the last t_sched are in no rate', () => {
    const l = ledger()
    l.outcome(acks([4000], { ackedAt: 5000 }))
    expect(part(l).counts).toMatchObject({ acked: [0, 1], ackedAt: [0, 0] })
  })

  it('have request time and client queue only where the driver knows t_wire', () => {
    const l = ledger()
    l.outcome(acks([1000]))
    expect(Object.keys(part(l).latency)).not.toContain('request')
    l.outcome(acks([1000], { wireAt: 1500 }))
    const { latency } = part(l)
    expect(latency['request']?.[1]).toMatchObject({ min: 500, max: 500 })
    expect(latency['clientQueue']?.[1]).toMatchObject({ min: 490, max: 490 })
  })

  it('have no response time in a closed run, and nothing at acks 0', () => {
    const closed = ledger({ open: false })
    closed.outcome(acks([1000]))
    expect(part(closed).latency['response']).toBeUndefined()
    expect(part(closed).latency['service']).toBeDefined()
    const silent = ledger({ answers: false })
    silent.outcome(acks([1000]))
    expect(part(silent).latency['service']).toBeUndefined()
  })

  it('that come before they were scheduled are counted, never dropped in silence', () => {
    const l = ledger()
    l.outcome(acks([3000], { ackedAt: 2000 }))
    expect(part(l).latency['response']?.[1]).toMatchObject({ count: 0, negative: 1 })
  })
})

it('in flight is what a walk over the batches finds, and what has waited so long is censored', () => {
  const batches: HeldBatch[] = [
    { count: 2, bytes: 10, scheduledAt: Float64Array.of(900, 1100) },
    { count: 1, bytes: 10, scheduledAt: Float64Array.of(1200, 7777) }, // one entry of the column is valid
  ]
  const producer = { held: (visit: (b: HeldBatch) => void) => batches.forEach(visit) } as unknown as Producer
  const l = ledger()
  expect(part(l, [producer]).counts.inFlight).toEqual([1, 2])
  const last = part(l, [producer], 2000)
  expect(last.counts.inFlight).toEqual([1, 2])
  expect(last.censored?.[1]).toMatchObject({ count: 2, min: 800, max: 900 })
})

it('consumed records count by the stamp, foreign ones apart', () => {
  const l = ledger()
  const record = (valueLength: number, receivedAt: number, scheduledAt = Number.NaN) =>
    ({
      valueLength,
      receivedAt,
      scheduledAt,
      enqueuedAt: scheduledAt + 10,
      own: scheduledAt > 0,
    }) as RecordView
  l.consume(record(50, 1500, 900), Number.NaN)
  l.consume(record(60, 1600, 1100), 1300.4)
  l.consume(record(70, 1700), Number.NaN)
  const { counts, latency } = part(l)
  expect(counts).toMatchObject({
    consumed: [1, 2],
    consumedBytes: [50, 130],
    consumedAt: [0, 3],
    foreign: [0, 1],
  })
  expect(latency['endToEnd']?.map(h => h?.max)).toEqual([600, 500])
  expect(latency['transport']?.map(h => h?.max)).toEqual([590, 490])
  expect(latency['consumerDelay']?.[1]?.max).toBe(300)
})
