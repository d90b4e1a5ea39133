/** Sizes as `sizeFor` answers them, without a run. */
import type { Config } from '../../../core/config/types.ts'
import { type Key, PooledDraft } from '../../../core/record.ts'
import { registered } from '../draws.ts'
import { DRAWS } from '../statistics.ts'

interface About {
  readonly key?: Key | null
  /** µs */
  readonly at?: number
}

/** Answers the size of a record. */
export async function sizesOf(plugins: NonNullable<Config['plugins']>, config?: Config) {
  const stream = await registered(plugins, config)
  const draft = new PooledDraft()
  return (index: number, { key = null, at = 0 }: About = {}) => {
    draft.begin(index, at, at, 0)
    draft.key = key
    return stream.hooks.sizeFor.call(stream.config.size, draft)
  }
}

/** A million of them. */
export async function million(plugins: NonNullable<Config['plugins']>): Promise<Float64Array> {
  const size = await sizesOf(plugins)
  return Float64Array.from({ length: DRAWS }, (_, i) => size(i))
}

/** How often each size from `low` to `high` is among them; the last place counts what is outside. */
export function counts(sizes: Float64Array, low: number, high: number): Float64Array {
  const cells = new Float64Array(high - low + 2)
  for (const size of sizes) {
    const cell = size >= low && size <= high && Number.isInteger(size) ? size - low : high - low + 1
    cells[cell] = (cells[cell] as number) + 1
  }
  return cells
}
