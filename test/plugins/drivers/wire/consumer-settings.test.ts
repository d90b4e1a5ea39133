import { describe, expect, it } from 'vitest'
import { mergeConfig } from '../../../../core/config/merge.ts'
import { resolveConfig } from '../../../../core/config/resolve.ts'
import type { ConsumerOptions, ResolvedConfig } from '../../../../core/plugin.ts'
import {
  checkConfig as checkKafkajs,
  checkConsumer as consumerOfKafkajs,
} from '../../../../plugins/drivers/kafkajs/settings.ts'
import { checkConfig, checkConsumer } from '../../../../plugins/drivers/wire/settings.ts'

/** Of a stream that has them. */
async function config(consumers: object): Promise<ResolvedConfig> {
  const value = await resolveConfig(
    await mergeConfig({ value: {}, cwd: import.meta.dirname, env: {}, command: 'run' }),
  )
  const streams = value.streams.map(each => ({ ...each, consumers: { ...each.consumers, ...consumers } }))
  return { ...value, streams }
}
const options = (more: Partial<ConsumerOptions>): ConsumerOptions => ({ timeoutUs: 30e6, ...more })

describe('the wire driver', () => {
  it.each<Partial<ConsumerOptions>>([
    { protocol: 'consumer' },
    { protocol: 'consumer', instance: 'a', commitUs: 0 },
    { assignor: 'cooperative-sticky' },
    {
      assignor: 'roundrobin',
      instance: 'a',
      fetch: { minBytes: 1, maxWaitUs: 0, maxBytes: 1, maxPartitionBytes: 1 },
    },
  ])('takes %j', async more => {
    expect(() => checkConsumer(options(more))).not.toThrow()
    const whole = await config(more)
    expect(() => checkConfig(whole)).not.toThrow()
  })

  it('refuses an assignor where the broker assigns, and a wait that is longer than a request may take', async () => {
    const both = { protocol: 'consumer', assignor: 'range', fetch: { maxWaitUs: 30e6 } } as const
    const whole = await config(both)
    for (const check of [() => checkConsumer(options(both)), () => checkConfig(whole)]) {
      expect(check).toThrow(
        `consumers.assignor is "range": expected to be left out, since consumers.protocol is 'consumer': the broker assigns`,
      )
      expect(check).toThrow(
        `consumers.fetch.maxWait is "30s": expected less than the timeout of 30s, in which a broker has to answer`,
      )
    }
  })
})

describe('kafkajs', () => {
  it.each<Partial<ConsumerOptions>>([
    { assignor: 'roundrobin', commitUs: 0 },
    { fetch: { minBytes: 1, maxWaitUs: 1000, maxBytes: 1, maxPartitionBytes: 1 } },
  ])('takes %j', async more => {
    expect(() => consumerOfKafkajs(options(more))).not.toThrow()
    const whole = await config(more)
    expect(() => checkKafkajs(whole)).not.toThrow()
  })

  it('refuses all that it cannot do at once', async () => {
    const all = { protocol: 'consumer', instance: 'a', assignor: 'cooperative-sticky' } as const
    const whole = await config(all)
    for (const check of [() => consumerOfKafkajs(options(all)), () => checkKafkajs(whole)]) {
      expect(check).toThrow(`consumers.protocol is "consumer": expected 'classic' with the kafkajs driver`)
      expect(check).toThrow(
        `consumers.instance is "a": expected to be left out: kafkajs has no static members`,
      )
      expect(check).toThrow(
        `consumers.assignor is "cooperative-sticky": expected 'roundrobin' with the kafkajs driver`,
      )
    }
  })
})
