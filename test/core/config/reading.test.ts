import { describe, expect, it } from 'vitest'
import { mergeConfig } from '../../../core/config/merge.ts'
import { resolveConfig } from '../../../core/config/resolve.ts'
import type { Config } from '../../../core/config/types.ts'

async function resolved(value: Config) {
  return resolveConfig(await mergeConfig({ value, cwd: '/', env: {}, command: 'run' }))
}
const existing = { topic: { name: 'orders', existing: true } }

describe('producers 0', () => {
  it('takes no rate of the top level, which is for the streams that send', async () => {
    const { streams } = await resolved({
      topic: 'orders',
      rate: '50k/s',
      streams: { write: {}, read: { producers: 0 } },
    })
    expect(streams.map(s => s.rate)).toMatchObject([{ rate: 50_000 }, { kind: 'constant', rate: 0 }])
  })
  it.each<[string, Config, RegExp]>([
    [
      'a rate of its own',
      { ...existing, producers: 0, rate: '5k/s' },
      /^rate is "5k\/s": expected to be left out/m,
    ],
    [
      'a rate of its own in a stream',
      { topic: 'orders', streams: { write: {}, read: { producers: 0, rate: 'max' } } },
      /^streams\.read\.rate is "max": expected to be left out, since producers is 0/m,
    ],
    [
      'nobody who reads',
      { ...existing, producers: 0, consumers: 0 },
      /^producers is 0: expected 1 or more, since consumers\.count is 0 too/m,
    ],
    ['a topic of its own', { producers: 0 }, /^topic\.name: expected a topic with something to read/m],
    [
      'a topic that nobody writes to',
      { streams: { a: { topic: 'one' }, b: { topic: 'two', producers: 0 } } },
      /^streams\.b\.topic\.name is "two": expected a topic with something to read/m,
    ],
    [
      'a threshold on what is sent',
      { ...existing, producers: 0, thresholds: { 'response.p99': '< 20ms' } },
      /^thresholds\.response\.p99 .*expected a figure this run has, but with producers 0 nothing is sent/m,
    ],
  ])('does not go with %s', async (_, config, expected) => {
    await expect(resolved(config)).rejects.toThrow(expected)
  })
  it('goes with a topic that is there, and thresholds on what is read', async () => {
    const thresholds = { 'consumed.rate': '>= 10k/s', 'endToEnd.p99': '< 1s' }
    const { streams } = await resolved({ ...existing, producers: 0, thresholds })
    expect(streams[0]?.thresholds).toHaveLength(2)
  })
})

describe('groups', () => {
  it('count for the number of threads', async () => {
    const config = await resolved({ threads: 6, consumers: { count: 2, groups: 2 } })
    expect(config.threads).toBe(4)
  })
  it('have a bound on all their members', async () => {
    const consumers = { count: 1000, groups: 101 }
    await expect(resolved({ consumers })).rejects.toThrow(
      'consumers.groups is 101: expected at most 100000 members in all groups, not 101 × 1000',
    )
  })
  it('by KIP-848 have no session time-out of their own', async () => {
    const consumers = { protocol: 'consumer', sessionTimeout: '10s' } as const
    await expect(resolved({ consumers })).rejects.toThrow(
      'consumers.sessionTimeout is "10s": expected to be left out, since by protocol \'consumer\' the broker decides',
    )
  })
})

describe('commit', () => {
  it.each([
    ['poll', { commitUs: 0, commitAfter: 1 }],
    ['1000 records', { commitUs: 0, commitAfter: 1000 }],
    ['off', { commitUs: 0 }],
    ['250ms', { commitUs: 250_000 }],
    [2, { commitUs: 2_000_000 }],
  ])('%s', async (commit, expected) => {
    const { streams } = await resolved({ consumers: { commit } })
    expect(streams[0]?.consumers).toMatchObject(expected)
    expect(streams[0]?.consumers.commitAfter).toBe((expected as { commitAfter?: number }).commitAfter)
  })
  it.each(['0 records', 'often', '0s', true])('%s is refused, with what is taken', async commit => {
    await expect(resolved({ consumers: { commit: commit as string } })).rejects.toThrow(
      "expected 'poll', 'off', '1000 records' or a duration from 1ms to 7d",
    )
  })
})
