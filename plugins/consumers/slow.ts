import { definePlugin, lazySchema, type Random } from '../../core/plugin.ts'
import { chosenBy, expectMembers } from './whom.ts'

type Cost = number | { readonly median: number; readonly p99: number } | undefined

/** Standard normal quantile of 0.99. */
const Z99 = 2.3263478740408408
/** µs of polling that a limited rate makes up for at most. */
const CREDIT_US = 1e6

interface State {
  records: number
  /** µs since t0: until then it works on what it has read, and until then the limit holds it back. */
  busyUntil: number
  heldUntil: number
  polledAt: number
}

/**
 * Members that take their time: at most `rate` records a second, or `cost` for each record, fixed or drawn from a lognormal
 * distribution. A member waits before its next poll, and keeps its place in the group meanwhile.
 */
export const slow = definePlugin({
  name: 'consumers.slow',
  schema: lazySchema(async () => (await import('./slow.schema.ts')).schema),
  stream(stream, { rate, cost, ...whom }, run) {
    expectMembers(run, 'consumers.slow')
    const isSlow = chosenBy(whom, 'consumers.slow', run, stream)
    const work = workOf(cost, stream.random('cost'))
    const about = { unit: 'records', help: 'read by slow members' }
    const read = stream.metrics.counter('records', about)
    const waited = stream.metrics.counter('waited', { unit: 'µs', help: 'that slow members waited' })
    const states = new Map<number, State>()
    stream.hooks.pollFor.tap(
      member => {
        if (!member.joined || !isSlow(member)) return undefined
        const { number, records, now } = member
        let s = states.get(number)
        if (s === undefined)
          states.set(number, (s = { records: 0, busyUntil: now, heldUntil: now, polledAt: now }))
        const fresh = records - s.records
        if (fresh > 0) {
          s.busyUntil = Math.max(s.busyUntil, now) + work(number, s.records, records)
          // what went by while it polled is part of a limited rate, and none of the work that a record is
          const since = Math.max(s.heldUntil, s.polledAt, now - CREDIT_US)
          if (rate !== undefined) s.heldUntil = since + (fresh * 1e6) / rate
          s.records = records
          read.add(fresh)
          waited.add(Math.max(0, Math.round(Math.max(s.busyUntil, s.heldUntil) - now)))
        }
        s.polledAt = Math.max(now, s.busyUntil, s.heldUntil)
        return s.polledAt > now ? Math.ceil(s.polledAt - now) : undefined
      },
      // who pauses, leaves or joins is asked before
      { order: 'last' },
    )
  },
})

/** µs that a member takes for its records of these numbers: the same for a seed, whenever it polls. */
function workOf(cost: Cost, random: Random): (member: number, from: number, to: number) => number {
  if (cost === undefined) return () => 0
  if (typeof cost === 'number') return (_, from, to) => (to - from) * cost
  const { median, p99 } = cost
  const sigma = Math.log(p99 / median) / Z99
  return (member, from, to) => {
    let sum = 0
    for (let i = from; i < to; i++) {
      random.seek(member * 2 ** 32 + i)
      // Box and Muller
      const normal = Math.sqrt(-2 * Math.log(1 - random.float())) * Math.cos(2 * Math.PI * random.float())
      sum += median * Math.exp(sigma * normal)
    }
    return sum
  }
}
