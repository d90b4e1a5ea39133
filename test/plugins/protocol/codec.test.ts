import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { handlers } from '../../../plugins/broker/api/table.ts'
import { decode, encode } from '../../../plugins/protocol/codec.ts'
import { MalformedError } from '../../../plugins/protocol/failure.ts'
import { fetch } from '../../../plugins/protocol/messages/fetch.ts'
import { metadata } from '../../../plugins/protocol/messages/metadata.ts'
import { ByteReader } from '../../../plugins/protocol/reader.ts'
import { api, type Fields, list } from '../../../plugins/protocol/schema.ts'
import { ByteWriter } from '../../../plugins/protocol/writer.ts'
import { messageOf } from './arbitrary.ts'

function bytesOf(fields: Fields, version: number, flexible: boolean, value: object): Buffer {
  const writer = new ByteWriter(16)
  encode(fields, version, flexible, writer, value)
  return Buffer.concat(writer.finish())
}

const tables = [...handlers.values()].flatMap(({ api: { name, min, max, flexible, request, response } }) => {
  const versions = Array.from({ length: max - min + 1 }, (_, at) => ({
    version: min + at,
    flexible: min + at >= flexible,
  }))
  return [
    { title: `${name} request`, fields: request, versions },
    { title: `${name} response`, fields: response, versions },
  ]
})

describe.each(tables)('$title', ({ fields, versions }) => {
  it('reads back what it writes, and nothing but the whole of it', () => {
    const cases = fc.constantFrom(...versions).chain(which =>
      messageOf(fields, which.version).chain(value => {
        const bytes = bytesOf(fields, which.version, which.flexible, value)
        return fc.record({
          which: fc.constant(which),
          value: fc.constant(value),
          bytes: fc.constant(bytes),
          cut: fc.nat(Math.max(bytes.length - 1, 0)),
        })
      }),
    )
    fc.assert(
      fc.property(cases, ({ which: { version, flexible }, value, bytes, cut }) => {
        const reader = new ByteReader(bytes)
        expect(decode(fields, version, flexible, reader)).toMatchObject(value)
        expect(reader.remaining).toBe(0)
        if (bytes.length === 0) return
        const short = () => decode(fields, version, flexible, new ByteReader(bytes, 0, cut))
        expect(short).toThrow(MalformedError)
      }),
    )
  })

  it('takes any bytes for a message or for malformed, never for anything else', () => {
    fc.assert(
      fc.property(fc.constantFrom(...versions), fc.uint8Array({ maxLength: 200 }), (which, bytes) => {
        try {
          decode(fields, which.version, which.flexible, new ByteReader(Buffer.from(bytes)))
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError)
        }
      }),
    )
  })
})

describe('decoding', () => {
  it('makes nothing of a length that the bytes do not bear out', () => {
    const claims = Buffer.alloc(4)
    for (const length of [0x7fffffff, 1_000_000, 5, -2, -0x80000000]) {
      claims.writeInt32BE(length)
      expect(() => decode(metadata.request, 1, false, new ByteReader(claims))).toThrow(MalformedError)
    }
    const varint = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f])
    expect(() => decode(metadata.request, 12, true, new ByteReader(varint))).toThrow(MalformedError)
    const endless = Buffer.alloc(20, 0xff)
    expect(() => decode(metadata.request, 12, true, new ByteReader(endless))).toThrow(MalformedError)
  })

  it('limits the elements of all arrays together', () => {
    const { request } = api({
      name: 'Test',
      key: 0,
      min: 0,
      max: 0,
      flexible: 0,
      request: { outer: list('0+', { inner: '[]int8 0+' }) },
      response: {},
    })
    const inner = { inner: [1, 2, 3] }
    const bytes = bytesOf(request, 0, true, { outer: [inner, inner] })
    const read = (limit: number) => decode(request, 0, true, new ByteReader(bytes, 0, bytes.length, limit))
    expect(read(8)).toEqual({ outer: [inner, inner] })
    expect(() => read(7)).toThrow('more than 7 array elements')
  })

  it('gives fields that the version has not, or that were left out, their defaults', () => {
    const old = decode(
      fetch.request,
      4,
      false,
      new ByteReader(bytesOf(fetch.request, 4, false, { maxWaitMs: 7 })),
    )
    expect(old).toMatchObject({ maxWaitMs: 7, sessionEpoch: -1, clusterId: null, rackId: '', topics: [] })
    const responses = [{ topic: 't', partitions: [{ partitionIndex: 3 }] }]
    const bytes = bytesOf(fetch.response, 12, true, { responses })
    const [topic] = decode(fetch.response, 12, true, new ByteReader(bytes)).responses
    expect(topic?.partitions[0]).toMatchObject({
      partitionIndex: 3,
      lastStableOffset: -1n,
      currentLeader: { leaderId: -1, leaderEpoch: -1 },
      records: null,
    })
  })

  it('skips tagged fields that it does not know', () => {
    const read = (...tags: number[]) => {
      const reader = new ByteReader(Buffer.from([1, 1, 0, ...tags]))
      return { request: decode(metadata.request, 12, true, reader), left: reader.remaining }
    }
    expect(read(1, 99, 2, 1, 2)).toEqual(read(0))
    expect(() => read(1, 99, 3, 1, 2)).toThrow(MalformedError)
  })
})

describe('variable-length integers', () => {
  it('are read back over their whole range', () => {
    fc.assert(
      fc.property(fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (small, large) => {
        const writer = new ByteWriter(1)
        writer.varint(small)
        writer.uvarint(small >>> 0)
        writer.varlong(large)
        const reader = new ByteReader(Buffer.concat(writer.finish()))
        expect([reader.varint(), reader.uvarint(), reader.varlong()]).toEqual([small, small >>> 0, large])
      }),
    )
  })

  it.each([
    [0, '00'],
    [-1, '01'],
    [63, '7e'],
    [-64, '7f'],
    [64, '8001'],
    [2147483647, 'feffffff0f'],
    [-2147483648, 'ffffffff0f'],
  ])('write %d as %s', (value, hex) => {
    const writer = new ByteWriter()
    writer.varint(value)
    expect(Buffer.concat(writer.finish()).toString('hex')).toBe(hex)
  })
})
