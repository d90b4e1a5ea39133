import { expect, it } from 'vitest'
import { Expected } from '../../../plugins/values/expected.ts'
import { peer } from '../../../plugins/values/peer.ts'

it.each([
  ['no-such-package-here', 'no-such-package-here'],
  ['no-such-package-here/dist/2020', 'no-such-package-here'],
  ['@no-such/package/locale/en', '@no-such/package'],
])('a package that is not there is told with the way to install it: %s', (name, installed) => {
  let told: unknown
  try {
    peer(name)
  } catch (error) {
    told = error
  }
  expect(told).toBeInstanceOf(Expected)
  expect((told as Error).message).toBe(
    `the package ${installed}, which these values need: npm install ${installed}`,
  )
})
