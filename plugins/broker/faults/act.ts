import type { ErrorName } from '../../protocol/errors.ts'
import type { Random } from './random.ts'
import type { FaultAction, FaultRule } from './rule.ts'

type KeysOf<T> = T extends unknown ? keyof T : never

/** The name of an action: its key in a rule. */
export type ActionName = KeysOf<FaultAction>

/** An action as it is carried out; times in ms. */
export type Act =
  | { readonly kind: 'delay'; readonly draw: (random: Random) => number }
  | { readonly kind: 'error'; readonly code: ErrorName; readonly applied: boolean }
  | { readonly kind: 'noAnswer' | 'close'; readonly applied: boolean }
  | { readonly kind: 'partialFrame'; readonly bytes: number | undefined }
  | { readonly kind: 'corrupt'; readonly where: 'records' | 'anywhere'; readonly bytes: number }
  | { readonly kind: 'throttle'; readonly ms: number }
  | {
      readonly kind: 'moveLeader'
      readonly to: 'next' | number
      readonly topic: string | undefined
      readonly partition: number | undefined
    }
  | { readonly kind: 'moveCoordinator'; readonly to: 'next' | number; readonly key: string | undefined }
  | {
      readonly kind: 'kill'
      readonly broker: number | undefined
      readonly forMs: number | undefined
      readonly applied: boolean
    }
  | { readonly kind: 'freeze'; readonly broker: number | undefined; readonly forMs: number | undefined }
  | { readonly kind: 'lose' | 'duplicate' }

/** Conditions with their defaults; times in ms since the rule was added. */
export interface Conditions {
  readonly api: string | undefined
  readonly broker: number | undefined
  readonly topic: string | undefined
  readonly partition: number | undefined
  readonly clientId: string | undefined
  readonly after: number
  readonly at: number | undefined
  readonly from: number
  readonly until: number
  readonly times: number
  readonly probability: number
  readonly seed: number | undefined
}

/** A rule that has been found right. */
export interface CheckedRule {
  readonly rule: FaultRule
  readonly when: Conditions
  readonly act: Act
}
