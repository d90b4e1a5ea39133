/** What `loadtest plan` shows of a configuration. */
import { describe, expect, it } from 'vitest'
import { openHosts } from '../../../core/cli/plan/hosts.ts'
import { drawSample } from '../../../core/cli/plan/sample.ts'
import { planText } from '../../../core/cli/plan.ts'
import { mergeConfig } from '../../../core/config/merge.ts'
import { resolveConfig } from '../../../core/config/resolve.ts'
import type { HostStream } from '../../../core/host.ts'
import { type Config, type InlinePlugin, run, type Stream } from '../../../core/index.ts'
import { ConfigError, definePlugin } from '../../../core/plugin.ts'
import { fakeDriver, virtualClock } from '../../../core/testing/index.ts'

const source = (value: Config) => ({ value, cwd: process.cwd(), env: {}, command: 'plan' })
const plan = (value: Config, columns = 80) => planText(source(value), { columns, colors: false })
/** Lines of a section in one. */
const flat = (text: string) => text.replace(/\n {13}/g, ' ')
const traffic = (stream: (stream: Stream) => void, name = 'mine'): InlinePlugin => ({
  name,
  stream: s => void stream(s),
})

async function sampled(value: Config, most = 100_000) {
  const merged = await mergeConfig(source(value))
  const config = await resolveConfig(merged)
  const { main, worker } = await openHosts(merged, config)
  const { schedule } = main.streams[0] as HostStream
  const endUs = config.warmupUs + config.durationUs
  return drawSample({ stream: worker.streams[0] as HostStream, schedule, endUs, seed: config.seed, most })
}

const mixed = traffic(stream => {
  const random = stream.random('all')
  stream.hooks.keyFor.tap((_key, draft) => (draft.index % 7 === 0 ? null : draft.index % 5))
  stream.hooks.partitionFor.tap((draft, partitions) =>
    draft.key === 3 ? undefined : draft.index % partitions,
  )
  stream.hooks.sizeFor.tap((_bytes, draft) => {
    random.seek(draft.index)
    return draft.index % 11 === 0 ? -1 : 60 + random.int(1000) + draft.producer
  })
  stream.hooks.beforeSend.tap(draft => {
    draft.setHeader('n', String(draft.index))
    return draft.index % 13 === 0 ? false : undefined
  })
})

describe('the sample', () => {
  it('is what a run sends', async () => {
    const config = { rate: '1k/s', warmup: 1, duration: 2, consumers: 0, producers: 3, plugins: [mixed] }
    type Sent = { index: number; key: unknown; size: number; scheduledAt: number; partition: number }
    const sent: Sent[] = []
    const driver = fakeDriver({ onRecord: record => void sent.push({ ...record }) })
    await run({ ...config, plugins: [mixed, driver] }, { clock: virtualClock })
    sent.sort((a, b) => a.index - b.index)
    const { count, dropped, whole, at, key, keys, partition, size } = await sampled(config)
    expect([count, dropped, whole]).toEqual([sent.length, 3000 - sent.length, true])
    for (const [row, record] of sent.entries()) {
      const own = key[row] as number
      expect(own < 0 ? null : Number(keys[own])).toBe(record.key)
      expect(at[row]).toBe(record.scheduledAt)
      expect(size[row]).toBe(record.size)
      // the driver has its own partition where nobody chose one
      if (record.key !== 3) expect(partition[row]).toBe(record.partition)
      else expect(partition[row]).toBe(-1)
    }
  })

  it('is spread over a long schedule, and misses no key of a plugin that goes round', async () => {
    const round = traffic(stream => stream.hooks.keyFor.tap((_key, draft) => draft.index % 1000))
    const { count, whole, at, keys } = await sampled(
      { rate: '1M/s', duration: '1h', plugins: [round] },
      20_000,
    )
    expect([count, whole, keys.length]).toEqual([20_000, false, 1000])
    const seconds = [...at.subarray(0, count)].map(us => us / 1e6)
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b))
    const step = 3602 / 20_000
    for (const [i, second] of seconds.entries())
      expect(Math.abs(second - (i + 0.5) * step)).toBeLessThan(step)
  })

  it('is the same for a seed, and another one for another', async () => {
    const each = traffic(stream => stream.hooks.keyFor.tap((_key, draft) => draft.index))
    const of = async (seed: number) => (await sampled({ rate: '1M/s', seed, plugins: [each] }, 100)).keys
    expect(await of(1)).toEqual(await of(1))
    expect(await of(1)).not.toEqual(await of(2))
  })

  it('takes a number, its text and its bytes for one key, and copies what is written in place', async () => {
    const place = Buffer.alloc(1)
    const keys = traffic(stream =>
      stream.hooks.keyFor.tap((_key, draft) => {
        const digit = draft.index % 2
        if (draft.index % 3 === 0) return digit
        if (draft.index % 3 === 1) return String(digit)
        place.write(String(digit))
        return place
      }),
    )
    expect((await sampled({ rate: 100, plugins: [keys] })).keys).toEqual(['0', '1'])
  })
})

