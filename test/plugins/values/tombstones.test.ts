import { describe, expect, it } from 'vitest'
import { keys, sizes, values } from '../../../plugins/index.ts'
import { faultsOf } from '../draws.ts'
import { made } from './made.ts'

describe('values.tombstones', () => {
  it('is a share of all records, whatever sizes and values come before or after', async () => {
    const json = values.json({ template: { id: '{{index}}' } })
    for (const plugins of [
      [values.tombstones({ share: 0.25 }), sizes.uniform({ min: 10, max: 20 })],
      [json, values.tombstones({ share: 0.25 })],
      [values.tombstones({ share: '25%' }), json],
    ]) {
      const all = await made([keys.sequential(), ...plugins], 10_000)
      const none = all.filter(v => v === null).length
      // 4.5 standard deviations
      expect(Math.abs(none - 2500)).toBeLessThan(195)
      for (const value of all) if (value !== null) expect(value.length).toBeGreaterThan(0)
    }
  })

  it('refuses a share above 1', async () => {
    expect(await faultsOf([values.tombstones({ share: 2 })])).toEqual([
      "values.tombstones.share: expected a share from 0 to 1, such as 0.2 or '20%'",
    ])
  })
})
