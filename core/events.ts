/** What happens in a run besides records: fired as `onEvent` and kept, bounded, in `result.events`. `at`: µs since t0. */
export type RunEvent =
  | {
      readonly kind: 'error'
      readonly at: number
      readonly code: string
      readonly message: string
      readonly records: number
    }
  | {
      readonly kind: 'transaction'
      readonly at: number
      readonly transaction: number
      readonly producer: number
      readonly step: 'begin' | 'committed' | 'aborted' | 'unknown' | 'fenced'
      readonly tookUs: number
    }
  | { readonly kind: 'throttle'; readonly at: number; readonly broker: number; readonly us: number }
  | { readonly kind: 'fault'; readonly at: number; readonly until: number; readonly title: string }
  | {
      readonly kind: 'violation'
      readonly at: number
      readonly code: string
      readonly count: number
      readonly detail: string
    }
  | {
      readonly kind: 'rebalance'
      readonly at: number
      readonly group: string
      readonly step: 'start' | 'end'
      readonly lost: number
    }
  | { readonly kind: 'note'; readonly at: number; readonly title: string }
