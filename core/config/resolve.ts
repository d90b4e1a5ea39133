/** Written configuration → checked one in the engine's units. All faults at once, before any socket. */
import { availableParallelism } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import { ConfigError, type Fail, type Fault, located } from '../errors.ts'
import { STAMP_BYTES } from '../stamp.ts'
import { METRICS, readThresholds } from '../thresholds.ts'
import { readOptions, suggest, unknownKeys } from './check.ts'
import type { Listed, Merged, MergedStream } from './merge.ts'
import { options, runKeys, streamKeys } from './options.ts'
import { readFrom } from './place.ts'
import { at, isPlain, laid } from './plain.ts'
import { nothingToRead, readingFaults, readingOnly } from './reading.ts'
import { scaled } from './scale.ts'
import { securityOf } from './security.ts'
import type { ResolvedConfig, ResolvedStream, SaslConfig, TlsConfig } from './types.ts'

/** @throws ConfigError */
export async function resolveConfig(merged: Merged): Promise<ResolvedConfig> {
  const faults = new Map<string, Fault>()
  const add = (fault: Fault) => void faults.set(`${fault.path} ${fault.expected}`, fault)
  const fail: Fail = (path, value, expected, hint) => add({ path, value, expected, hint })
  for (const fault of merged.faults) add(fault)
  const { streams: written, ...top } = merged.raw
  if (written !== undefined && (!isPlain(written) || Object.keys(written).length === 0))
    fail('streams', written, "streams by name, such as { orders: { rate: '5k/s' } }")
  unknownKeys(top, options, runKeys, fail)
  const { tls = {}, sasl = {}, ...run } = readOptions(top, runOptions, fail) as unknown as RunFields
  const security = securityOf(tls, sasl, top, fail)
  const streams = merged.streams.map(s => resolveStream(s, merged, run, fail))
  const span = spanOf(streams, merged, run, fail)
  sharedTopics(streams, merged.streams, fail)
  nothingToRead(streams, (i, ...rest) =>
    fail(pathIn(merged.streams[i] as MergedStream, 'topic.name'), ...rest),
  )
  const values = await pluginOptions(merged.plugins, fail)
  if (faults.size > 0) throw located(new ConfigError([...faults.values()]), merged.originOf)
  const wanted = run.threads === 'auto' ? Math.max(1, availableParallelism() - 1) : run.threads
  const busy = Math.max(...streams.map(s => Math.max(s.producers, s.consumers.count * s.consumers.groups)))
  return {
    ...run,
    ...security,
    ...span,
    out: run.out ?? '',
    file: merged.file,
    threads: Math.min(wanted, busy),
    streams,
    options: values,
  }
}

const runOptions = options.filter(o => !o.stream)
const streamOptions = options.filter(o => o.stream)
type RunFields = Omit<ResolvedConfig, 'threads' | 'streams' | 'options' | 'tls' | 'sasl'> & {
  threads: number | 'auto'
  tls?: TlsConfig
  sasl?: Partial<SaslConfig>
}
type Span = Pick<ResolvedConfig, 'warmupUs' | 'durationUs'>

/** Stages are the whole schedule, the warm-up its first part; without stages the duration is an option. */
function spanOf(streams: readonly ResolvedStream[], merged: Merged, run: RunFields, fail: Fail): Span {
  const sums = streams.flatMap(({ rate }, i) => {
    if (rate?.kind !== 'stages') return []
    const path = pathIn(merged.streams[i] as MergedStream, 'rate')
    return [{ path, us: rate.stages.reduce((sum, stage) => sum + stage.us, 0) }]
  })
  const { warmupUs = 0 } = run
  const set = merged.raw['duration'] !== undefined
  const durationUs = set || sums[0] === undefined ? (run.durationUs ?? 1) : sums[0].us - warmupUs
  const seconds = (us: number) => `${us / 1e6}s`
  const meant =
    durationUs > 0
      ? `${seconds(warmupUs)} of warmup and ${seconds(durationUs)} of duration`
      : `more than the warmup of ${seconds(warmupUs)}`
  const hint = 'the warmup is the first part of the stages; leave duration out to take the rest'
  for (const { path, us } of sums)
    if (us !== warmupUs + durationUs || durationUs <= 0)
      fail(path, undefined, `stages that add up to ${meant}, not to ${seconds(us)}`, hint)
  return { warmupUs, durationUs }
}

/** Where a setting of a stream was written: with the stream, or on the top level. */
function pathIn(stream: MergedStream, path: string): string {
  const { thresholds } = stream.own
  // a metric's name holds dots of its own
  const metric = /^thresholds\.(.+)$/.exec(path)?.[1]
  const own = metric !== undefined && isPlain(thresholds) && Object.hasOwn(thresholds, metric)
  return own || at(stream.own, path) !== undefined ? `streams.${stream.name}.${path}` : path
}

type StreamFields = Omit<ResolvedStream, 'name' | 'plugins' | 'thresholds'>

