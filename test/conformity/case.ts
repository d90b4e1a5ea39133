import type { Config, Driver } from '../../core/plugin.ts'
import type { BrokerOptions } from '../../plugins/index.ts'
import type { Context } from './context.ts'

/**
 * `embedded`: the embedded broker, whose faults the case injects; not to be run on a real one. `wireTime`,
 * `transactions`, `consumerProtocol`: what the driver has to say of itself in `can`.
 */
export type Need = 'embedded' | keyof Driver['can']

/** What a driver has to do. A case that is not fulfilled throws, as an assertion does. */
export interface Case {
  /** Unique, and stable: lists of known failures name it. */
  readonly name: string
  /** What is expected, in a sentence. */
  readonly about: string
  readonly needs?: readonly Need[]
  /** It measures the process, or times that would not stand others beside it: run by itself. */
  readonly alone?: boolean
  /** How the embedded broker is started. One that has more than one broker is not for real ones. */
  readonly broker?: BrokerOptions
  /** What a user would write in the configuration. */
  readonly config?: Config
  run(context: Context): Promise<void>
}
