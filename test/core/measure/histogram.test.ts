import fc from 'fast-check'
import * as hdr from 'hdr-histogram-js'
import { expect, it } from 'vitest'
import { HIGHEST, Histogram, Recorder } from '../../../core/measure/histogram.ts'

const values = fc.array(fc.integer({ min: 0, max: HIGHEST }), { minLength: 1, maxLength: 300 })
const quantiles = [0, 0.25, 0.5, 0.9, 0.99, 0.999, 1]

function library(list: readonly number[]) {
  const h = hdr.build({
    bitBucketSize: 64,
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST,
    numberOfSignificantValueDigits: 3,
  })
  for (const v of list) h.recordValue(v)
  return h
}
function ours(list: readonly number[]) {
  const recorder = new Recorder()
  for (const v of list) recorder.record(v)
  return new Histogram().add(recorder.take())
}

it('has the library’s buckets: the same percentiles for any values', () => {
  fc.assert(
    fc.property(values, list => {
      const [a, b] = [ours(list), library(list)]
      for (const q of quantiles.slice(1))
        expect(a.quantile(q)).toBe(Math.min(b.getValueAtPercentile(q * 100), Math.max(...list)))
      expect(a.max).toBe(Math.max(...list))
      expect(a.count).toBe(list.length)
    }),
  )
})

it('is encoded so that others read the same percentiles', () => {
  fc.assert(
    fc.property(values, list => {
      const a = ours(list)
      const b = hdr.decodeFromCompressedBase64(a.encode())
      expect(b.totalCount).toBe(list.length)
      for (const q of quantiles.slice(1))
        expect(b.getValueAtPercentile(q * 100)).toBe(library(list).getValueAtPercentile(q * 100))
    }),
    { numRuns: 30 },
  )
})

it('merges by addition: parts of many recorders are one recorder’s histogram, bucket for bucket', () => {
  fc.assert(
    fc.property(fc.array(values, { minLength: 1, maxLength: 5 }), lists => {
      const merged = new Histogram()
      for (const list of lists) {
        const recorder = new Recorder()
        // taken in two, as seconds are
        list.forEach((v, i) => {
          recorder.record(v)
          if (i === 10) merged.add(recorder.take())
        })
        merged.add(recorder.take())
      }
      const whole = ours(lists.flat())
      expect([...merged.buckets()]).toEqual([...whole.buckets()])
      expect([merged.sum, merged.min, merged.max]).toEqual([whole.sum, whole.min, whole.max])
    }),
    { numRuns: 30 },
  )
})

it('counts negative and too large values apart, and drops none', () => {
  const recorder = new Recorder()
  recorder.record(-1)
  recorder.record(HIGHEST + 1, 3)
  recorder.record(HIGHEST)
  const h = new Histogram().add(recorder.take())
  expect([h.negative, h.overflow, h.count]).toEqual([1, 3, 1])
})

it('counts what never came as infinite', () => {
  const h = ours([10, 20, 30, 40])
  expect(h.quantileOf(0.5, 4)).toBe(40)
  expect(h.quantileOf(0.51, 4)).toBe('inf')
  expect(h.quantileOf(0.5, 0)).toBe(20)
})
