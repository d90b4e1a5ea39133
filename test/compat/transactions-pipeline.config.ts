/** What the processes run that test/compat/transactions-pipeline.test.ts kills. */
import { defineConfig } from '../../core/index.ts'
import { consumeTransformProduce } from '../../plugins/index.ts'

export default defineConfig(({ env }) => ({
  brokers: [String(env['PIPELINE_BROKER'])],
  topic: { name: String(env['PIPELINE_TO']), existing: true },
  rate: 'fed',
  producers: 3,
  threads: 2,
  consumers: 0,
  warmup: 0,
  duration: Number(env['PIPELINE_SECONDS']),
  producer: { transactionalId: String(env['PIPELINE_ID']) },
  plugins: [
    consumeTransformProduce({
      from: String(env['PIPELINE_FROM']),
      group: String(env['PIPELINE_GROUP']),
      // one that is alone is killed and comes back; several come and go
      ...(env['PIPELINE_ID'] === env['PIPELINE_GROUP'] ? { instance: 'pipeline' } : {}),
      records: 50,
      abort: '10%',
      transform: record => ({ value: Buffer.from(`${record.value()} again`) }),
    }),
  ],
}))
