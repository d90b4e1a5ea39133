import { describe, expect, it } from 'vitest'
import { mergeConfig } from '../../core/config/merge.ts'
import { resolveConfig } from '../../core/config/resolve.ts'
import type { Config } from '../../core/config/types.ts'
import type { ConfigError } from '../../core/index.ts'

async function read(thresholds: unknown, config: Config = {}) {
  const value = { ...config, thresholds } as Config
  const merged = await mergeConfig({ value, cwd: '/', env: {}, command: 'run' })
  return (await resolveConfig(merged)).streams.map(s => s.thresholds)
}
const one = async (metric: string, expression: unknown, config: Config = {}) =>
  (await read({ [metric]: expression }, config))[0]
const fault = (metric: string, expression: unknown, config: Config = {}) =>
  read({ [metric]: expression }, config).then(
    () => undefined,
    (error: ConfigError) => error.faults[0],
  )

describe('a threshold', () => {
  it.each([
    ['response.p99', '< 20ms', '<', 20_000],
    ['response.acked.p99', '<=1.5s', '<=', 1_500_000],
    ['endToEnd.max', '> 5us', '>', 5],
    ['failed.count', '== 0', '==', 0],
    ['dropped.backlog.count', '!= 1', '!=', 1],
    ['acked.count', '>= 1e6', '>=', 1e6],
    ['achieved.rate', '>= 49k/s', '>=', 49_000],
    ['achieved.rate', '> 49000', '>', 49_000],
    ['achieved.byteRate', '>= 80 MB/s', '>=', 80e6],
    ['consumed.rate', '>= 0.5/s', '>=', 0.5],
  ])('%s %s', async (metric, expression, op, bound) => {
    expect(await one(metric, expression)).toEqual([{ metric, expression, op, bound, phase: 'measure' }])
  })
  it('may be several, and may name the phase, by its name or beside it', async () => {
    expect(await one('response.p50', ['> 1ms', '< 20ms'])).toMatchObject([{ op: '>' }, { op: '<' }])
    const warmup = [{ metric: 'failed.count', phase: 'warmup' }]
    expect(await one('warmup.failed.count', '== 0')).toMatchObject(warmup)
    expect(await one('failed.count', { expect: '== 0', phase: 'warmup' })).toMatchObject(warmup)
    expect(await one('default.warmup.failed.count', '== 0')).toMatchObject(warmup)
  })
  it('is for every stream, or for the one it names', async () => {
    const streams = { orders: {}, audit: {} }
    const [orders, audit] = await read({ 'failed.count': '== 0', 'audit.response.p99': '< 1s' }, { streams })
    expect(orders?.map(t => t.metric)).toEqual(['failed.count'])
    expect(audit?.map(t => t.metric)).toEqual(['failed.count', 'response.p99'])
  })
  it('may be on a figure of a listed plugin', async () => {
    const plugins = [{ name: 'acme', register() {} }]
    expect(await one('acme.rare', '== 5', { plugins })).toMatchObject([{ metric: 'acme.rare', bound: 5 }])
    expect(await one('acme.lag', '< 5ms', { plugins })).toMatchObject([{ bound: 5000 }])
    expect(await fault('acne.rare', '== 5', { plugins })).toMatchObject({ expected: 'the name of a metric' })
  })
})

describe('is refused:', () => {
  it.each([
    ['response.p99', '< 20', "a comparison with its unit such as '< 20ms'"],
    ['response.p99', '20ms', "a comparison with its unit such as '< 20ms'"],
    ['response.p99', '< 20 MB', "a comparison with its unit such as '< 20ms'"],
    ['response.p99', '=< 20ms', "a comparison with its unit such as '< 20ms'"],
    ['response.p99', [], "a comparison with its unit such as '< 20ms'"],
    ['response.p99', { expect: '< 20ms', when: 'warmup' }, "a comparison with its unit such as '< 20ms'"],
    ['response.p99', true, "a comparison with its unit such as '< 20ms'"],
    ['failed.count', '== 0ms', "a comparison with its unit such as '== 0'"],
    ['achieved.rate', '> 80 MB/s', "a comparison with its unit such as '>= 49k/s'"],
    ['achieved.byteRate', '> 50k/s', "a comparison with its unit such as '>= 80 MB/s'"],
    ['p99', '< 20ms', 'the name of a metric'],
  ])('%s: %j', async (metric, expression, expected) => {
    expect((await fault(metric, expression))?.expected).toContain(expected)
  })
  it.each([
    [{ producer: { acks: 0 } }, ['response.p99', 'service.p99', 'achieved.rate'], 'nothing is answered'],
    [{ rate: 'max' }, ['response.p99', 'schedulingLag.p99', 'offered.rate'], 'no schedule'],
    [
      { consumers: 0 },
      ['endToEnd.p99', 'transport.p99', 'consumed.count', 'consumerDelay.max'],
      'nobody reads',
    ],
    [{ stamp: 'off' }, ['endToEnd.p99', 'transport.p99'], 'do not carry their times'],
  ] as [Config, string[], string][])('with %j: %j', async (config, metrics, why) => {
    for (const metric of metrics) {
      const expression = metric.endsWith('rate') || metric.endsWith('count') ? '> 1' : '< 1s'
      expect(await fault(metric, expression)).toBeUndefined()
      expect((await fault(metric, expression, config))?.expected).toContain(why)
    }
  })
  it('dropped for a reason there is not', async () => {
    for (const reason of ['plugin', 'error', 'abort'])
      expect(await fault(`dropped.${reason}.count`, '== 0')).toBeUndefined()
    expect(await fault('dropped.backlogs.count', '== 0')).toMatchObject({
      expected: 'the name of a metric',
      hint: 'did you mean dropped.backlog.count?',
    })
  })
  it('another stream, where it is written for one alone', async () => {
    const streams = { orders: { thresholds: { 'audit.failed.count': '== 0' } }, audit: {} }
    const error = await read(undefined, { streams }).catch(e => e)
    expect(error.faults).toMatchObject([
      { path: 'streams.orders.thresholds.audit.failed.count', expected: 'a figure of stream orders' },
    ])
  })
  it('the warm-up, where there is none', async () => {
    expect(await fault('warmup.failed.count', '== 0', { warmup: 0 })).toMatchObject({
      expected: 'a figure this run has, but there is no warm-up',
    })
    expect(await fault('failed.count', { expect: '== 0', phase: 'warmup' }, { warmup: 0 })).toBeDefined()
    expect(await fault('failed.count', '== 0', { warmup: 0 })).toBeUndefined()
  })
})
