import { describe, expect, it } from 'vitest'
import { CASES, failures } from '../../plugins/drivers/kafkajs/conformity.ts'
import { kafkajsDriver } from '../../plugins/drivers/kafkajs/index.ts'
import { conformity } from './index.ts'

describe('kafkajs, but for what plugins/drivers/kafkajs/conformity.ts lists', () => {
  const checks = conformity(kafkajsDriver(), { failures })
  for (const { name, alone, run } of checks) (alone ? it : it.concurrent)(name, run)

  it('says how many there are', () => {
    expect(CASES).toBe(checks.length)
  })
})
