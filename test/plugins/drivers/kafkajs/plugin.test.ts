/** What is peculiar to this plugin; that it is the driver of a run is in test/conformity. */
import { expect, it, onTestFinished } from 'vitest'
import { run } from '../../../../core/index.ts'
import { kafkajsDriver } from '../../../../plugins/drivers/kafkajs/index.ts'
import { openSubject } from '../../../conformity/subject.ts'

const load = {
  rate: 1000,
  warmup: 0,
  duration: 2,
  plugins: [kafkajsDriver()],
  topic: { partitions: 3 },
  allowTainted: true,
}

it('says what it cannot do before it connects, of all streams at once', async () => {
  const streams = {
    orders: { producer: { compression: 'lz4' }, consumers: { protocol: 'consumer' } },
    audit: { producer: { compression: 'snappy' }, consumers: 0 },
    mail: { producer: { compression: 'zstd', compressionLevel: 3 }, consumers: 0 },
  } as const
  const error = await run({ ...load, brokers: ['127.0.0.1:1'], streams }).catch(e => e)
  expect(error.name).toBe('ConfigError')
  expect(error.faults.map((each: { path: string }) => each.path)).toEqual([
    'streams.orders.producer.compression',
    'streams.orders.consumers.protocol',
    'streams.audit.producer.compression',
    'streams.mail.producer.compressionLevel',
  ])
})

it('says to who chooses it how much of the conformity suite it fails', async () => {
  const { said, close } = await openSubject(kafkajsDriver(), ['127.0.0.1:1'])
  await close()
  expect(said).toEqual([
    expect.stringMatching(/^kafkajs: fails \d+ of \d+ conformity cases: docs\/drivers\.md names them$/),
  ])
})

it('takes a codec that was registered with kafkajs', async () => {
  const { default: kafkajs } = await import('kafkajs')
  const { CompressionCodecs, CompressionTypes } = kafkajs
  const before = CompressionCodecs[CompressionTypes.LZ4]
  onTestFinished(() => void (CompressionCodecs[CompressionTypes.LZ4] = before))
  CompressionCodecs[CompressionTypes.LZ4] = () => ({})
  const config = { ...load, brokers: ['127.0.0.1:1'], producer: { compression: 'lz4' } } as const
  await expect(run(config)).rejects.toThrow(/^cannot connect/)
})
