/** The taps of traffic plugins by themselves: a configuration is resolved as for a run, and its hooks are fired by hand. */
import { mergeConfig } from '../../core/config/merge.ts'
import { resolveConfig } from '../../core/config/resolve.ts'
import type { Config } from '../../core/config/types.ts'
import { ConfigError } from '../../core/errors.ts'
import { idleHost } from '../../core/host.ts'
import { type Key, PooledDraft } from '../../core/record.ts'

type Plugins = NonNullable<Config['plugins']>

/** Main's plugins of a configuration with one stream, registered. @throws ConfigError */
export async function registered(plugins: Plugins, config: Config = {}) {
  const value = { ...config, plugins }
  const merged = await mergeConfig({ value, cwd: process.cwd(), env: {}, command: 'run' })
  const host = idleHost(merged, await resolveConfig(merged))
  host.register()
  const [stream] = host.streams
  if (stream === undefined) throw new Error('no stream')
  return stream
}

/** What the plugins answer for a record of a given number, and scheduled time in µs. */
export async function draws(plugins: Plugins, config?: Config) {
  const { hooks } = await registered(plugins, config)
  const draft = new PooledDraft()
  const key = (index: number, scheduledAt = 0): Key | null => {
    draft.begin(index, scheduledAt, scheduledAt, 0)
    return hooks.keyFor.call(null, draft)
  }
  const text = (index: number, scheduledAt?: number): string | null => textOf(key(index, scheduledAt))
  return {
    /** As the hook answers it: bytes are those of the next key too. */
    key,
    /** As a reader would see it. */
    text,
    number: (index: number, scheduledAt?: number): number => Number(key(index, scheduledAt)),
    partition(index: number, partitions: number): number | undefined {
      draft.begin(index, 0, 0, 0)
      return hooks.partitionFor.call(draft, partitions)
    },
  }
}

/** A key as a reader would see it. */
export function textOf(key: Key | null): string | null {
  if (key === null) return null
  return key instanceof Uint8Array ? Buffer.from(key).toString() : String(key)
}

/** Faults of a configuration, as 'path: expected …'. */
export async function faultsOf(plugins: Plugins, config?: Config): Promise<string[]> {
  try {
    await registered(plugins, config)
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof ConfigError ? error.cause : error
    if (!(cause instanceof ConfigError)) throw error
    return cause.faults.map(fault => `${fault.path}: expected ${fault.expected}`)
  }
  return []
}

/** How often each of `size` numbers is answered; what is none of them is counted in the last place. */
export function counted(n: number, size: number, answer: (index: number) => number): Float64Array {
  const counts = new Float64Array(size + 1)
  for (let i = 0; i < n; i++) {
    const value = answer(i)
    const place = value >= 0 && value < size && Number.isInteger(value) ? value : size
    counts[place] = (counts[place] as number) + 1
  }
  return counts
}
