/** Written configuration → checked one in the engine's units. All faults at once, before any socket. */
import { availableParallelism } from 'node:os'
import { ConfigError, type Fault } from '../errors.ts'
import { readOptions, suggest, unknownKeys } from './check.ts'
import type { Listed, Merged, MergedStream } from './merge.ts'
import { options, runKeys, streamKeys } from './options.ts'
import { at, isPlain } from './plain.ts'
import { readThresholds } from './thresholds.ts'
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
  if (written !== undefined && !isPlain(written))
    fail({ path: 'streams', value: written, expected: 'an object of streams by name' })
  unknownKeys(top, options, runKeys, fail)
  const run = readOptions(
    top,
    options.filter(o => !o.stream),
    fail,
  )
  const span = spanOf(merged, run, fail)
  const streams = merged.streams.map(s => resolveStream(s, merged, span, fail))
  const values = await pluginOptions(merged.plugins, fail)
  if (faults.size > 0) throw new ConfigError([...faults.values()])
  const wanted =
    run('threads') === 'auto' ? Math.max(1, availableParallelism() - 1) : (run('threads') as number)
  const busy = Math.max(...streams.map(s => Math.max(s.producers, s.consumers.count)))
  return {
    brokers: run('brokers') as string[],
    timeoutUs: run('timeout') as number,
    warmupUs: span.warmupUs,
    durationUs: span.durationUs,
    threads: Math.min(wanted, busy),
    seed: run('seed') as number,
    out: (run('out') as string | undefined) ?? '',
    allowTainted: run('allowTainted') as boolean,
    streams,
    options: values,
  }
}

type Fail = (fault: Fault) => void
interface Span {
  readonly warmupUs: number
  readonly durationUs: number
}

/** Stages are the whole schedule, the warm-up its first part; without stages the duration is an option. */
function spanOf(merged: Merged, run: (path: string) => unknown, fail: Fail): Span {
  const rate = options.find(o => o.path === 'rate')?.kind
  const sums = merged.streams.flatMap(s => {
    const spec = rate?.read(s.raw['rate'] ?? '1/s') as RateSpec | undefined
    const staged = Array.isArray(s.raw['rate']) && spec?.kind === 'stages'
    return staged
      ? [{ path: pathIn(s, 'rate'), us: spec.stages.reduce((sum, stage) => sum + stage.us, 0) }]
      : []
  })
  const warmupUs = (run('warmup') as number | undefined) ?? 0
  const set = merged.raw['duration'] !== undefined
  const durationUs =
    set || sums[0] === undefined ? ((run('duration') as number | undefined) ?? 1) : sums[0].us - warmupUs
  const seconds = (us: number) => `${us / 1e6}s`
  for (const { path, us } of sums) {
    if (us === warmupUs + durationUs && durationUs > 0) continue
    const meant =
      durationUs > 0
        ? `${seconds(warmupUs)} of warmup and ${seconds(durationUs)} of duration`
        : `more than the warmup of ${seconds(warmupUs)}`
    fail({
      path,
      value: seconds(us),
      expected: `stages that add up to ${meant}`,
      hint: 'the warmup is the first part of the stages; leave duration out to take the rest',
    })
  }
  return { warmupUs, durationUs }
}

/** Where a setting of a stream was written: with the stream, or on the top level. */
function pathIn(stream: MergedStream, path: string): string {
  return at(stream.own, path) === undefined ? path : `streams.${stream.name}.${path}`
}

