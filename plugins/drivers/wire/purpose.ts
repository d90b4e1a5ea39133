/** Names of purposes: whoever has one of its own has connections of its own. */
let owners = 0

/** A purpose that nobody else in this thread has. */
export function ownPurpose(what: string): string {
  return `${what}-${owners++}`
}
