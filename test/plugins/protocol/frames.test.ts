import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameReader, MAX_FRAME_BYTES } from '../../../plugins/protocol/frames.ts'
import { framed } from '../broker/client.ts'

/** All frames that come out when the stream arrives in pieces of these sizes, over and over. */
function framesOf(stream: Buffer, sizes: readonly number[]): Buffer[] {
  const reader = new FrameReader()
  const frames: Buffer[] = []
  for (let at = 0, n = 0; at < stream.length; n++) {
    const size = sizes[n % sizes.length]!
    reader.push(stream.subarray(at, at + size))
    at += size
    for (let frame = reader.next(); frame; frame = reader.next()) frames.push(Buffer.from(frame))
  }
  expect(reader.buffered).toBe(0)
  return frames
}

const body = (bytes: number) => Buffer.from(Array.from({ length: bytes }, (_, n) => (n * 7 + bytes) & 0xff))

describe('frames', () => {
  it('are the same however the stream is cut', () => {
    const lengths = fc.array(fc.oneof(fc.nat(20), fc.nat(5000)), { maxLength: 10 })
    const sizes = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(lengths, sizes, (given, pieces) => {
        const bodies = given.map(body)
        const frames = framesOf(Buffer.concat(bodies.map(framed)), pieces)
        expect(frames.map(String)).toEqual(bodies.map(String))
      }),
    )
  })

  it('come out of a trickle, and out of many chunks', () => {
    const bodies = [body(5000), body(0), body(3000)]
    expect(framesOf(Buffer.concat(bodies.map(framed)), [1]).map(String)).toEqual(bodies.map(String))
    const large = body(5 * 1024 * 1024)
    const [frame] = framesOf(framed(large), [2000])
    expect(frame?.equals(large)).toBe(true)
  })

  it.each([-1, -0x80000000, MAX_FRAME_BYTES + 1, 0x7fffffff])('are not %d bytes long', length => {
    const reader = new FrameReader()
    const announced = Buffer.alloc(4)
    announced.writeInt32BE(length)
    reader.push(announced)
    expect(() => reader.next()).toThrow(`a frame of ${length} bytes is announced`)
  })
})
