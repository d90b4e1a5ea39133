import { mergeConfig } from '../config/merge.ts'
import { options } from '../config/options.ts'
import { describeOrigin } from '../config/origin.ts'
import { at, isPlain, outline, type Plain } from '../config/plain.ts'
import { resolveConfig } from '../config/resolve.ts'
import type { ConfigSource } from '../config/source.ts'

/** `loadtest config`: every value, where it comes from, and whether all of it is fine. */
export async function configCommand(source: ConfigSource): Promise<number> {
  const merged = await mergeConfig(source)
  const rows: [path: string, value: string, origin: string][] = []
  const paths = new Set(options.flatMap(({ path }) => [path.split('.')[0] as string, path]))
  const several = merged.raw['streams'] !== undefined
  const add = (path: string, value: unknown, origin: string | undefined) =>
    rows.push([path, show(value, path), origin ?? ''])
  for (const { path, default: fallback } of options) {
    const value = at(merged.raw, path)
    if (value !== undefined || fallback !== undefined)
      add(path, value ?? fallback, value === undefined ? 'default' : merged.originOf(path))
  }
  for (const { key, value, origin, path } of merged.plugins)
    add(`plugins.${key}`, value.options ?? {}, describeOrigin(origin, path))
  const thresholds = (raw: Plain, prefix: string) => {
    const { thresholds } = raw
    for (const [name, value] of Object.entries(isPlain(thresholds) ? thresholds : {}))
      add(`${prefix}thresholds.${name}`, value, merged.originOf(`${prefix}thresholds.${name}`))
  }
  thresholds(merged.raw, '')
  for (const { name, own } of several ? merged.streams : []) {
    for (const path of paths) {
      const value = at(own, path)
      // null takes away what the top level says, of a group too
      if (value === null || (value !== undefined && options.some(o => o.path === path)))
        add(`streams.${name}.${path}`, value, merged.originOf(`streams.${name}.${path}`))
    }
    thresholds(own, `streams.${name}.`)
  }
  const width = (i: 0 | 1) => Math.min(40, Math.max(...rows.map(r => r[i].length)))
  for (const [path, value, origin] of rows)
    console.log(`${path.padEnd(width(0))}  ${value.padEnd(width(1))}  ${origin}`)
  await resolveConfig(merged)
  return 0
}

function show(value: unknown, path: string): string {
  return JSON.stringify(outline(value, true, path.split('.').at(-1))) ?? String(value)
}