describe('a plan', () => {
  it('of the defaults', async () => {
    expect(await plan({})).toMatchInlineSnapshot(`
      "records      60,000 in 12 s, the first 2 s are warm-up (╌), by 1 producer
                   5,000/s all the time
                   6 MB of values, 500 kB/s on average

      rate  5,000 ┤███████████████████████████████████████████████████████████████████
      records/s   │███████████████████████████████████████████████████████████████████
                  │███████████████████████████████████████████████████████████████████
                  │███████████████████████████████████████████████████████████████████
            2,500 ┤███████████████████████████████████████████████████████████████████
                  │███████████████████████████████████████████████████████████████████
                  │███████████████████████████████████████████████████████████████████
                  │███████████████████████████████████████████████████████████████████
                0 └┬╌╌╌╌╌╌╌╌╌╌┬──────────┬───────────┬──────────┬──────────┬─────────┬
                   0          2 s        4 s         6 s        8 s        10 s   12 s

      keys         none: records are keyless

      partitions   4, chosen by the driver's partitioner

      sizes        100 B each

      values       the engine's own: a batch of them compresses to 55 % (zstd)"
    `)
  })

  it('of keys, partitions, sizes, values and headers', async () => {
    expect(await plan({ rate: '10k/s', topic: { partitions: 3 }, plugins: [mixed] })).toMatchInlineSnapshot(`
      "records      120,000 in 12 s, the first 2 s are warm-up (╌), by 1 producer
                   10k/s all the time
                   ≈ 56.4 MB of values, 4.7 MB/s on average
                   7.69 % of them are dropped by plugins before they are sent
                   what follows is of 100,000 of them, drawn from all of the schedule

      rate    10k ┤███████████████████████████████████████████████████████████████████
      records/s   │███████████████████████████████████████████████████████████████████
                  │███████████████████████████████████████████████████████████████████
                  │███████████████████████████████████████████████████████████████████
            5,000 ┤███████████████████████████████████████████████████████████████████
                  │███████████████████████████████████████████████████████████████████
                  │███████████████████████████████████████████████████████████████████
                  │███████████████████████████████████████████████████████████████████
                0 └┬╌╌╌╌╌╌╌╌╌╌┬──────────┬───────────┬──────────┬──────────┬─────────┬
                   0          2 s        4 s         6 s        8 s        10 s   12 s

      keys         by mine: 5 keys · 14.4 % of the records have none
                   key    share  over time
                   4    17.24 %  █████████████████████████████████████████████████████
                   2    17.21 %  ████████████████▇▇███████████████████████████████████
                   0    17.10 %  ███████▇▇▇▇██████████▇▇█████▇▇███████████████████████
                   3    17.06 %  ████▇▇███▇▇███████▇██████████████████████████████████
                   1    17.02 %  ███████████████████▇▇██████████████████████▇▇▇▇██████

      partitions   by mine: 3 partitions · 30 % on 1, 40 % on 0 ·
                   the fullest has 1.2 × the mean · so for 82.9 % of the records; the
                   driver's partitioner chooses for the rest
                    0  39.96 %  ██████████████████████████████████████████████████████
                    1  29.98 %  ████████████████████████████████████████▌
                    2  30.06 %  ████████████████████████████████████████▋

      sizes        by mine: p50 560 B · p99 1.03 KiB · mean 509 B · 60 B to 1.03 KiB ·
                   9.04 % tombstones
                  │▇▅▇▆▅▄▃▆▆▃▄▅▅▅▅▄▄▄▄▆▄▅▆▆▄▅▅▄▃▄▆▇▅▃▃▇▄▅▅▅▄▄▅▆▇▃▇▄▅█▅▅▃▃▄▇▅▅▄▄▅▇▄▄▄▇▅
                  │███████████████████████████████████████████████████████████████████
                  │███████████████████████████████████████████████████████████████████
                  │███████████████████████████████████████████████████████████████████
                  │███████████████████████████████████████████████████████████████████
                  │███████████████████████████████████████████████████████████████████
                0 └─────────────┬────────────────┬────────────────┬─────────────────┬─
                                256 B            512 B            768 B          1 KiB

      values       the engine's own: a batch of them compresses to 72 % (zstd)

      headers      1 name, 6.07 B a record, such as
                   n  1"
    `)
  })

  it.each([40, 80, 120])('stays within %i columns', async columns => {
    const long = traffic(stream => {
      stream.hooks.keyFor.tap((_key, draft) => `${'long '.repeat(30)}${draft.index % 4}`)
      stream.hooks.beforeSend.tap(draft => draft.setHeader('h'.repeat(100), 'v'.repeat(1000)))
    }, 'long')
    const text = await plan({ plugins: [long, mixed], topic: { partitions: 500 } }, columns)
    for (const line of text.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(columns)
  })

  it('says that a closed run has no schedule', async () => {
    const text = await plan({ rate: 'max', plugins: [mixed] })
    expect(flat(text)).toContain('as fast as it goes for 12 s, by 1 producer: there is no schedule to draw')
    expect(text).not.toContain('records/s')
    expect(text).toMatch(/^keys +by mine/m)
  })

  it('shows how keys change in the course of the run', async () => {
    const moving = traffic(stream =>
      stream.hooks.keyFor.tap((_key, draft) => (draft.scheduledAt < 6e6 ? 'early' : 'late')),
    )
    const text = await plan({ plugins: [moving] })
    expect(text).toMatch(/^ +early +50\.00 % {2}█+▄?▄$/m)
    expect(text).toMatch(/^ +late +50\.00 % {3,}▄▄?█+$/m)
  })

  it('names the fullest partition', async () => {
    const skewed = traffic(stream =>
      stream.hooks.partitionFor.tap(draft => (draft.index % 2 === 0 ? 2 : draft.index % 4)),
    )
    const text = await plan({ topic: { partitions: 4 }, plugins: [skewed] })
    expect(flat(text)).toContain('by mine: 4 partitions · 0 % on 0, 50 % on 2 · the fullest has 2 × the mean')
    expect(text).toMatch(/^ +1 +25\.00 % {2}█+$/m)
  })

  it('has a part for each of several streams', async () => {
    const text = await plan({ streams: { orders: { rate: 10 }, audit: { rate: 20 } } })
    expect(text).toMatch(
      /^stream orders$[\s\S]*^records +120 in 12 s[\s\S]*^stream audit$[\s\S]*^records +240 in 12 s/m,
    )
  })

  it('shows no secret', async () => {
    const secret = traffic(stream =>
      stream.hooks.beforeSend.tap(draft => draft.setHeader('authorization', 'hunter2')),
    )
    const text = await plan({ plugins: [secret] })
    expect(text).toMatch(/^ +authorization +\*\*\*$/m)
    expect(text).not.toContain('hunter2')
  })

  it('shows transactions as they would end', async () => {
    const tens = traffic(stream =>
      stream.hooks.endTransaction.tap(open =>
        open.records < 9 ? undefined : open.number % 4 === 0 ? 'abort' : 'commit',
      ),
    )
    const text = await plan({ rate: '1k/s', duration: 6, plugins: [tens] })
    expect(flat(text)).toContain(
      'by mine: 10 records · open for 9 ms · 100/s by all producers · 25 % are aborted',
    )
  })

  it('shows what members of the group do', async () => {
    const members = traffic(stream =>
      stream.hooks.pollFor.tap(({ index, now }) => {
        if (index === 0) return undefined
        if (index === 1) return now < 6e6 ? 'pause' : undefined
        return now < 3e6 ? 'leave' : 'join'
      }),
    )
    const text = await plan({ consumers: 3, plugins: [members] })
    expect(text).toMatch(/^ +0 {3}█+\n +1 {3}·+█+\n +2 {4,}█+$/m)
  })
})

describe('plugins that need more than a plan has', () => {
  const pooled = (setup: (prepared: unknown) => void, prepares = false): InlinePlugin => {
    let pool: string[] = []
    return {
      name: 'pooled',
      register(run) {
        if (prepares)
          run.hooks.prepare.tap(shared => {
            shared['pooled'] = { pool: ['c', 'd', 'e'] }
          })
        run.hooks.setup.tap(async shared => {
          await Promise.resolve()
          setup(shared['pooled'])
          pool = ['a', 'b']
        })
      },
      stream: s => void s.hooks.keyFor.tap((_key, draft) => pool[draft.index % pool.length] as string),
    }
  }

  it('are set up first', async () => {
    const text = await plan({ plugins: [pooled(() => undefined)] })
    expect(text).toContain('by pooled: 2 keys')
    expect(text).not.toMatch(/^(not drawn|unprepared)/m)
  })

  it('are left out where they cannot do without what main prepares', async () => {
    let keys: string[] | undefined
    const late: InlinePlugin = {
      name: 'late',
      register(run) {
        run.hooks.prepare.tap(() => undefined)
        run.hooks.setup.tap(shared => {
          keys = shared['late'] as string[] | undefined
        })
      },
      stream: s => void s.hooks.keyFor.tap((_key, draft) => (keys as string[])[draft.index % 2] as string),
    }
    const text = await plan({ plugins: [mixed, late] })
    expect(text).toMatch(/^not drawn +late: it prepares what it makes records of when a run starts$/m)
    expect(text).not.toMatch(/^keys/m)
    // what the others make is drawn all the same
    expect(text).toMatch(/^sizes +by mine/m)
  })

  it('are drawn with a note where they can do without', async () => {
    const fails = (prepared: unknown) => void (prepared as { pool: string[] }).pool
    const sized: InlinePlugin = {
      ...pooled(fails, true),
      stream: s => void s.hooks.keyFor.tap((_key, draft) => draft.index % 2),
    }
    const text = await plan({ plugins: [sized] })
    expect(text).toContain('by pooled: 2 keys')
    expect(text).toMatch(/^unprepared +pooled: drawn without what it prepares when a run starts$/m)
    expect(text).not.toContain('not drawn')
  })

  it('are left out where their setup fails, and set up no more', async () => {
    let tries = 0
    const text = await plan({
      plugins: [
        pooled(() => {
          tries++
          throw new Error('no broker')
        }),
      ],
    })
    expect(text).toMatch(/^not drawn +pooled: its setup fails outside of a run: no broker$/m)
    expect(tries).toBe(1)
  })

  it('tell of a fault of the configuration, which is one here as well', async () => {
    const faulty = pooled(() => {
      throw new ConfigError([{ path: 'pooled.file', expected: 'a file' }])
    })
    const told = plan({ plugins: [faulty] })
    await expect(told).rejects.toThrow(ConfigError)
    await expect(told).rejects.toThrow('pooled.file: expected a file\n    from plan()')
  })

  it('tell what members do before they are set up, and are left out where they cannot', async () => {
    const backlog: InlinePlugin = {
      name: 'backlog',
      register: run => run.hooks.setup.tap(async () => void (await run.client())),
      stream: s => void s.hooks.pollFor.tap(({ now }) => (now < 6e6 ? 'pause' : undefined)),
    }
    const lost = traffic(stream =>
      stream.hooks.pollFor.tap(() => {
        throw new Error('not yet')
      }),
    )
    expect(await plan({ plugins: [backlog] })).toMatch(/^ +0 {3}·+█+$/m)
    const text = await plan({ plugins: [lost] })
    expect(text).toMatch(/^not drawn +mine: what it tells consumers needs a run: not yet$/m)
  })

  it('say nothing of consumers that do nothing but poll', async () => {
    const watches = traffic(stream => stream.hooks.pollFor.tap(() => undefined))
    expect(await plan({ plugins: [watches] })).not.toContain('consumers')
  })

  it('are no concern where they make no records', async () => {
    const reporter: InlinePlugin = {
      name: 'reporter',
      register(run) {
        run.hooks.prepare.tap(() => Promise.reject(new Error('prepared')))
        run.hooks.setup.tap(() => Promise.reject(new Error('set up')))
      },
    }
    expect(await plan({ plugins: [reporter] })).not.toContain('reporter')
  })

  it('are named when they fail on a record', async () => {
    const broken = traffic(stream =>
      stream.hooks.sizeFor.tap((_bytes, draft) => {
        if (draft.index === 5) throw new Error('five')
        return 1
      }),
    )
    await expect(plan({ plugins: [broken] })).rejects.toThrow('plugin mine failed in sizeFor: five')
  })

  it('see a worker, with their options', async () => {
    const roles: string[] = []
    const factory = definePlugin({
      name: 'roles',
      stream(_stream, run) {
        roles.push(`${run.role} ${run.thread}`)
      },
    })
    await plan({ plugins: [factory()] })
    expect(roles).toEqual(['main -1', 'worker 0'])
  })
})
