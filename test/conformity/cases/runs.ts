/** The driver in a whole run. */
import assert from 'node:assert/strict'
import type { Case } from '../case.ts'
import type { Context } from '../context.ts'

async function counted(context: Context, idempotent: boolean): Promise<void> {
  const result = await context.run({
    rate: 1000,
    warmup: 0,
    duration: 1,
    consumers: 2,
    topic: { partitions: 3 },
    producer: { idempotent },
  })
  const names = ['acked', 'consumed', 'failed', 'unknown', 'dropped'] as const
  assert.deepEqual(
    names.map(name => result.value(`${name}.count`)),
    [1000, 1000, 0, 0, 0],
  )
  assert.equal(result.run.driver, context.driver.name)
  assert.notEqual(result.verdict.state, 'invalid')
  assert.ok(Number(result.value('response.p50')) > 0)
}

export const runs: readonly Case[] = [
  {
    name: 'run',
    about: 'it is the driver of a run: what is sent is acked, read back, and accounted for',
    run: context => counted(context, false),
  },
  {
    name: 'run-idempotent',
    about: 'likewise with producer.idempotent and nothing else set',
    run: context => counted(context, true),
  },
]
