/** A request to the control port that cannot be done: its HTTP status, and what is wrong. */
export class ControlError extends Error {
  override readonly name = 'ControlError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** What a route answers: a value to be told as JSON, or a stream of lines. */
export type Answer = { readonly value: unknown } | { readonly follow: Follow }

/** Starts to hand lines to `line`; the returned function ends it. */
export type Follow = (line: (value: unknown) => void) => () => void
