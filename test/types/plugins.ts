/** What must compile: what authors of plugins write. Checked by `npm run typecheck`; nothing here is run. */
import { definePlugin, type InlinePlugin, type Run, type Stream } from 'kafka-loadtest/plugin'
import { z } from 'zod'

/** A package of its own, with options that are checked and have defaults. */
export const orders = definePlugin({
  name: 'loadtest-plugin-acme-orders',
  slot: 'values',
  schema: z.object({
    currency: z.enum(['EUR', 'USD']).default('EUR'),
    items: z.number().int().positive(),
  }),
  register(run, { currency, items }) {
    let late = 0
    const worst = run.metrics.collect('worst', {
      take: () => ({ late }),
      merge: (a, b) => ({ late: Math.max(a.late, b.late) }),
    })
    for (const stream of run.streams) {
      stream.hooks.valueFor.tap((draft, target) => {
        const text = `{"n":${draft.index},"c":"${currency}","i":${items}}`
        target.bytes.write(text, target.start, target.length, 'latin1')
        return true
      })
      stream.hooks.onAck.tap(acks => {
        for (let i = 0; i < acks.count; i++) late = Math.max(late, acks.ackedAt - (acks.scheduledAt[i] ?? 0))
      })
    }
    run.hooks.result.tap(result => {
      result.sections['acme'] = worst.value?.late
    })
  },
})
orders({ items: 3 })
orders({ items: 3, currency: 'USD' }).as('second')

/** Options that all have defaults may be left out. */
const sampled = definePlugin({
  name: 'sampled',
  schema: z.object({ every: z.number().default(10) }),
  stream(stream, { every }, run) {
    const seen: number = every
    stream.hooks.onRecord.tap(record => {
      if (record.own && record.index % seen === 0)
        run.log.info(String(record.receivedAt - record.scheduledAt))
    })
  },
})
sampled()
sampled({})
sampled({ every: 5 })

/** Without options, with both functions, with a command of its own. */
const probe = definePlugin({
  name: 'probe',
  commands: async () => [{ name: 'probe', summary: 'asks', run: async () => 0 }],
  register(run) {
    if (run.role === 'main') return
    run.defer(() => undefined)
    run.hooks.setup.tap(async shared => {
      const client = await run.client()
      const admin = await client.admin()
      run.log.info(`${shared.brokers.join()} ${await admin.broker()}`)
      await admin.close()
    })
  },
  stream(stream) {
    const gauge = stream.metrics.gauge('open', { unit: 'records', help: 'not acked yet', merge: 'sum' })
    stream.hooks.onEvent.tap(event => {
      if (event.kind === 'error') gauge.set(event.records)
    })
  },
})
probe()

/** A plugin for one run: an object. */
export const inline: InlinePlugin = {
  name: 'inline',
  register(run) {
    run.hooks.start.tap(() => run.at(1e6, () => run.abort('enough')))
    run.hooks.sample.tap(async snapshot => {
      const p99 = snapshot.value('response.p99')
      if (p99 === 'inf' || (p99 !== undefined && p99 > 1e6)) run.abort('too slow')
    })
    run.hooks.report.tap(async result => {
      const file = await run.output('metrics.txt', { checkpoint: true })
      for (const sample of result.metricSamples()) await file.write(`${sample.name} ${sample.value}\n`)
      await file.close()
    })
    run.hooks.result.tap(result => result.judge('violation', 'lost', '3 records'))
  },
}

/** Answers that hooks take. */
export function taps(stream: Stream, run: Run): void {
  const { hooks } = stream
  hooks.keyFor.tap(key => `user-${String(key)}`)
  hooks.keyFor.tap((_key, draft) => (draft.index % 2 ? null : undefined))
  hooks.keyFor.tap((_key, draft) => {
    if (draft.index % 2) return 7
    if (draft.index > 3) return null
    return
  })
  hooks.keyFor.tap(() => Buffer.from('bytes'), { order: 'last' })
  hooks.partitionFor.tap((draft, partitions) => draft.index % partitions)
  hooks.sizeFor.tap((bytes, draft) => (draft.index % 2 ? bytes * 2 : undefined))
  hooks.sizeFor.tap(() => -1)
  hooks.beforeSend.tap(draft => {
    if (draft.index > 3) return false
  })
  hooks.beforeSend.tap(draft => draft.setHeader('a', 'b'))
  hooks.beforeSend.tap(draft => {
    draft.timestamp = Date.now()
  })
  hooks.pollFor.tap(member => (member.joined ? 1000 : 'join'))
  hooks.endTransaction.tap(open => (open.records >= 100 ? 'commit' : undefined))
  hooks.schedule.tap(segments => segments.map(s => ({ ...s, end: s.start })))
  hooks.arrivals.tap(() => ({ at: n => n }))
  // what a hook ignores may be anything
  let n = 0
  hooks.onAck.tap(acks => acks.count)
  hooks.onAck.tap(acks => (n += acks.count))
  hooks.onAck.tap(named)
  function named(acks: { readonly count: number }) {
    n += acks.count
  }
  run.hooks.prepare.tap(shared => void shared.brokers.push('127.0.0.1:9092'), { order: 'first' })
}
