/** One run of a SASL mechanism, seen from the broker. */
export interface Exchange {
  /**
   * Takes what the client says, gives what the broker says.
   * @throws RejectedError when the client is not who it says it is, or says what the mechanism does not know.
   */
  next(token: Buffer): Buffer
  /** Who it is; undefined until the exchange has come to its end. */
  readonly user: string | undefined
}

/** The client is not let in. The message is for the log: it holds no secret. */
export class RejectedError extends Error {
  override readonly name = 'RejectedError'
  /** What the client is told; undefined: only that its credentials are invalid. */
  readonly told: string | undefined

  constructor(message: string, told?: string) {
    super(message)
    this.told = told
  }
}
