/**
 * What happens in a run besides records: fired as `onEvent` and kept, bounded, in `result.events`, but for transactions that
 * begin, are committed or aborted. `at`: µs since t0.
 */
export type RunEvent = { readonly at: number } & (
  | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly records: number }
  | {
      readonly kind: 'transaction'
      /** Number among those of its producer, from 0. */
      readonly transaction: number
      readonly producer: number
      readonly step: 'begin' | 'committed' | 'aborted' | 'unknown' | 'fenced'
      /** Of its end, from the call to the answer, what was still to be sent included; 0 for a begin. */
      readonly tookUs: number
    }
  | { readonly kind: 'throttle'; readonly broker: number; readonly us: number }
  | { readonly kind: 'fault'; readonly until: number; readonly title: string }
  | { readonly kind: 'violation'; readonly code: string; readonly count: number; readonly detail: string }
  | {
      readonly kind: 'rebalance'
      readonly group: string
      readonly step: 'start' | 'end'
      /** Partitions that the member had before and has no more. */
      readonly lost: number
      /** Number of the member in its group. */
      readonly member?: number
    }
  | {
      /** A plugin made it leave its group, or come to it. */
      readonly kind: 'member'
      readonly group: string
      readonly member: number
      readonly step: 'join' | 'leave' | 'kill'
      /** Of a join, until it had partitions and positions; 0 otherwise. */
      readonly tookUs: number
    }
  | { readonly kind: 'note'; readonly title: string }
)
