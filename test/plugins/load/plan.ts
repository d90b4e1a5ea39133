/** What a configuration schedules, without running it. */
import { mergeConfig } from '../../../core/config/merge.ts'
import { resolveConfig } from '../../../core/config/resolve.ts'
import { idleHost } from '../../../core/host.ts'
import type { Config, InlinePlugin, Segment } from '../../../core/index.ts'
import type { Schedule } from '../../../core/schedule.ts'

export interface Plan {
  readonly schedule: Schedule
  /** As the plugins leave them. */
  readonly segments: readonly Segment[]
}

/** Without a warm-up, unless the configuration has one. */
export async function planOf(config: Config): Promise<Plan> {
  let segments: readonly Segment[] = []
  const watch: InlinePlugin = {
    name: 'watch',
    stream: stream => stream.hooks.schedule.tap(made => void (segments = made), { order: 'last' }),
  }
  const value: Config = { warmup: 0, ...config, plugins: [...(config.plugins ?? []), watch] }
  const merged = await mergeConfig({ value, cwd: process.cwd(), env: {}, command: 'validate' })
  const host = idleHost(merged, await resolveConfig(merged))
  host.register()
  await host.close()
  const schedule = host.streams[0]?.schedule
  if (schedule === undefined) throw new Error('closed: there is no schedule')
  return { schedule, segments }
}

/** The rate at a time in s. */
export function rateAt(segments: readonly Segment[], seconds: number): number {
  const us = seconds * 1e6
  const s = segments.find(segment => us < segment.to) ?? segments.at(-1)
  if (s === undefined) return Number.NaN
  return s.start + ((s.end - s.start) * (us - s.from)) / (s.to - s.from)
}

/** Records, by the integral of the rate. */
export function areaOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, s) => sum + ((s.start + s.end) / 2) * ((s.to - s.from) / 1e6), 0)
}

/** What is said of a configuration that is not taken. */
export async function faultOf(config: Config): Promise<string> {
  try {
    await planOf(config)
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return (cause as Error).message
  }
  return 'no fault'
}
