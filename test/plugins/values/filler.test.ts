import { gzipSync, zstdCompressSync } from 'node:zlib'
import { compressSync as lz4 } from 'lz4-napi'
import { compressSync as snappy } from 'snappy'
import { describe, expect, it } from 'vitest'
import { sizes, values } from '../../../plugins/index.ts'
import { faultsOf } from '../draws.ts'
import { batchesOf, full, made, ratio } from './made.ts'

const zstd = (batch: Buffer) => zstdCompressSync(batch)

describe('values.filler', () => {
  it.each([50, 100, 300, 1024, 10_000, 65_536, 1 << 20])(
    'of %i bytes compress to 30 % ± 5 % under zstd',
    async size => {
      const all = await full(
        [values.filler({ compressibility: 0.3 })],
        Math.max(8, Math.ceil((1 << 20) / size)),
        { size },
      )
      expect(all.every(v => v.length === size)).toBe(true)
      const left = ratio(batchesOf(all), zstd)
      expect(left).toBeGreaterThan(0.25)
      expect(left).toBeLessThan(0.35)
    },
  )

  it.each([0, 0.1, 0.5, 0.8, 0.95, 1])(
    'compress to a share of %f, at sizes drawn from 100 B to 4 KiB',
    async compressibility => {
      const plugins = [sizes.uniform({ min: 100, max: '4KiB' }), values.filler({ compressibility })]
      const left = ratio(batchesOf(await full(plugins, 1000)), zstd)
      expect(Math.abs(left - compressibility)).toBeLessThan(0.05)
    },
  )

  it('compresses with the other codecs too, about as far', async () => {
    const batches = batchesOf(await full([values.filler({ compressibility: 0.3 })], 1000, { size: '1KiB' }))
    for (const codec of [lz4, snappy, (b: Buffer) => gzipSync(b)]) {
      expect(ratio(batches, b => codec(b) as Uint8Array)).toBeGreaterThan(0.25)
      expect(ratio(batches, b => codec(b) as Uint8Array)).toBeLessThan(0.38)
    }
  })

  it('does not repeat its random part in a batch of a mebibyte', async () => {
    const all = Buffer.concat(await full([values.filler({ compressibility: 1 })], 1024, { size: '1KiB' }))
    expect(zstd(all).length).toBeGreaterThan(all.length)
  })

  it('is the same for a seed, and another one for another', async () => {
    const of = (seed: number) => full([values.filler()], 20, { seed })
    expect(await of(1)).toEqual(await of(1))
    expect(await of(1)).not.toEqual(await of(2))
  })

  it.each([
    [-0.1, 'values.filler.compressibility'],
    ['130%', 'values.filler.compressibility'],
  ])('refuses %s', async (compressibility, path) => {
    expect(await faultsOf([values.filler({ compressibility })])).toEqual([
      `${path}: expected a share from 0 to 1, such as 0.2 or '20%'`,
    ])
  })
})

describe('values.random', () => {
  it.each([7, 100, 5000])('of %i bytes do not compress, and use every byte alike', async size => {
    const all = await full([values.random()], Math.ceil((1 << 19) / size), { size })
    const together = Buffer.concat(all)
    expect(zstd(together).length).toBeGreaterThan(together.length)
    const counts = new Float64Array(256)
    for (const byte of together) counts[byte] = (counts[byte] as number) + 1
    const expected = together.length / 256
    const chi = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)
    // 255 degrees of freedom, p = 0.0001
    expect(chi).toBeLessThan(347)
  })
})

describe('values.zeros', () => {
  it('are zeros of the size that was asked for', async () => {
    const all = await made([sizes.uniform({ min: 1, max: 2000 }), values.zeros()], 200)
    expect(all.every(v => v?.every(byte => byte === 0))).toBe(true)
    expect(new Set(all.map(v => v?.length)).size).toBeGreaterThan(100)
  })
})
