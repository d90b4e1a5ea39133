/** Bytes that claim to be snappy or LZ4: no crash, and no memory for what they claim. */
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { lz4, snappy } from '../../../../../plugins/drivers/wire/compression/library.ts'
import { compressLz4, decompressLz4, lz4Bound } from '../../../../../plugins/drivers/wire/compression/lz4.ts'
import {
  compressSnappy,
  decompressSnappy,
  snappySize,
} from '../../../../../plugins/drivers/wire/compression/snappy.ts'
import { decompress } from '../../../../../plugins/drivers/wire/consumer/codecs.ts'
import { MalformedError } from '../../../../../plugins/protocol/failure.ts'

beforeAll(async () => {
  await Promise.all([snappy.load(), lz4.load()])
})

const STREAM = Buffer.from('\x82SNAPPY\0\0\0\0\x01\0\0\0\x01', 'latin1')
const block = (length: number, bytes: Buffer) => {
  const head = Buffer.alloc(4)
  head.writeInt32BE(length)
  return Buffer.concat([head, bytes])
}
const stream = (...parts: Buffer[]) => Buffer.concat([STREAM, ...parts])
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const text = Buffer.from('a record and a record and a record, '.repeat(500))

describe('snappy', () => {
  it('says its size, in one block or several', () => {
    const packed = compressSnappy(text)
    const twice = stream(block(packed.length, packed), block(packed.length, packed))
    expect([snappySize(packed), snappySize(twice), snappySize(stream())]).toEqual([18_000, 36_000, 0])
    expect(decompressSnappy(twice)).toEqual(Buffer.concat([text, text]))
    expect(decompressSnappy(stream())).toHaveLength(0)
  })

  it('may become as much as its densest bytes do', () => {
    const zeros = compressSnappy(Buffer.alloc(1_000_000))
    expect(snappySize(zeros)).toBe(1_000_000)
  })

  it.each([
    ['nothing', Buffer.alloc(0), /without its size/],
    ['a size without end', Buffer.alloc(9, 0xff), /without its size/],
    ['a size of 4 GiB', hex('ffffffff0f 0000'), /7 bytes cannot become 4294967295/],
    ['a size of 4 GiB in a stream', stream(block(7, hex('ffffffff0f 0000'))), /cannot become 4294967295/],
    ['a block of negative length', stream(block(-1, Buffer.alloc(9))), /a block of -1 bytes/],
    ['a block of 2 GiB', stream(block(2 ** 31 - 1, Buffer.alloc(9))), /a block of 2147483647 bytes/],
    ['half a length', stream(Buffer.alloc(2)), /where 2 are left/],
  ])('is found out before anything is allocated: %s', (_, bytes, message) => {
    expect(() => snappySize(bytes)).toThrow(MalformedError)
    expect(() => snappySize(bytes)).toThrow(message)
  })
})

describe('LZ4', () => {
  /** Magic, flags, block size; a checksum that nobody has looked at by then. */
  const frame = (flags: string, ...rest: string[]) => hex(`04224d18 ${flags} 00 ${rest.join('')}`)

  it.each([{}, { contentChecksum: true }, { blockChecksums: true, contentChecksum: true }])(
    'becomes no more than its blocks can: %j',
    options => {
      for (const size of [0, 1, 1000, 100_000, 9_000_000]) {
        const bytes = Buffer.alloc(size, 'some words')
        const packed = lz4.module.compressFrameSync(bytes, options)
        expect(lz4Bound(packed)).toBeGreaterThanOrEqual(size)
        expect(lz4Bound(packed)).toBeLessThan(size + 4 * 1024 * 1024)
        expect(decompressLz4(packed).equals(bytes)).toBe(true)
      }
    },
  )

  it('is bounded by what it has, whatever size it says it has', () => {
    // its header's checksum is the only one of 256 that is taken
    const claiming = (checksum: number) =>
      Buffer.concat([
        hex('04224d18 6840 0000000000000040'),
        Buffer.from([checksum]),
        hex('01000080 61 00000000'),
      ])
    expect(lz4Bound(claiming(0))).toBe(1)
    const before = process.memoryUsage().rss
    const errors = Array.from({ length: 256 }, (_, checksum) => {
      try {
        return String(decompressLz4(claiming(checksum)))
      } catch (error) {
        return (error as Error).message
      }
    })
    expect(new Set(errors).size).toBe(2)
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024)
  })

  it.each([
    ['nothing', Buffer.alloc(0), /no LZ4 frame/],
    ['a raw block', hex('3061626300000000'), /no LZ4 frame/],
    ['a frame of the legacy kind', hex('02214c18 0000000000'), /no LZ4 frame/],
    ['a block size that there is not', frame('6030'), /block size 3/],
    ['no block', frame('6040'), /cut off/],
    ['a block of 2 GiB', frame('6040', 'ffffff7f', '0000'), /cut off/],
    ['no end', frame('6040', '01000080', '61'), /cut off/],
    ['no checksum where one is said to be', frame('6440', '00000000'), /a frame of 15 bytes in 11/],
    ['bytes after its end', frame('6040', '00000000', '0000'), /a frame of 11 bytes in 13/],
  ])('is found out before anything is allocated: %s', (_, bytes, message) => {
    expect(() => lz4Bound(bytes)).toThrow(MalformedError)
    expect(() => lz4Bound(bytes)).toThrow(message)
  })
})

describe.each([
  ['snappy', compressSnappy],
  ['lz4', compressLz4],
] as const)('%s', (codec, pack) => {
  /** Either an error, or bytes within the bound. */
  function survive(bytes: Buffer) {
    try {
      const bound = codec === 'snappy' ? snappySize(bytes) : lz4Bound(bytes)
      expect(decompress(codec, bytes).length).toBeLessThanOrEqual(bound)
    } catch (error) {
      if ((error as Error).name === 'AssertionError') throw error
    }
  }
  let packed: Buffer
  beforeAll(() => {
    packed = pack(text)
  })
  const starts = codec === 'snappy' ? [Buffer.alloc(0), STREAM] : [hex('04224d18 6040 82'), hex('04224d18')]

  it('that is cut off anywhere is an error', () => {
    for (let length = 0; length < packed.length; length++)
      expect(() => decompress(codec, packed.subarray(0, length))).toThrow(Error)
  })

  it('of which some bytes are others never crashes, nor becomes more than its bound', () => {
    const change = fc.tuple(fc.nat(packed.length - 1), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), changes => {
        const bytes = Buffer.from(packed)
        for (const [at, byte] of changes) bytes[at] = byte
        survive(bytes)
      }),
      { numRuns: 3000 },
    )
  })

  it('of any bytes at all never crashes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }), (start, rest) =>
        survive(Buffer.concat([start, rest])),
      ),
      { numRuns: 3000 },
    )
  })
})
