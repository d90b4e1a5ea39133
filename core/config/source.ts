/** Where a configuration comes from. Cloneable unless it is a value: workers get the same. */
import type { Config } from './types.ts'

/** One setting from outside the file, e.g. a flag. `label`: how it was written. */
export interface Setting {
  readonly keys: readonly string[]
  readonly value: unknown
  readonly label: string
}

export interface ConfigSource {
  /** A value: `run({ … })`. */
  readonly value?: Config
  /** Path or file URL; without value and file it is searched from `cwd` upwards. */
  readonly file?: string
  /** Flags, in the order they were given. */
  readonly flags?: readonly Setting[]
  /** Laid over everything else. */
  readonly overrides?: Config
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly command: string
}
