import { describe, expect, it } from 'vitest'
import { CASES, failures } from '../../plugins/drivers/kafkajs/conformity.ts'
import { kafkajsDriver } from '../../plugins/drivers/kafkajs/index.ts'
import { conformity } from './index.ts'

/** CONFORMITY_PATIENCE=15: so many seconds for what is listed to pass after all. */
const { CONFORMITY_PATIENCE: patience } = process.env
const slowly = patience === undefined ? {} : { failurePatienceMs: Number(patience) * 1000 }

describe('kafkajs, but for what plugins/drivers/kafkajs/conformity.ts lists', () => {
  const checks = conformity(kafkajsDriver(), { failures, ...slowly })
  for (const { name, alone, run } of checks) (alone ? it : it.concurrent)(name, run)

  it('says how many there are', () => {
    expect(CASES).toBe(checks.length)
  })
})