function resolveStream(stream: MergedStream, merged: Merged, span: Span, report: Fail): ResolvedStream {
  const fail = (fault: Fault) => report({ ...fault, path: pathIn(stream, fault.path) })
  const known = options.filter(o => o.stream)
  if (!/^[A-Za-z][\w-]{0,63}$/.test(stream.name) || ['warmup', 'measure'].includes(stream.name))
    report({
      path: `streams.${stream.name}`,
      expected: 'a name of letters, digits, - and _, not warmup or measure',
    })
  if (merged.raw['streams'] !== undefined && !isPlain(at(merged.raw, `streams.${stream.name}`)))
    report({
      path: `streams.${stream.name}`,
      value: at(merged.raw, `streams.${stream.name}`),
      expected: 'an object',
    })
  unknownKeys(stream.own, known, streamKeys, fail)
  const v = readOptions(stream.raw, known, fail)
  const get = <T>(path: string): T => v(path) as T
  const rate = get<RateSpec & { rate?: number; unit?: 'records' | 'bytes' }>('rate')
  const constant = rate?.rate !== undefined && {
    rate: rate.rate,
    unit: rate.unit ?? 'records',
    us: span.warmupUs + span.durationUs,
    ramp: false,
  }
  const resolved = {
    name: stream.name,
    topic: {
      name: get<string>('topic.name') ?? '',
      partitions: get<number>('topic.partitions'),
      replicationFactor: get<number>('topic.replicationFactor'),
      existing: get<boolean>('topic.existing'),
      configs: get<Record<string, string>>('topic.configs'),
    },
    rate: constant ? { kind: 'stages' as const, stages: [constant] } : (rate ?? { kind: 'max' as const }),
    size: get<number>('size'),
    producers: get<number>('producers'),
    consumers: {
      count: get<number>('consumers.count'),
      group: get<string>('consumers.group') ?? '',
      protocol: get<'classic'>('consumers.protocol'),
      isolation: get<'read_committed'>('consumers.isolation'),
      from: get<'latest'>('consumers.from'),
    },
    producer: {
      acks: get<0 | 1 | -1>('producer.acks'),
      idempotent: get<boolean>('producer.idempotent'),
      compression: get<'none'>('producer.compression'),
      lingerUs: get<number>('producer.linger'),
      batchBytes: get<number>('producer.batchSize'),
      maxInFlight: get<number>('producer.maxInFlight'),
      bufferBytes: get<number>('producer.buffer'),
      bufferRecords: get<number>('producer.bufferRecords'),
      deliveryTimeoutUs: get<number>('producer.deliveryTimeout'),
    },
    stamp: get<'auto'>('stamp'),
    plugins: stream.plugins.map(p => p.key),
  }
  contradictions(resolved, stream, fail)
  const others = merged.streams.map(s => s.name).filter(name => name !== stream.name)
  const ids = stream.plugins.map(p => p.value.id)
  return { ...resolved, thresholds: readThresholds(stream.raw['thresholds'], resolved, others, ids, fail) }
}

/** Settings that are fine alone and not together. */
function contradictions(s: Omit<ResolvedStream, 'thresholds'>, stream: MergedStream, fail: Fail): void {
  const value = (path: string) => at(stream.raw, path)
  if (s.topic.existing && s.topic.name === '')
    fail({
      path: 'topic.existing',
      value: true,
      expected: 'a topic to go with it',
      hint: 'name it: --topic NAME',
    })
  if (s.producer.idempotent && s.producer.acks !== -1)
    fail({
      path: 'producer.acks',
      value: value('producer.acks'),
      expected: "'all', since producer.idempotent is on",
    })
  if (s.producer.batchBytes > s.producer.bufferBytes)
    fail({
      path: 'producer.buffer',
      value: value('producer.buffer'),
      expected: 'at least one batch (producer.batchSize)',
    })
  if (s.size > s.producer.bufferBytes)
    fail({
      path: 'size',
      value: value('size'),
      expected: 'no more than producer.buffer, which holds all that waits',
    })
}

/** Options of every plugin, as its schema has them. */
async function pluginOptions(plugins: readonly Listed[], fail: Fail): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {}
  for (const { key, value: plugin, origin } of plugins) {
    if (plugin.schema === undefined) continue
    const checked = await plugin.schema['~standard'].validate(plugin.options)
    if (checked.issues === undefined) values[key] = checked.value
    for (const issue of checked.issues ?? []) {
      const inner = (issue.path ?? []).map(p => String(typeof p === 'object' ? p.key : p)).join('.')
      const found = inner === '' ? plugin.options : at(plugin.options, inner)
      const keys = (issue as { keys?: readonly string[] }).keys ?? []
      const hint = keys.map(k => suggest(k, knownOptions(plugin.schema))).find(h => h !== undefined)
      fail({
        path: `${key}${inner === '' ? '' : `.${inner}`}`,
        value: found,
        expected: `what plugin ${plugin.name} takes: ${issue.message}`,
        origin: origin.label,
        ...(hint ? { hint } : {}),
      })
    }
  }
  return values
}
/** Keys of an object schema, where it tells them. */
function knownOptions(schema: unknown): string[] {
  return Object.keys(Object((schema as { shape?: object }).shape))
}
