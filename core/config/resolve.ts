/** Written configuration → checked one in the engine's units. All faults at once, before any socket. */
import { availableParallelism } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import { ConfigError, type Fault } from '../errors.ts'
import { STAMP_BYTES } from '../stamp.ts'
import { readOptions, suggest, unknownKeys } from './check.ts'
import type { Listed, Merged, MergedStream } from './merge.ts'
import { options, runKeys, streamKeys } from './options.ts'
import { describeOrigin } from './origin.ts'
import { at, isPlain, laid } from './plain.ts'
import { METRICS, readThresholds } from './thresholds.ts'
import type { RateSpec, ResolvedConfig, ResolvedStream } from './types.ts'

/** @throws ConfigError */
export async function resolveConfig(merged: Merged): Promise<ResolvedConfig> {
  const faults = new Map<string, Fault>()
  const fail = (fault: Fault) => {
    const origin = fault.origin ?? merged.originOf(fault.path)
    faults.set(`${fault.path} ${fault.expected}`, origin === undefined ? fault : { ...fault, origin })
  }
  merged.faults.forEach(fail)
  const { streams: written, ...top } = merged.raw
  if (written !== undefined && (!isPlain(written) || Object.keys(written).length === 0))
    fail({
      path: 'streams',
      value: written,
      expected: "streams by name, such as { orders: { rate: '5k/s' } }",
    })
  unknownKeys(top, options, runKeys, fail)
  const run = readOptions(top, runOptions, fail) as unknown as RunFields
  const span = spanOf(merged, run, fail)
  const streams = merged.streams.map(s => resolveStream(s, merged, span.warmupUs, fail))
  sharedTopics(streams, merged.streams, fail)
  const values = await pluginOptions(merged.plugins, fail)
  if (faults.size > 0) throw new ConfigError([...faults.values()])
  const wanted = run.threads === 'auto' ? Math.max(1, availableParallelism() - 1) : run.threads
  const busy = Math.max(...streams.map(s => Math.max(s.producers, s.consumers.count)))
  return { ...run, ...span, out: run.out ?? '', threads: Math.min(wanted, busy), streams, options: values }
}

const runOptions = options.filter(o => !o.stream)
const streamOptions = options.filter(o => o.stream)
type RunFields = Omit<ResolvedConfig, 'threads' | 'streams' | 'options'> & { threads: number | 'auto' }
type Fail = (fault: Fault) => void
interface Span {
  readonly warmupUs: number
  readonly durationUs: number
}

