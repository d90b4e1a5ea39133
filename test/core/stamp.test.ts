import fc from 'fast-check'
import { expect, it } from 'vitest'
import { emptyStamp, readStamp, STAMP_BYTES, writeStamp } from '../../core/stamp.ts'

const viewOf = (bytes: Buffer) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const i32 = fc.integer({ min: -1, max: 0x7fffffff })
const stamps = fc.record({
  run: u32,
  stream: fc.integer({ min: 0, max: 0xffff }),
  producer: u32,
  index: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  sequence: i32,
  transaction: i32,
  scheduledAt: fc.integer({ min: 0, max: 7 * 86_400_000_000 }),
  enqueuedAt: fc.integer({ min: 0, max: 7 * 86_400_000_000 }),
  checksum: u32,
})

it('is read back as it was written, wherever it lies', () => {
  fc.assert(
    fc.property(stamps, fc.nat(20), (stamp, at) => {
      const bytes = Buffer.alloc(at + STAMP_BYTES + 3, 0xaa)
      writeStamp(viewOf(bytes), at, stamp)
      const read = emptyStamp()
      expect(readStamp(bytes, at, STAMP_BYTES + 3, read)).toBe(true)
      expect(read).toEqual(stamp)
      expect(bytes.subarray(0, at).every(b => b === 0xaa)).toBe(true)
      expect(bytes.subarray(at + STAMP_BYTES).every(b => b === 0xaa)).toBe(true)
    }),
  )
})

it('is not found in other bytes, nor beyond the value', () => {
  const read = emptyStamp()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), bytes => {
      fc.pre(!Buffer.from(bytes).subarray(0, 4).equals(Buffer.from('4b4c5401', 'hex')))
      expect(readStamp(Buffer.from(bytes), 0, bytes.length, read)).toBe(false)
    }),
  )
  const bytes = Buffer.alloc(STAMP_BYTES)
  writeStamp(viewOf(bytes), 0, { ...read, run: 1, producer: 0, index: 0, scheduledAt: 0, enqueuedAt: 0 })
  expect(readStamp(bytes, 0, STAMP_BYTES - 1, read)).toBe(false)
  expect(readStamp(bytes, 1, STAMP_BYTES, read)).toBe(false)
})
