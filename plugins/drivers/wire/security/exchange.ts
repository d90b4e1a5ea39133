/** One run of a SASL mechanism, seen from the client. */
export interface Exchange {
  /** Kafka's name of it. */
  readonly mechanism: string
  /** Who we say that we are, for messages; undefined: the token says it. */
  readonly user: string | undefined
  /**
   * Takes what the broker says, undefined at first, and gives what we say.
   * @returns undefined: the exchange is over, and the broker is who it says it is.
   * @throws ExchangeError
   */
  next(challenge: Buffer | undefined): Promise<Buffer | undefined>
}

/** The broker does not keep to the mechanism, or is not who it says it is. The message holds no secret. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError'
}
