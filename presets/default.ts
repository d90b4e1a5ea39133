/** The first link of every extends chain: assembles the product. The core loads this module by name and knows no plugin. */
import { definePreset } from '../core/plugin.ts'
import { embeddedBroker } from '../plugins/broker/index.ts'
import { consoleReporter } from '../plugins/console/index.ts'
import { lag } from '../plugins/consumers/lag.ts'
import { rebalances } from '../plugins/consumers/rebalances.ts'
import { kafkajsDriver } from '../plugins/drivers/kafkajs/index.ts'
import { wireDriver } from '../plugins/drivers/wire/index.ts'
import { json } from '../plugins/json/index.ts'
import { traffic } from '../plugins/traffic/index.ts'

const broker = { plugins: [embeddedBroker(), wireDriver(), traffic(), lag(), rebalances()] }

/** `loadtest run`, and `run(url)`. */
export const defaultPreset = definePreset({
  name: 'default',
  config: { extends: [broker], plugins: [consoleReporter(), json()] },
})()
/** `run({ … })` in a test or a script: the result is the answer, nothing is printed or written. */
export const inlinePreset = definePreset({ name: 'inline', config: broker })()

/** Built-ins by the name that YAML, flags and variables use; imported when they are asked for. */
export const catalog: Readonly<Record<string, () => Promise<unknown>>> = {
  'arrivals.even': async () => (await import('../plugins/arrivals/even.ts')).even,
  'arrivals.onOff': async () => (await import('../plugins/arrivals/on-off.ts')).onOff,
  'arrivals.poisson': async () => (await import('../plugins/arrivals/poisson.ts')).poisson,
  'arrivals.replay': async () => (await import('../plugins/arrivals/replay.ts')).replay,
  broker: async () => embeddedBroker,
  console: async () => consoleReporter,
  'consume-transform-produce': async () =>
    (await import('../plugins/transactions/consume-transform-produce.ts')).consumeTransformProduce,
  'consumers.backlog': async () => (await import('../plugins/consumers/backlog.ts')).backlog,
  'consumers.churn': async () => (await import('../plugins/consumers/churn.ts')).churn,
  'consumers.late': async () => (await import('../plugins/consumers/late.ts')).late,
  'consumers.paused': async () => (await import('../plugins/consumers/paused.ts')).paused,
  'consumers.slow': async () => (await import('../plugins/consumers/slow.ts')).slow,
  csv: async () => (await import('../plugins/csv/index.ts')).csv,
  drift: async () => (await import('../plugins/drift/index.ts')).drift,
  echo: async () => (await import('../plugins/request-reply/echo.ts')).echo,
  'headers.counter': async () => (await import('../plugins/headers/counter.ts')).counter,
  'headers.fixed': async () => (await import('../plugins/headers/fixed.ts')).fixed,
  'headers.template': async () => (await import('../plugins/headers/template.ts')).template,
  'headers.traceContext': async () => (await import('../plugins/headers/trace-context.ts')).traceContext,
  json: async () => json,
  kafkajs: async () => kafkajsDriver,
  'keys.file': async () => (await import('../plugins/keys/file.ts')).file,
  'keys.gaussian': async () => (await import('../plugins/keys/gaussian.ts')).gaussian,
  'keys.hash': async () => (await import('../plugins/keys/hash.ts')).hash,
  'keys.hotSet': async () => (await import('../plugins/keys/hot-set.ts')).hotSet,
  'keys.movingHot': async () => (await import('../plugins/keys/moving-hot.ts')).movingHot,
  'keys.nulls': async () => (await import('../plugins/keys/nulls.ts')).nulls,
  'keys.random': async () => (await import('../plugins/keys/random.ts')).random,
  'keys.roundRobin': async () => (await import('../plugins/keys/round-robin.ts')).roundRobin,
  'keys.sequential': async () => (await import('../plugins/keys/sequential.ts')).sequential,
  'keys.template': async () => (await import('../plugins/keys/template.ts')).template,
  'keys.weighted': async () => (await import('../plugins/keys/weighted.ts')).weighted,
  'keys.zipf': async () => (await import('../plugins/keys/zipf.ts')).zipf,
  lag: async () => lag,
  'load.bursts': async () => (await import('../plugins/load/bursts.ts')).bursts,
  'load.constant': async () => (await import('../plugins/load/constant.ts')).constant,
  'load.day': async () => (await import('../plugins/load/day.ts')).day,
  'load.ramp': async () => (await import('../plugins/load/ramp.ts')).ramp,
  'load.replay': async () => (await import('../plugins/load/replay.ts')).replay,
  'load.sawtooth': async () => (await import('../plugins/load/sawtooth.ts')).sawtooth,
  'load.sine': async () => (await import('../plugins/load/sine.ts')).sine,
  'load.spikes': async () => (await import('../plugins/load/spikes.ts')).spikes,
  'load.stages': async () => (await import('../plugins/load/stages.ts')).stages,
  'load.steps': async () => (await import('../plugins/load/steps.ts')).steps,
  'partitions.custom': async () => (await import('../plugins/partitions/custom.ts')).custom,
  'partitions.explicit': async () => (await import('../plugins/partitions/explicit.ts')).explicit,
  'partitions.imbalanced': async () => (await import('../plugins/partitions/imbalanced.ts')).imbalanced,
  'partitions.weighted': async () => (await import('../plugins/partitions/weighted.ts')).weighted,
  rebalances: async () => rebalances,
  'request-reply': async () => (await import('../plugins/request-reply/request-reply.ts')).requestReply,
  'sizes.byKey': async () => (await import('../plugins/sizes/by-key.ts')).byKey,
  'sizes.file': async () => (await import('../plugins/sizes/file.ts')).file,
  'sizes.fixed': async () => (await import('../plugins/sizes/fixed.ts')).fixed,
  'sizes.histogram': async () => (await import('../plugins/sizes/histogram.ts')).histogram,
  'sizes.lognormal': async () => (await import('../plugins/sizes/lognormal.ts')).lognormal,
  'sizes.normal': async () => (await import('../plugins/sizes/normal.ts')).normal,
  'sizes.overTime': async () => (await import('../plugins/sizes/over-time.ts')).overTime,
  'sizes.uniform': async () => (await import('../plugins/sizes/uniform.ts')).uniform,
  traffic: async () => traffic,
  transactions: async () => (await import('../plugins/transactions/index.ts')).transactions,
  'values.avro': async () => (await import('../plugins/values/avro.ts')).avro,
  'values.corpus': async () => (await import('../plugins/values/corpus.ts')).corpus,
  'values.filler': async () => (await import('../plugins/values/filler.ts')).filler,
  'values.json': async () => (await import('../plugins/values/json.ts')).json,
  'values.jsonSchema': async () => (await import('../plugins/values/json-schema.ts')).jsonSchema,
  'values.protobuf': async () => (await import('../plugins/values/protobuf.ts')).protobuf,
  'values.random': async () => (await import('../plugins/values/random.ts')).random,
  'values.text': async () => (await import('../plugins/values/text.ts')).text,
  'values.tombstones': async () => (await import('../plugins/values/tombstones.ts')).tombstones,
  'values.zeros': async () => (await import('../plugins/values/zeros.ts')).zeros,
  wire: async () => wireDriver,
}

/** Presets by the name that `extends` and `--preset` use; imported when they are asked for. */
export const presets: Readonly<Record<string, () => Promise<unknown>>> = {
  throughput: async () => (await import('./throughput.ts')).throughput,
  latency: async () => (await import('./latency.ts')).latency,
  mixed: async () => (await import('./mixed.ts')).mixed,
  stress: async () => (await import('./stress.ts')).stress,
  sustained: async () => (await import('./sustained.ts')).sustained,
  soak: async () => (await import('./soak.ts')).soak,
  burst: async () => (await import('./burst.ts')).burst,
  partition: async () => (await import('./partition.ts')).partition,
  'consumer-group': async () => (await import('./consumer-group.ts')).consumerGroup,
  'large-messages': async () => (await import('./large-messages.ts')).largeMessages,
  'small-messages': async () => (await import('./small-messages.ts')).smallMessages,
  'catch-up': async () => (await import('./catch-up.ts')).catchUp,
  transactions: async () => (await import('./transactions.ts')).transactions,
  'hot-key': async () => (await import('./hot-key.ts')).hotKey,
  smoke: async () => (await import('./smoke.ts')).smoke,
}
