import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Intake } from '../../../../plugins/drivers/wire/intake.ts'
import { MAX_FRAME_BYTES } from '../../../../plugins/protocol/frames.ts'
import { framed } from '../../broker/client.ts'

/** Reads the stream as a socket does, in pieces of these sizes over and over; `taken` is called for each frame. */
function read(
  intake: Intake,
  stream: Buffer,
  sizes: readonly number[],
  taken: (frame: Buffer) => void = () => {},
): void {
  intake.onBytes = () => {
    for (let frame = intake.next(); frame; frame = intake.next()) taken(frame)
  }
  for (let at = 0, n = 0; at < stream.length; n++) {
    const space = intake.onread.buffer()
    expect(space.length).toBeGreaterThan(0)
    const bytes = stream.copy(space, 0, at, Math.min(at + sizes[n % sizes.length]!, at + space.length))
    intake.onread.callback(bytes)
    at += bytes
  }
}

function framesOf(stream: Buffer, sizes: readonly number[], intake = new Intake()): Buffer[] {
  const frames: Buffer[] = []
  read(intake, stream, sizes, frame => frames.push(Buffer.from(frame)))
  return frames
}

const body = (bytes: number) => Buffer.alloc(bytes, Buffer.from(Array.from({ length: 251 }, (_, n) => n)))
const lengths = fc.array(fc.oneof(fc.nat(20), fc.nat(5000), fc.nat(300_000)), { maxLength: 6 })
const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 4000 }), fc.constant(70_000)), {
  minLength: 1,
  maxLength: 5,
})

describe('what a socket reads', () => {
  it('is the same frames however it is cut, placed or not', () => {
    fc.assert(
      fc.property(lengths, sizes, fc.boolean(), (given, pieces, placed) => {
        const bodies = given.map(body)
        const intake = new Intake()
        if (placed) intake.place = bytes => Buffer.alloc(bytes + 7)
        const frames = framesOf(Buffer.concat(bodies.map(framed)), pieces, intake)
        expect(frames.length).toBe(bodies.length)
        for (const [i, frame] of frames.entries()) expect(frame.equals(bodies[i]!)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('comes in a trickle', () => {
    const bodies = [body(5000), body(0), body(70_000)]
    const frames = framesOf(Buffer.concat(bodies.map(framed)), [1])
    expect(frames.map(frame => frame.length)).toEqual([5000, 0, 70_000])
  })

  it('is kept by who placed it', () => {
    const intake = new Intake()
    const memory = Buffer.alloc(200_000)
    let placed = 0
    intake.place = bytes => memory.subarray(placed, (placed += bytes))
    const bodies = [body(30), body(90_000)]
    const kept: Buffer[] = []
    read(intake, Buffer.concat([...bodies, body(60_000)].map(framed)), [50_000], frame => kept.push(frame))
    expect(kept.every(frame => frame.buffer === memory.buffer)).toBe(true)
    expect(kept.slice(0, 2).every((frame, i) => frame.equals(bodies[i]!))).toBe(true)
  })

  it('gets memory as it comes, not as it is announced', () => {
    const intake = new Intake()
    const announced = framed(body(200_000))
    announced.writeInt32BE(MAX_FRAME_BYTES)
    const before = process.memoryUsage().arrayBuffers
    read(intake, announced, [1000])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024)
  })

  it.each([-1, -0x80000000, MAX_FRAME_BYTES + 1, 0x7fffffff])('is no frame of %d bytes', length => {
    const announced = Buffer.alloc(4)
    announced.writeInt32BE(length)
    expect(() => framesOf(announced, [4])).toThrow(`a frame of ${length} bytes is announced`)
  })
})
