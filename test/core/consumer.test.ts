/** A member's poll loop on a consumer that does as it is told. */
import { describe, expect, it } from 'vitest'
import type { Member, Poll } from '../../core/api.ts'
import type { Clock } from '../../core/clock.ts'
import { Reader } from '../../core/consumer.ts'
import type { Consumer } from '../../core/driver.ts'
import type { RunEvent } from '../../core/events.ts'
import { createStreamHooks } from '../../core/hooks.ts'
import { Ledger } from '../../core/measure/ledger.ts'
import { ConsumedRecord } from '../../core/record.ts'
import { createClock } from '../../core/testing/clock.ts'
import { configOf } from '../plugins/fixtures.ts'

class NoRecord extends ConsumedRecord {
  key() {
    return null
  }
  value() {
    return null
  }
  header() {
    return undefined
  }
  findHeader() {
    return undefined
  }
  headers() {
    return []
  }
}

interface Does {
  /** Of a poll, by its number. */
  readonly records?: (poll: number) => number
  readonly subscribe?: (time: number) => Promise<void>
  readonly commit?: () => Promise<void>
  readonly pollFor?: (member: Member) => Poll | undefined
  readonly commitAfter?: number
}

function reading({ records = () => 10, subscribe, commit, pollFor, commitAfter }: Does) {
  const clock: Clock = createClock()
  const said: string[] = []
  const events: RunEvent[] = []
  let [polls, offset, subscribed] = [0, 0, 0]
  let joined = false
  const say = (what: string) => void said.push(`${what} at ${Math.round(clock.now() / 1000)} ms`)
  const consumer: Consumer = {
    async subscribe() {
      say('subscribe')
      await subscribe?.(subscribed++)
      joined = true
    },
    assign: async () => undefined,
    async poll(onBatch) {
      if (!joined) throw new Error('polled while away')
      const count = records(polls++)
      offset += count
      const record = new NoRecord()
      const each = (fn: (r: ConsumedRecord) => void) => {
        for (let i = 0; i < count; i++) fn(record)
      }
      if (count > 0) onBatch({ count, polledAt: clock.now(), each })
      await new Promise<void>(resolve => clock.after(10_000, resolve))
    },
    rewind: async () => undefined,
    pause: () => say('pause'),
    resume: () => say('resume'),
    async commit() {
      say(`commit ${offset}`)
      await commit?.()
    },
    onEvent: () => undefined,
    lag: () => [],
    position: () => (joined ? [{ topic: 't', partition: 0, offset }] : []),
    async leave() {
      say('leave')
      joined = false
    },
    kill() {
      say('kill')
      joined = false
    },
  }
  const hooks = createStreamHooks()
  if (pollFor !== undefined) hooks.pollFor.tap('test', pollFor)
  const reader = new Reader({
    stream: configOf({}).streams[0]!,
    run: 1,
    hooks,
    ledger: new Ledger({ measureFrom: 0, measureTo: 1e9, open: true, answers: true }),
    now: () => clock.now(),
    consumer,
    member: { group: 'g', index: 0, number: 0 },
    writers: ['constant'],
    commitAfter: commitAfter ?? Number.POSITIVE_INFINITY,
    clock,
    wallAtStart: () => 0,
    emit: event => void events.push(event),
  })
  /** Runs for so long, then ends where the log does. */
  const run = async (us: number, end: number | 'cut' = 0) => {
    await reader.begin()
    const done = reader.run()
    await new Promise<void>(resolve => clock.after(us, resolve))
    if (end === 'cut') reader.cut()
    else reader.finishAt([end])
    await done
    return { said, events, reader, at: clock.now(), offset }
  }
  return run
}

describe('where a member begins', () => {
  it('it joins when nobody says otherwise', async () => {
    const { said, reader } = await reading({})(50_000)
    expect(said).toEqual(['subscribe at 0 ms'])
    expect(reader.member).toMatchObject({ group: 'g', joined: true, records: 50 })
  })

  it.each(['leave', 'kill'] as const)('%s keeps it away until it is to join', async answer => {
    const pollFor = (m: Member) => (m.now < 250_000 ? answer : m.joined ? undefined : 'join')
    const { said, events } = await reading({ pollFor })(400_000)
    expect(said).toEqual(['subscribe at 300 ms'])
    expect(events).toEqual([{ kind: 'member', at: 300_000, group: 'g', member: 0, step: 'join', tookUs: 0 }])
  })

  it('one that is to pause joins all the same, and has a position', async () => {
    const pollFor = (m: Member) => (m.now < 150_000 ? 'pause' : undefined)
    const { said } = await reading({ pollFor })(300_000)
    expect(said).toEqual(['subscribe at 0 ms', 'pause at 0 ms', 'resume at 200 ms'])
  })
})

