/** What is measured: a client in a round, the rows that clients are compared in, and what is to be reached. */
import type { Client, Span } from './client.ts'
import type { Place } from './place.ts'

/** Figures of one client in one round; each is reported as the median of the rounds. */
export type Measured = Readonly<Record<string, number>>

export interface Round {
  readonly place: Place
  readonly span: Span
  /** Of the row's partitions, on the real Kafka. */
  readonly topic: string
  /** Everything shorter, to see that it works. */
  readonly quick: boolean
  /** Keeps a command line for the page. */
  readonly show: (client: Client) => void
}
export interface Contender {
  readonly name: string
  /** Nothing is to be reached against it: only with --all. */
  readonly informational?: boolean
  readonly measure: (round: Round) => Promise<Measured>
}
export type Bound =
  /** Records per CPU-second of the wire engine over those of a peer. */
  | { readonly against: string; readonly atLeast: number }
  /** A figure of the wire engine's own, in the words of the table. */
  | {
      readonly what: string
      readonly of: string
      readonly figure: string
      readonly unit: string
      readonly atMost?: number
      readonly atLeast?: number
    }
/** Of a figure of every client that has it, in the worst of its rounds: without it, nothing is met by or against that client. */
export interface Condition {
  readonly figure: string
  readonly atMost?: number
  readonly atLeast?: number
}
export interface Row {
  readonly name: string
  readonly work: string
  readonly partitions: number
  /** One topic for all clients of a round, of which nothing is thrown away: the first fills it. */
  readonly shared?: boolean
  /** One after the other in every round. */
  readonly contenders: readonly Contender[]
  readonly bounds: readonly Bound[]
  readonly conditions?: readonly Condition[]
  /** Rounds at most: what is no comparison needs no more. */
  readonly rounds?: number
}
