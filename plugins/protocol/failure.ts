/** What a reader throws: the bytes are not what the protocol says they should be. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError'
}
