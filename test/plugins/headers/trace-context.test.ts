import { expect, it } from 'vitest'
import { headers } from '../../../plugins/index.ts'
import { faultsOf } from '../draws.ts'
import { ALPHA, chiSquare, DRAWS } from '../statistics.ts'
import { headersOf, texts } from './headers.ts'

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]$/

it('is a traceparent of its own for each record, the same for a seed', async () => {
  const of = await headersOf([headers.traceContext({})])
  const seen = new Set<string>()
  for (let i = 0; i < 10_000; i++) {
    const { traceparent = '' } = texts(of(i))
    expect(traceparent).toMatch(TRACEPARENT)
    seen.add(traceparent.slice(3, 35)).add(traceparent.slice(36, 52))
  }
  expect(seen.size).toBe(20_000)
  const again = await headersOf([headers.traceContext({})])
  expect(again(77)).toEqual(of(77))
  const other = await headersOf([headers.traceContext({})], { seed: 2 })
  expect(other(77)).not.toEqual(of(77))
})
it('has digits that are all alike in number at each place', async () => {
  const of = await headersOf([headers.traceContext({})])
  const counts = Array.from({ length: 48 }, () => new Float64Array(16))
  for (let i = 0; i < DRAWS / 10; i++) {
    const text = of(i)['traceparent']?.toString() ?? ''
    const digits = text.slice(3, 35) + text.slice(36, 52)
    for (const [place, cells] of counts.entries()) {
      const digit = Number.parseInt(digits[place] as string, 16)
      cells[digit] = (cells[digit] as number) + 1
    }
  }
  for (const cells of counts)
    expect(chiSquare(cells, new Float64Array(16).fill(1 / 16)).p).toBeGreaterThan(ALPHA / 10)
})
it.each([0, 0.1, '25%', 1])('records %s of the traces', async sampled => {
  const of = await headersOf([headers.traceContext({ sampled })])
  const share = sampled === '25%' ? 0.25 : Number(sampled)
  let yes = 0
  for (let i = 0; i < 100_000; i++) if (of(i)['traceparent']?.[54] === 49) yes++
  if (share === 0 || share === 1) expect(yes).toBe(share * 100_000)
  else expect(chiSquare([yes, 100_000 - yes], [share, 1 - share]).p).toBeGreaterThan(ALPHA)
})
it('has a tracestate where one is given', async () => {
  const of = await headersOf([headers.traceContext({ tracestate: 'loadtest=1,t61rcwkgmze@vendor=00f0 67' })])
  expect(texts(of(3))['tracestate']).toBe('loadtest=1,t61rcwkgmze@vendor=00f0 67')
})
it.each([
  'loadtest',
  'a=1,a=2',
  'A=1',
  `a=${'x'.repeat(600)}`,
  Array.from({ length: 33 }, (_, i) => `a${i}=1`).join(),
])('refuses the tracestate %s', async tracestate => {
  expect(await faultsOf([headers.traceContext({ tracestate })])).toEqual([
    expect.stringMatching(
      /^headers.traceContext.tracestate: expected a list of at most 32 members 'key=value'/,
    ),
  ])
})
