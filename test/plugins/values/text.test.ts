import { zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { sizes, values } from '../../../plugins/index.ts'
import { batchesOf, full, ratio } from './made.ts'

describe('values.text', () => {
  it('has words as often as English has, and any size', async () => {
    const all = await full([sizes.uniform({ min: 20, max: 3000 }), values.text()], 2000)
    const counts = new Map<string, number>()
    let words = 0
    for (const word of all.flatMap(
      v =>
        v
          .toString()
          .toLowerCase()
          .match(/[a-z]+(?=[ .])/g) ?? [],
    )) {
      counts.set(word, (counts.get(word) ?? 0) + 1)
      words++
    }
    // 1 / 3.7 and 1 / 6.7 of the sum of 1 / (r + 2.7) over 8,192 words
    const share = (word: string) => (counts.get(word) ?? 0) / words
    expect(share('the')).toBeCloseTo(0.0345, 2)
    expect(share('to')).toBeCloseTo(0.0191, 2)
    expect(share('the')).toBeGreaterThan(share('to') * 1.5)
    expect(counts.size).toBeGreaterThan(5000)
  })

  it('begins with a word, in printable characters, and differs from record to record', async () => {
    const all = await full([values.text()], 500, { size: 200 })
    for (const value of all) expect(value.toString('latin1')).toMatch(/^[A-Za-z][A-Za-z. ]{199}$/)
    expect(new Set(all.map(String)).size).toBe(500)
  })

  it('compresses as prose does', async () => {
    const left = ratio(batchesOf(await full([values.text()], 1000, { size: '1KiB' })), b =>
      zstdCompressSync(b),
    )
    expect(left).toBeGreaterThan(0.3)
    expect(left).toBeLessThan(0.5)
  })

  it('goes on from the beginning where a value is longer than all the text', async () => {
    const [value] = await full([values.text()], 1, { size: '5MiB' })
    expect(value?.length).toBe(5 << 20)
    expect(value?.includes(0)).toBe(false)
  })
})
