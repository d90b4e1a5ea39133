import { defineConfig } from 'kafka-loadtest'
import { fakeDriver } from 'kafka-loadtest/testing'

export default defineConfig({
  rate: '200/s',
  warmup: 0,
  duration: '1s',
  consumers: 0,
  plugins: [
    fakeDriver(),
    {
      name: 'acme-tenant',
      stream(stream, run) {
        const rare = stream.metrics.counter('rare', { unit: 'records', help: 'records of the rare tenant' })
        const acked = stream.metrics.counter('acked', { unit: 'records', help: 'records that were acked' })
        stream.hooks.keyFor.tap((_key, draft) => `tenant-${draft.index % 10}`)
        stream.hooks.beforeSend.tap(draft => {
          if (draft.key !== 'tenant-7') return
          draft.setHeader('tenant', 'rare')
          rare.add()
        })
        stream.hooks.onAck.tap(acks => acked.add(acks.count))
        run.hooks.result.tap(result => {
          result.sections['acme-tenant'] = { seen: stream.name }
        })
      },
    },
  ],
  thresholds: { 'acme-tenant.rare': '== 20', 'failed.count': '== 0' },
})
