/** SASL/OAUTHBEARER (RFC 7628): one message with the token in it. */
import type { Exchange } from './exchange.ts'

/** After it has told why, a broker wants to hear this before it refuses. */
const HEARD = Buffer.from([1])

export function oauthbearer(token: string): Exchange {
  return {
    mechanism: 'OAUTHBEARER',
    user: undefined,
    next: async challenge => {
      if (challenge === undefined) return Buffer.from(`n,,\x01auth=Bearer ${token}\x01\x01`, 'utf8')
      return challenge.length === 0 ? undefined : HEARD
    },
  }
}
