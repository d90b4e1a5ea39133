/** SASL/PLAIN (RFC 4616): one message with the password in it. */
import type { Exchange } from './exchange.ts'

export function plain(user: string, password: string): Exchange {
  return {
    mechanism: 'PLAIN',
    user,
    next: async challenge =>
      challenge === undefined ? Buffer.from(`\0${user}\0${password}`, 'utf8') : undefined,
  }
}
