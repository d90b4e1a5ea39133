/** Which members of a stream's groups a plugin is about. */
import { ConfigError, type Member, type Run, type Stream } from '../../core/plugin.ts'

export interface Whom {
  readonly member?: number | undefined
  readonly share?: number | undefined
  readonly group?: number | undefined
}

/** Members of each group, and groups; 0 and 0 for a stream that nobody reads. */
export function groupsOf(run: Run, stream: Stream): { readonly count: number; readonly groups: number } {
  const { count = 0, groups = 0 } = run.config.streams.find(s => s.name === stream.name)?.consumers ?? {}
  return count > 0 ? { count, groups } : { count: 0, groups: 0 }
}

/**
 * For plugins that tell members what to do.
 * @param at when they do, µs since t0: what is not before the end of the run is warned of.
 * @throws ConfigError where nobody reads any of the streams that it is listed for.
 */
export function expectMembers(run: Run, plugin: string, at: Readonly<Record<string, number>> = {}): void {
  if (run.streams.every(stream => groupsOf(run, stream).count === 0)) {
    const [one] = run.config.streams.length > 1 ? run.streams : []
    const path = one === undefined ? 'consumers' : `streams.${one.name}.consumers`
    const expected = `1 or more, since ${plugin} tells consumers what to do`
    throw new ConfigError([{ path, value: 0, expected }])
  }
  if (run.role !== 'main') return
  const { warmupUs, durationUs } = run.config
  const end = warmupUs + durationUs
  for (const [path, us] of Object.entries(at)) {
    const when = `${us / 1e6} s, which is not before the end of the run at ${end / 1e6} s`
    if (us >= end) run.log.warn(`${path} is ${when}: it does not come to that`)
  }
}

/**
 * Whether a member is meant. @param path of the options, as faults name it
 * @throws ConfigError for a member or a group that there is not.
 */
export function chosenBy(
  { member, share = 1, group }: Whom,
  path: string,
  run: Run,
  stream: Stream,
): (member: Member) => boolean {
  const { count, groups } = groupsOf(run, stream)
  if (count === 0) return () => false
  expectBelow(member, count, `${path}.member`, `a member of stream ${stream.name}`)
  expectBelow(group, groups, `${path}.group`, `a group of stream ${stream.name}`)
  const most = member === undefined ? Math.ceil(share * count) : member + 1
  const least = member ?? 0
  return ({ index, number }) =>
    index >= least && index < most && (group === undefined || Math.floor(number / count) === group)
}

function expectBelow(value: number | undefined, bound: number, path: string, what: string): void {
  if (value === undefined || value < bound) return
  throw new ConfigError([{ path, value, expected: `${what}: 0 to ${bound - 1}` }])
}
