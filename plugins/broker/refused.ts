/** A request, or one part of it, that gets an error code for an answer; the message is for the client to read. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}
