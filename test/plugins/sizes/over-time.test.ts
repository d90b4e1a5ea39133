import { run } from 'kafka-loadtest'
import type { Stream } from 'kafka-loadtest/plugin'
import { fakeDriver, virtualClock } from 'kafka-loadtest/testing'
import { expect, it } from 'vitest'
import { sizes } from '../../../plugins/index.ts'
import { faultsOf } from '../draws.ts'
import { sizesOf } from './sizes.ts'

const points = [
  { at: '1s', size: '100B' },
  { at: '3s', size: '300B' },
  { at: '3s', size: '1000B' },
  { at: '4s', size: '0B' },
]

it.each([
  [0, 100],
  [1, 100],
  [1.5, 150],
  [2.999, 300],
  [3, 1000],
  [3.25, 750],
  [4, 0],
  [100, 0],
])('at %s s: %s bytes', async (at, bytes) => {
  const of = await sizesOf([sizes.overTime({ points })])
  expect(of(0, { at: at * 1e6 })).toBe(bytes)
})
it('is a function of the time alone, whatever came before', async () => {
  const of = await sizesOf([sizes.overTime({ points, every: '5s' })])
  const times = Array.from({ length: 200 }, (_, i) => ((i * 7919) % 12_000) * 1000)
  const forwards = new Map(times.toSorted((a, b) => a - b).map(at => [at, of(0, { at })]))
  for (const at of times) expect(of(0, { at })).toBe(forwards.get(at))
  for (const at of times) expect(of(0, { at: at + 5e6 })).toBe(of(0, { at }))
})
it('scales what others draw, wherever it is listed, and leaves tombstones alone', async () => {
  const factors = [
    { at: 0, factor: 1 },
    { at: 10, factor: 3 },
  ]
  const tombstones = {
    name: 'tombstones',
    stream({ hooks }: Stream) {
      hooks.sizeFor.tap((bytes, { index }) => (index === 7 ? -1 : bytes))
    },
  }
  const of = await sizesOf([sizes.overTime({ points: factors }), sizes.fixed({ size: 1000 }), tombstones])
  expect([0, 5, 10].map(at => of(0, { at: at * 1e6 }))).toEqual([1000, 2000, 3000])
  expect(of(7, { at: 1e6 })).toBe(-1)
  const sized = await sizesOf([sizes.overTime({ points: factors })], { size: 10 })
  expect(sized(0, { at: 5e6 })).toBe(20)
})
it('a rate in bytes is met over the time of the run', async () => {
  const driver = fakeDriver()
  const curve = [
    { at: 0, size: 100 },
    { at: 10, size: 1900 },
  ]
  const { streams } = await run(
    { rate: '1 MB/s', warmup: 0, duration: 10, plugins: [driver, sizes.overTime({ points: curve })] },
    { clock: virtualClock },
  )
  // the mean of the run's sizes is 1,000 bytes
  const { counts, bytes } = streams['default']?.phases.measure ?? expect.fail()
  expect(counts.acked).toBeGreaterThan(9990)
  expect(counts.acked).toBeLessThan(10_010)
  expect(bytes.acked / 1e7).toBeCloseTo(1, 2)
})
it.each<[Parameters<typeof sizes.overTime>[0], string[]]>([
  [
    { points: [{ at: 0, size: 1 }] },
    ["sizes.overTime.points: expected 2 to 100000 points, such as { at: '0s', size: '100B' }"],
  ],
  [
    { points: [{ at: 0, size: 1 }, { at: 1 }] },
    [
      expect.stringContaining(
        'points.1: expected a point with at and either a size or a factor from 0 to 1000',
      ),
    ],
  ],
  [
    {
      points: [
        { at: 0, size: 1 },
        { at: 1, factor: 1 },
      ],
    },
    ['sizes.overTime.points.1: expected a size, as the points before have'],
  ],
  [
    {
      points: [
        { at: 2, size: 1 },
        { at: 1, size: 1 },
      ],
    },
    ['sizes.overTime.points.1.at: expected a time that is not before that of the last point'],
  ],
  [
    {
      points: [
        { at: 0, size: 1 },
        { at: 2, size: 1 },
      ],
      every: '1s',
    },
    ["sizes.overTime.every: expected a duration of at least the last point's time"],
  ],
])('refuses %o', async (options, faults) => {
  expect(await faultsOf([sizes.overTime(options)])).toEqual(faults)
})
