import { describe, expect, it } from 'vitest'
import { murmur2, partitionOf } from '../../../plugins/protocol/murmur2.ts'

describe('murmur2', () => {
  // What org.apache.kafka.common.utils.Utils.murmur2 answers.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
    ['', 275646681],
  ])('of %j is %d', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash)
    expect(partitionOf(Buffer.from(key), 12)).toBe((hash & 0x7fffffff) % 12)
  })

  it('takes a part of a buffer', () => {
    expect(murmur2(Buffer.from('--foobar--'), 2, 6)).toBe(-790332482)
  })
})
