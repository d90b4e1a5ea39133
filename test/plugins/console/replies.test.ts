import { expect, it } from 'vitest'
import { repliesLine } from '../../../plugins/console/replies.ts'

const section = {
  timeoutUs: 5e6,
  replies: 4900,
  late: 12,
  missing: 3,
  roundTrip: { p50: 1230, p99: 'inf' as const },
}

it('tells how many, how long, and what is late or missing', () => {
  expect(repliesLine(section, 68)).toBe(
    '4,900 answered · round trip p50 1.23 ms, p99 ∞ · 12 late · 3 missing',
  )
})
it('is short where all is well', () => {
  expect(repliesLine({ timeoutUs: 5e6, replies: 1, late: 0, missing: 0 }, 68)).toBe('1 answered')
})
it('keeps what is missing where room is short', () => {
  expect(repliesLine(section, 40)).toBe('4,900 answered · 12 late · 3 missing')
  for (let width = 10; width < 80; width++)
    expect(repliesLine(section, width).length).toBeLessThanOrEqual(width)
})
it('is empty where no requests were made, and for what another plugin put there', () => {
  for (const other of [undefined, 'mine', { replies: 1 }]) expect(repliesLine(other, 68)).toBe('')
})
