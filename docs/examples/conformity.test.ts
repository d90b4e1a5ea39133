import { conformity } from 'kafka-loadtest/conformity'
import { wireDriver as myDriver } from 'kafka-loadtest/plugins'
import { describe, it } from 'vitest'

describe('my driver', () => {
  const checks = conformity(myDriver(), { failures: {} })
  // without the filter: all of them
  for (const { name, about, run } of checks.filter(each => each.name.startsWith('record-')))
    it(`${name}: ${about}`, run)
})