describe('what a plugin makes it do', () => {
  it('a killed member comes back, paused if it is to be', async () => {
    const pollFor = (m: Member) => {
      if (m.now >= 100_000 && m.now < 200_000) return 'kill'
      if (!m.joined && m.now >= 200_000) return 'join'
      return m.now >= 300_000 ? undefined : m.now >= 200_000 ? 'pause' : undefined
    }
    const { said, events } = await reading({ pollFor })(500_000)
    expect(said).toEqual([
      'subscribe at 0 ms',
      'kill at 100 ms',
      'subscribe at 200 ms',
      'pause at 210 ms',
      'resume at 310 ms',
    ])
    expect(events.map(e => e.kind === 'member' && e.step)).toEqual(['kill', 'join'])
  })

  it('who hears of a kill can still ask how far it had come', async () => {
    const seen: unknown[] = []
    let member: Member | undefined
    const pollFor = (m: Member) => {
      member = m
      seen.push(m.joined ? m.position().length : 'away')
      return m.now > 20_000 ? 'kill' : undefined
    }
    const { events } = await reading({ pollFor })(150_000)
    expect(events).toHaveLength(1)
    expect(seen).toEqual(['away', 1, 1, 1, 1, 'away'])
    expect(member).toMatchObject({ joined: false })
  })

  it('waits before a poll as long as it is told', async () => {
    const { reader } = await reading({ pollFor: m => (m.joined ? 90_000 : undefined) })(1_000_000)
    expect(reader.member.records).toBe(100)
  })

  it('a wait is over when there is nothing left to read', async () => {
    const { at } = await reading({ pollFor: m => (m.records > 0 ? 60e6 : undefined) })(50_000, 10)
    expect(at).toBeLessThan(100_000)
  })
  it('but is not cut short while there is', async () => {
    const waits = (m: Member) => (m.records === 10 ? Math.max(0, 2e6 - m.now) : undefined)
    const { at } = await reading({ pollFor: waits, records: () => 10 })(50_000, 20)
    expect(at).toBeGreaterThanOrEqual(2e6)
    expect(at).toBeLessThan(2.1e6)
  })
})

describe('a group that does not take a member back', () => {
  const leavesAndJoins = (m: Member): Poll | undefined =>
    m.now >= 100_000 && m.now < 200_000 ? 'leave' : !m.joined && m.now >= 200_000 ? 'join' : undefined

  it('is asked again, and is no reason to end the run', async () => {
    const subscribe = async (time: number) => {
      if (time > 0 && time < 3) throw new Error('no assignment within 30 s')
    }
    const { said, events } = await reading({ pollFor: leavesAndJoins, subscribe })(4e6)
    expect(said.filter(s => s.startsWith('subscribe'))).toEqual([
      'subscribe at 0 ms',
      'subscribe at 200 ms',
      'subscribe at 1200 ms',
      'subscribe at 2200 ms',
    ])
    const kinds = events.map(e => (e.kind === 'error' ? e.code : e.kind))
    expect(kinds).toEqual(['member', 'JoinFailed', 'JoinFailed', 'member'])
  })

  it('holds up nobody who is cut off', async () => {
    const subscribe = (time: number) => (time > 0 ? new Promise<void>(() => {}) : Promise.resolve())
    const { at } = await reading({ pollFor: leavesAndJoins, subscribe })(1e6, 'cut')
    expect(at).toBe(1e6)
  })
})

describe('commits', () => {
  it('after each poll that had something', async () => {
    const { said } = await reading({ commitAfter: 1, records: poll => (poll % 2 === 0 ? 5 : 0) })(40_000)
    expect(said.filter(s => s.startsWith('commit')).map(s => s.split(' ')[1])).toEqual(['5', '10'])
  })
  it('after as many records, at the end of a poll, and what is left at the end', async () => {
    const { said } = await reading({ commitAfter: 25 })(90_000)
    const commits = said.filter(s => s.startsWith('commit')).map(s => Number(s.split(' ')[1]))
    expect(commits.slice(0, 2)).toEqual([30, 60])
    expect(commits.at(-1)).toBe(90)
  })
  it('and before it leaves, but not before it is killed', async () => {
    for (const how of ['leave', 'kill'] as const) {
      const pollFor = (m: Member) => (m.records >= 20 ? how : undefined)
      const { said } = await reading({ commitAfter: 1000, pollFor })(200_000)
      expect(said.some(s => s.startsWith('commit 20'))).toBe(how === 'leave')
    }
  })
  it('that are refused are told, and reading goes on', async () => {
    const commit = () => Promise.reject(new Error('REBALANCE_IN_PROGRESS'))
    const { events, reader } = await reading({ commitAfter: 1, commit })(50_000)
    expect(events[0]).toMatchObject({ kind: 'error', code: 'CommitFailed', records: 0 })
    expect(reader.member.records).toBe(50)
  })
  it('there are none by itself otherwise', async () => {
    const { said } = await reading({})(50_000)
    expect(said.filter(s => s.startsWith('commit'))).toEqual([])
  })
})
