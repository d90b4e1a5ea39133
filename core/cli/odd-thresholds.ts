/** Thresholds on figures that no plugin has, as far as plugins tell before a run: those would fail at its end. */
import { suggest } from '../config/check.ts'
import type { ResolvedConfig } from '../config/types.ts'
import type { Host } from '../host.ts'
import { QUANTILES } from '../result.ts'

const STATS = ['count', 'min', 'mean', ...Object.keys(QUANTILES), 'max']

/**
 * What to say of each.
 * @param plugins ids
 * @param hosts registered: in main and in a worker plugins may have other figures.
 */
export function oddThresholds(
  { streams }: ResolvedConfig,
  plugins: readonly string[],
  hosts: readonly Host[],
): string[] {
  const parts = hosts.flatMap(host => Object.entries(host.metrics.takeOwn()))
  const all = parts.flatMap(([name, { kind }]) =>
    kind === 'histogram' ? STATS.map(stat => `${name}.${stat}`) : [name],
  )
  return streams.flatMap(({ name, thresholds }) => {
    const bare = all.map(figure => (figure.startsWith(`${name}.`) ? figure.slice(name.length + 1) : figure))
    const known = [...new Set(bare)]
    return thresholds.flatMap(({ metric }) => {
      const plugin = plugins.find(id => metric.startsWith(`${id}.`))
      const its = known.filter(figure => figure.startsWith(`${plugin}.`))
      if (its.length === 0 || its.includes(metric)) return []
      const what = `thresholds.${metric}: plugin ${plugin} tells of no such figure before a run`
      return [`${what}: ${suggest(metric, its) ?? `it has ${its.join(', ')}`}`]
    })
  })
}
