import { expect, it } from 'vitest'
import { normalQuantile } from '../../../plugins/options/normal.ts'
import { quantileDraw } from '../../../plugins/sizes/quantile-draw.ts'
import { normalCdf } from '../statistics.ts'

const WIDE = { min: 0, max: 2 ** 31 - 1 }

/** What is drawn when chance answers u, exactly. */
function drawn(quantile: (u: number) => number) {
  let word = 0
  let rest = 0
  const random = { seek: () => undefined, int: () => word, float: () => rest }
  const draw = quantileDraw(quantile, WIDE, random)
  return (u: number) => {
    word = Math.floor(u * 2 ** 30)
    rest = u * 2 ** 30 - word
    return draw()
  }
}

it.each<[string, (z: number) => number, (bytes: number) => number]>([
  ['a normal distribution', z => 1e9 + 1e8 * z, bytes => (bytes - 1e9) / 1e8],
  ['a narrow lognormal one', z => 1e9 * Math.exp(0.1 * z), bytes => Math.log(bytes / 1e9) / 0.1],
  ['a usual lognormal one', z => 8e7 * Math.exp(z), bytes => Math.log(bytes / 8e7)],
  ['a wide lognormal one', z => 4e6 * Math.exp(2.5 * z), bytes => Math.log(bytes / 4e6) / 2.5],
])('moves no quantile of %s by more than two millionths of the draws', (_, ofZ, toZ) => {
  const draw = drawn(u => ofZ(normalQuantile(u)))
  let worst = 0
  // places that no cell begins or ends with, close to one another at the ends
  for (let u = 8e-3; u < 0.992; u += Math.min(u, 1 - u, 0.037) / 173)
    worst = Math.max(worst, Math.abs(normalCdf(toZ(draw(u))) - Math.floor(u * 2 ** 30) / 2 ** 30))
  expect(worst).toBeLessThan(2e-6)
})
it('is never beyond its ends, whatever chance answers', () => {
  const ends = { min: 100, max: 200 }
  for (const word of [0, 1, 2 ** 29, 2 ** 30 - 1])
    for (const rest of [0, 1 - 2 ** -53]) {
      const random = { seek: () => undefined, int: () => word, float: () => rest }
      const size = quantileDraw(u => 150 + 20 * normalQuantile(u), ends, random)()
      expect(size).toBeGreaterThanOrEqual(100)
      expect(size).toBeLessThanOrEqual(200)
    }
})