function resolveStream(stream: MergedStream, merged: Merged, run: RunFields, report: Fail): ResolvedStream {
  const { name, own, raw } = stream
  const fail: Fail = (path, ...rest) => report(pathIn(stream, path), ...rest)
  const misnamed = (expected: string) => report(`streams.${name}`, undefined, expected)
  if (!/^[A-Za-z][\w-]{0,63}$/.test(name) || ['warmup', 'measure'].includes(name))
    misnamed('a name of up to 64 letters, digits, - and _, a letter first, not warmup or measure')
  if ([...METRICS, ...merged.plugins.map(p => p.value.id)].includes(name))
    misnamed('a name that no metric and no plugin has: a threshold could mean either')
  const written = at(merged.raw['streams'], name)
  if (written !== undefined && !isPlain(written))
    report(`streams.${name}`, written, "an object such as { rate: '5k/s' }")
  unknownKeys(own, streamOptions, streamKeys, fail)
  const unnamed = { topic: { name: '' }, consumers: { group: '' } }
  const asked = laid(unnamed, readOptions(raw, streamOptions, fail)) as unknown as StreamFields
  const { warmupUs, scale = 1 } = run
  const fields = scaled(readingOnly(asked), scale, expected =>
    report('scale', scale, `${expected} (stream ${name})`),
  )
  const resolved = { ...fields, name, plugins: stream.plugins.map(p => p.key) }
  const refuse = (path: string, expected: string, hint?: string) => fail(path, at(raw, path), expected, hint)
  const fromPreset = (path: string) => merged.fromPreset(pathIn(stream, path))
  contradictions(resolved, stream, refuse, fromPreset)
  readingFaults(resolved, stream, merged.raw['streams'] !== undefined, refuse, fromPreset)
  const others = merged.streams.map(s => s.name).filter(other => other !== name)
  const plugins = stream.plugins.map(p => p.value.id)
  const around = { own: own['thresholds'], others, plugins, warmupUs }
  return { ...resolved, thresholds: readThresholds(raw['thresholds'], resolved, around, fail) }
}

/** Settings that are fine alone and not together. */
function contradictions(
  { topic, stamp, size, producer, rate }: StreamFields,
  { raw, plugins }: MergedStream,
  fail: (path: string, expected: string, hint?: string) => void,
  fromPreset: (path: string) => boolean,
): void {
  if (topic.existing && topic.name === '')
    fail('topic.existing', 'topic.name to go with it', 'name it: --topic NAME')
  // what a preset says of a topic that the run would make is nothing for its user to take back
  for (const path of ['topic.partitions', 'topic.replicationFactor', 'topic.configs'])
    if (topic.existing && at(raw, path) !== undefined && !fromPreset(path))
      fail(path, 'to be left out, since topic.existing is set: the topic stays as it is')
  if (stamp === 'value' && size < STAMP_BYTES && !plugins.some(p => p.value.slot === 'sizes'))
    fail(
      'size',
      `at least ${STAMP_BYTES} bytes, since stamp 'value' puts the stamp there`,
      "leave stamp at 'auto' to have it in a header where it does not fit",
    )
  if (stamp === 'value' && rate?.kind === 'fed')
    fail('stamp', "'auto', 'header' or 'off', since rate is 'fed': values are what they are")
  if (producer.idempotent && producer.acks !== -1)
    fail('producer.acks', "'all', since producer.idempotent is on")
  for (const [path, bytes] of Object.entries({ 'producer.batchSize': producer.batchBytes, size }))
    if (bytes > producer.bufferBytes)
      fail('producer.buffer', `at least ${path}, since it holds all that waits: ${bytes} bytes`)
}

/** A topic is made once, so all streams have to want the same one. */
function sharedTopics(streams: readonly ResolvedStream[], from: readonly MergedStream[], fail: Fail): void {
  for (const [i, { topic }] of streams.entries()) {
    const first = streams.find(s => s.topic.name === topic.name)
    if (topic.name === '' || first === undefined || isDeepStrictEqual(first.topic, topic)) continue
    const stream = from[i] as MergedStream
    const expected = `the same settings as stream ${first.name} has for topic ${topic.name}`
    fail(pathIn(stream, 'topic'), stream.raw['topic'], expected)
  }
}

/** Options of every plugin, as its schema has them. */
async function pluginOptions(plugins: readonly Listed[], fail: Fail): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {}
  for (const { key, value: plugin, from } of plugins) {
    const { schema } = plugin
    if (schema === undefined) continue
    const checked = await readFrom(from, () => schema['~standard'].validate(plugin.options))
    if (checked.issues === undefined) values[key] = checked.value
    // where it is an object's schema, and tells them
    const known = Object.keys(Object((schema as { shape?: object }).shape))
    for (const issue of checked.issues ?? []) {
      const way = (issue.path ?? []).map(p => String(typeof p === 'object' ? p.key : p))
      const { keys } = issue as { keys?: readonly string[] }
      // without the library's own preamble: 'Invalid input: expected number, received string'
      const said = /(?:^|: )expected (.*)$/.exec(issue.message)?.[1]
      for (const path of keys?.map(k => [...way, k]) ?? [way]) {
        const value = path.length === 0 ? plugin.options : at(plugin.options, path.join('.'))
        const taken = said ?? `what plugin ${plugin.name} takes: ${issue.message}`
        const near = suggest(String(path.at(-1)), known) ?? (known[0] && `it takes ${known.join(', ')}`)
        fail([key, ...path].join('.'), value, keys ? `an option of ${plugin.name}` : taken, keys && near)
      }
    }
  }
  return values
}
