/** The built-in plugins: `import { keys, sizes } from 'kafka-loadtest/plugins'` */
import { even } from './arrivals/even.ts'
import { onOff } from './arrivals/on-off.ts'
import { poisson } from './arrivals/poisson.ts'
import { replay as replayTimes } from './arrivals/replay.ts'
import { backlog } from './consumers/backlog.ts'
import { churn } from './consumers/churn.ts'
import { late } from './consumers/late.ts'
import { paused } from './consumers/paused.ts'
import { slow } from './consumers/slow.ts'
import { counter } from './headers/counter.ts'
import { fixed as fixedHeaders } from './headers/fixed.ts'
import { template as headersTemplate } from './headers/template.ts'
import { traceContext } from './headers/trace-context.ts'
import { file as keysFile } from './keys/file.ts'
import { gaussian } from './keys/gaussian.ts'
import { hash } from './keys/hash.ts'
import { hotSet } from './keys/hot-set.ts'
import { movingHot } from './keys/moving-hot.ts'
import { nulls } from './keys/nulls.ts'
import { random } from './keys/random.ts'
import { roundRobin } from './keys/round-robin.ts'
import { sequential } from './keys/sequential.ts'
import { template as keysTemplate } from './keys/template.ts'
import { weighted as weightedKeys } from './keys/weighted.ts'
import { zipf } from './keys/zipf.ts'
import { bursts } from './load/bursts.ts'
import { constant } from './load/constant.ts'
import { day } from './load/day.ts'
import { ramp } from './load/ramp.ts'
import { replay as replayRates } from './load/replay.ts'
import { sawtooth } from './load/sawtooth.ts'
import { sine } from './load/sine.ts'
import { spikes } from './load/spikes.ts'
import { stages } from './load/stages.ts'
import { steps } from './load/steps.ts'
import { custom } from './partitions/custom.ts'
import { explicit } from './partitions/explicit.ts'
import { imbalanced } from './partitions/imbalanced.ts'
import { weighted as weightedPartitions } from './partitions/weighted.ts'
import { byKey } from './sizes/by-key.ts'
import { file as sizesFile } from './sizes/file.ts'
import { fixed as fixedSize } from './sizes/fixed.ts'
import { histogram } from './sizes/histogram.ts'
import { lognormal } from './sizes/lognormal.ts'
import { normal } from './sizes/normal.ts'
import { overTime } from './sizes/over-time.ts'
import { uniform } from './sizes/uniform.ts'
import { avro } from './values/avro.ts'
import { corpus } from './values/corpus.ts'
import { filler } from './values/filler.ts'
import { json as jsonValues } from './values/json.ts'
import { jsonSchema } from './values/json-schema.ts'
import { protobuf } from './values/protobuf.ts'
import { random as randomValues } from './values/random.ts'
import { text } from './values/text.ts'
import { tombstones } from './values/tombstones.ts'
import { zeros } from './values/zeros.ts'

export type { FaultEntry } from './broker/faults/log.ts'
export type { FaultAction, FaultConditions, FaultRule } from './broker/faults/rule.ts'
export { embeddedBroker } from './broker/index.ts'
export type { BrokerOptions, RunningBroker } from './broker/server.ts'
export { startBroker } from './broker/start.ts'
export { consoleReporter } from './console/index.ts'
export { lag } from './consumers/lag.ts'
export { rebalances } from './consumers/rebalances.ts'
export { csv } from './csv/index.ts'
export { drift } from './drift/index.ts'
export { kafkajsDriver } from './drivers/kafkajs/index.ts'
export { wireDriver } from './drivers/wire/index.ts'
export { json } from './json/index.ts'
export { echo } from './request-reply/echo.ts'
export { requestReply } from './request-reply/request-reply.ts'
export { consumeTransformProduce } from './transactions/consume-transform-produce.ts'
export { transactions } from './transactions/index.ts'
export type { Transform, Transformed } from './transactions/pipeline.ts'
export const arrivals = { even, onOff, poisson, replay: replayTimes }
export const consumers = { backlog, churn, late, paused, slow }
export const headers = { counter, fixed: fixedHeaders, template: headersTemplate, traceContext }
export const keys = {
  file: keysFile,
  gaussian,
  hash,
  hotSet,
  movingHot,
  nulls,
  random,
  roundRobin,
  sequential,
  template: keysTemplate,
  weighted: weightedKeys,
  zipf,
}
export const load = {
  bursts,
  constant,
  day,
  ramp,
  replay: replayRates,
  sawtooth,
  sine,
  spikes,
  stages,
  steps,
}
export const partitions = { custom, explicit, imbalanced, weighted: weightedPartitions }
export const sizes = {
  byKey,
  file: sizesFile,
  fixed: fixedSize,
  histogram,
  lognormal,
  normal,
  overTime,
  uniform,
}
export { traffic } from './traffic/index.ts'
export const values = {
  avro,
  corpus,
  filler,
  json: jsonValues,
  jsonSchema,
  protobuf,
  random: randomValues,
  text,
  tombstones,
  zeros,
}