/** Stages are the whole schedule, the warm-up its first part; without stages the duration is an option. */
function spanOf(merged: Merged, run: RunFields, fail: Fail): Span {
  const kind = options.find(o => o.path === 'rate')?.kind
  const sums = merged.streams.flatMap(s => {
    const rate = kind?.read(s.raw['rate']) as RateSpec | undefined
    const us = rate?.kind === 'stages' ? rate.stages.reduce((sum, stage) => sum + stage.us, 0) : undefined
    return us === undefined ? [] : [{ path: pathIn(s, 'rate'), us }]
  })
  const { warmupUs = 0 } = run
  const set = merged.raw['duration'] !== undefined
  const durationUs = set || sums[0] === undefined ? (run.durationUs ?? 1) : sums[0].us - warmupUs
  const seconds = (us: number) => `${us / 1e6}s`
  for (const { path, us } of sums) {
    if (us === warmupUs + durationUs && durationUs > 0) continue
    const meant =
      durationUs > 0
        ? `${seconds(warmupUs)} of warmup and ${seconds(durationUs)} of duration`
        : `more than the warmup of ${seconds(warmupUs)}`
    fail({
      path,
      expected: `stages that add up to ${meant}, not to ${seconds(us)}`,
      hint: 'the warmup is the first part of the stages; leave duration out to take the rest',
    })
  }
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

function resolveStream(stream: MergedStream, merged: Merged, warmupUs: number, report: Fail): ResolvedStream {
  const fail = (fault: Fault) => report({ ...fault, path: pathIn(stream, fault.path) })
  if (!/^[A-Za-z][\w-]{0,63}$/.test(stream.name) || ['warmup', 'measure'].includes(stream.name))
    report({
      path: `streams.${stream.name}`,
      expected: 'a name of up to 64 letters, digits, - and _, a letter first, not warmup or measure',
    })
  if ([...METRICS, ...merged.plugins.map(p => p.value.id)].includes(stream.name))
    report({
      path: `streams.${stream.name}`,
      expected: 'a name that no metric and no plugin has: a threshold could mean either',
    })
  const { streams } = merged.raw
  const written = isPlain(streams) ? streams[stream.name] : undefined
  if (written !== undefined && !isPlain(written))
    report({ path: `streams.${stream.name}`, value: written, expected: "an object such as { rate: '5k/s' }" })
  unknownKeys(stream.own, streamOptions, streamKeys, fail)
  const unnamed = { topic: { name: '' }, consumers: { group: '' } }
  const fields = laid(unnamed, readOptions(stream.raw, streamOptions, fail)) as unknown as StreamFields
  const resolved = { ...fields, name: stream.name, plugins: stream.plugins.map(p => p.key) }
  contradictions(resolved, stream, fail)
  const others = merged.streams.map(s => s.name).filter(name => name !== stream.name)
  const plugins = stream.plugins.map(p => p.value.id)
  const around = { own: stream.own['thresholds'], others, plugins, warmupUs }
  return { ...resolved, thresholds: readThresholds(stream.raw['thresholds'], resolved, around, fail) }
}

/** Settings that are fine alone and not together. */
function contradictions(s: Omit<ResolvedStream, 'thresholds'>, stream: MergedStream, fail: Fail): void {
  const value = (path: string) => at(stream.raw, path)
  if (s.topic.existing && s.topic.name === '')
    fail({
      path: 'topic.existing',
      value: true,
      expected: 'topic.name to go with it',
      hint: 'name it: --topic NAME',
    })
  for (const path of ['topic.partitions', 'topic.replicationFactor', 'topic.configs'])
    if (s.topic.existing && value(path) !== undefined)
      fail({
        path,
        value: value(path),
        expected: 'to be left out, since topic.existing is set: the topic stays as it is',
      })
  if (s.stamp === 'value' && s.size < STAMP_BYTES && !stream.plugins.some(p => p.value.slot === 'sizes'))
    fail({
      path: 'size',
      value: value('size'),
      expected: `at least ${STAMP_BYTES} bytes, since stamp 'value' puts the stamp there`,
      hint: "leave stamp at 'auto' to have it in a header where it does not fit",
    })
  if (s.producer.idempotent && s.producer.acks !== -1)
    fail({
      path: 'producer.acks',
      value: value('producer.acks'),
      expected: "'all', since producer.idempotent is on",
    })
  for (const [path, bytes] of Object.entries({ 'producer.batchSize': s.producer.batchBytes, size: s.size }))
    if (bytes > s.producer.bufferBytes)
      fail({
        path: 'producer.buffer',
        value: value('producer.buffer'),
        expected: `at least ${path}, since it holds all that waits: ${bytes} bytes`,
      })
}

/** A topic is made once, so all streams have to want the same one. */
function sharedTopics(streams: readonly ResolvedStream[], from: readonly MergedStream[], fail: Fail): void {
  for (const [i, { topic }] of streams.entries()) {
    const first = streams.find(s => s.topic.name === topic.name)
    if (topic.name === '' || first === undefined || isDeepStrictEqual(first.topic, topic)) continue
    const stream = from[i] as MergedStream
    fail({
      path: pathIn(stream, 'topic'),
      value: stream.raw['topic'],
      expected: `the same settings as stream ${first.name} has for topic ${topic.name}`,
    })
  }
}

/** Options of every plugin, as its schema has them. */
async function pluginOptions(plugins: readonly Listed[], fail: Fail): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {}
  for (const { key, value: plugin, origin, path: listed } of plugins) {
    if (plugin.schema === undefined) continue
    const checked = await plugin.schema['~standard'].validate(plugin.options)
    if (checked.issues === undefined) values[key] = checked.value
    for (const issue of checked.issues ?? []) {
      const way = (issue.path ?? []).map(p => String(typeof p === 'object' ? p.key : p))
      const { keys = [] } = issue as { keys?: readonly string[] }
      for (const path of keys.length > 0 ? keys.map(k => [...way, k]) : [way]) {
        const value = path.length === 0 ? plugin.options : at(plugin.options, path.join('.'))
        // without the library's own preamble: 'Invalid input: expected number, received string'
        const said =
          /(?:^|: )expected (.*)$/.exec(issue.message)?.[1] ??
          `what plugin ${plugin.name} takes: ${issue.message}`
        const hint = keys.length > 0 && suggest(path.at(-1) as string, knownOptions(plugin.schema))
        fail({
          path: [key, ...path].join('.'),
          value,
          expected: keys.length > 0 ? `an option of plugin ${plugin.name}` : said,
          origin: describeOrigin(
            origin,
            [listed, '1', ...(value === undefined ? way.slice(0, -1) : path)].join('.'),
          ),
          ...(hint ? { hint } : {}),
        })
      }
    }
  }
  return values
}
/** Keys of an object schema, where it tells them. */
function knownOptions(schema: unknown): string[] {
  return Object.keys(Object((schema as { shape?: object }).shape))
}
