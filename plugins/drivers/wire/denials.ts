/** Brokers that refused who we are: they are let alone for a while, since accounts are locked after a few tries. */
import { type Address, addressText, LinkError } from './failure.ts'
import type { Link } from './link.ts'

const DENIED_MS = 30_000

export class Denials {
  readonly #byAddress = new Map<string, { readonly why: LinkError; readonly until: number }>()

  /** Opens a connection. @throws what `open` throws, or what the broker refused us with less than 30 s ago. */
  async open(address: Address, open: () => Promise<Link>): Promise<Link> {
    const key = addressText(address)
    const denial = this.#byAddress.get(key)
    if (denial !== undefined && performance.now() < denial.until) throw denial.why
    const remember = (why: unknown) => {
      if (!(why instanceof LinkError) || why.fault !== 'authentication') return
      this.#byAddress.set(key, { why, until: performance.now() + DENIED_MS })
    }
    try {
      const link = await open()
      // a session that could not be renewed
      link.onEnd(remember)
      return link
    } catch (error) {
      remember(error)
      throw error
    }
  }
}
