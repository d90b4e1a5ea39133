/** What docs/ shows does what it says. The tests among the examples are run as they are. */
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Config, type Result, run, type Stream } from '../../core/index.ts'
import type { ResultData } from '../../core/plugin.ts'
import { type FakeDriverOptions, fakeDriver, virtualClock } from '../../core/testing/index.ts'
import { giveUp } from '../../docs/examples/give-up.ts'
import { heartbeats } from '../../docs/examples/heartbeats.ts'
import { jitter } from '../../docs/examples/jitter.ts'
import { lateReader } from '../../docs/examples/late-reader.ts'
import { markdown } from '../../docs/examples/markdown.ts'
import { objective } from '../../docs/examples/objective.ts'
import { orderValues } from '../../docs/examples/order-values.ts'
import { payments } from '../../docs/examples/payments.ts'
import { waves } from '../../docs/examples/waves.ts'
import '../../docs/examples/client.test.ts'
import '../../docs/examples/hot-keys.test.ts'
import '../../docs/examples/orders.test.ts'
import { root } from './read.ts'

const folder = mkdtempSync(join(tmpdir(), 'loadtest-docs-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** On the fake driver, in virtual time. */
function load(config: Config, fake: FakeDriverOptions = {}): Promise<Result> {
  const plugins = [fakeDriver(fake), ...(config.plugins ?? [])]
  return run({ warmup: 0, duration: 4, rate: 100, consumers: 0, ...config, plugins }, { clock: virtualClock })
}

describe('plugins', () => {
  it('order-values: each record is an order of its own', async () => {
    const values: string[] = []
    const reads = {
      name: 'reads',
      stream: (s: Stream) => s.hooks.onRecord.tap(r => void values.push(String(r.value()))),
    }
    await load({ consumers: 1, plugins: [orderValues(), reads] }, { log: true })
    const orders = values.map(text => JSON.parse(text) as { order: string; currency: string })
    expect(orders.map(o => Number(o.order)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 400 }, (_, i) => i),
    )
    expect(new Set(orders.map(o => o.currency))).toEqual(new Set(['EUR']))
  })

  it('heartbeats: the time of day, ten times a second', async () => {
    const values: string[] = []
    const reads = {
      name: 'reads',
      stream: (s: Stream) => s.hooks.onRecord.tap(r => void values.push(String(r.value()))),
    }
    const plugins = [heartbeats({ everyMs: 100 }), reads]
    const result = await load({ rate: 'fed', consumers: 1, plugins }, { log: true })
    expect(values).toHaveLength(40)
    for (const value of values) expect(Number.isNaN(Date.parse(value))).toBe(false)
    expect(result.value('response.p50')).toBeGreaterThan(0)
  })

  it('waves: 100/s with peaks of 300/s are 200/s on average', async () => {
    const at: number[] = []
    const onRecord = (r: { scheduledAt: number }) => void at.push(r.scheduledAt)
    const result = await load({ plugins: [waves({ seconds: 2, peak: 3 })] }, { onRecord })
    expect(result.value('scheduled.count')).toBe(800)
    // half a second around the first peak: 275/s
    const peak = at.filter(us => us >= 750_000 && us < 1_250_000).length
    expect(Math.abs(peak - 137.5)).toBeLessThanOrEqual(1)
  })

  it('jitter: as many records, at other instants, the same for a seed', async () => {
    const instants = async (seed: number) => {
      const at: number[] = []
      await load({ seed, plugins: [jitter()] }, { onRecord: r => void at.push(r.scheduledAt) })
      return at
    }
    const [first, again, other] = [await instants(1), await instants(1), await instants(2)]
    expect(Math.abs(first.length - 400)).toBeLessThanOrEqual(1)
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
  })

  it('objective: counts what was acked too late', async () => {
    const slow = { delayUs: (index: number) => (index % 4 === 0 ? 80_000 : 10_000) }
    const result = await load({ plugins: [objective({ ms: 50 })] }, slow)
    expect(result.value('objective.missed')).toBe(100)
  })

  it('late-reader: records of the first seconds wait to be read', async () => {
    const result = await load({ consumers: 1, plugins: [lateReader({ seconds: 2 })] }, { log: true })
    expect(result.value('consumed.count')).toBe(400)
    expect(result.value('endToEnd.max')).toBeGreaterThan(1_900_000)
  })

  it('give-up: ends the run and says why', async () => {
    const result = await load({ duration: 60, plugins: [giveUp({ most: 150 })] }, { state: () => 'failed' })
    expect(result.run.stopped).toMatch(/^give-up: \d+ records failed$/)
    expect(result.value('scheduled.count')).toBeLessThan(400)
  })

  it('markdown: a file in the folder of the run, and a section of the result', async () => {
    const result = await load({ out: join(folder, 'markdown'), plugins: [markdown()] })
    const text = readFileSync(join(folder, 'markdown', 'summary.md'), 'utf8')
    expect(text).toMatch(/^\*\*valid\*\*, response p99 \d+ µs\n$/)
    expect(result.sections['markdown']).toBe(text.trim())
  })

  it('payments: a preset with options', async () => {
    const keys = new Set<unknown>()
    const driver = fakeDriver({ onRecord: r => void keys.add(r.key) })
    const config = { extends: payments({ scale: 0.1 }), duration: 4, consumers: 0, plugins: [driver] }
    const result = await run(config, { clock: virtualClock })
    expect(result.value('scheduled.count')).toBe(2000)
    expect(keys).toContain('hot')
    expect(result.thresholds).toMatchObject([{ name: 'failed.count', ok: true }])
  })
})

describe('configurations', () => {
  const loadtest = (...args: string[]) => {
    const argv = [join(root, 'core/cli/loadtest.js'), ...args]
    return spawnSync(process.execPath, argv, { cwd: folder, encoding: 'utf8', env: {} })
  }
  const files = globSync('docs/examples/*.config.{ts,yaml}', { cwd: root })

  it.each(files)('%s is valid', file => {
    const { status, stdout, stderr } = loadtest('validate', '-c', join(root, file))
    expect(status, stderr).toBe(0)
    expect(stdout).toMatch(/^valid: /m)
  })

  it('the one of the README runs on the embedded broker', () => {
    const config = join(root, 'docs/examples/loadtest.config.ts')
    const short = '--rate 500/s --warmup 0s --duration 2s --out readme --allow-tainted'.split(' ')
    const { stdout, stderr } = loadtest('run', '-c', config, ...short)
    expect(stdout + stderr).toContain('embedded broker, a test double')
    const text = readFileSync(join(folder, 'readme/result.json'), 'utf8')
    const { streams, metrics } = JSON.parse(text) as ResultData
    expect(streams['default']?.topic).toBe('orders')
    expect(streams['default']?.phases.measure.counts).toMatchObject({
      scheduled: 1000,
      acked: 1000,
      consumed: 1000,
    })
    expect(metrics['tenants.rare']).toBe(10)
  })

  it('a preset is laid under what extends it', () => {
    const { stdout } = loadtest('config', '-c', join(root, 'docs/examples/extends.config.ts'))
    const lines = stdout.split('\n')
    const row = (path: string) => lines.find(line => line.startsWith(`${path} `))
    expect(row('rate')).toMatch(/500 +preset loadtest-preset-payments$/)
    expect(row('duration')).toMatch(/"20s" +\S*extends\.config\.ts:7$/)
    expect(row('plugins.keys.sequential')).toBeDefined()
    expect(row('plugins.hot-keys')).toBeUndefined()
    expect(row('thresholds.failed.count')).toBeUndefined()
  })
})
