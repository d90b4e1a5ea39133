/** A socket that speaks TLS. */
import { connect, type TLSSocket } from 'node:tls'
import { explainTls, serverName, type TlsSettings, tlsOptions } from '../../../protocol/security/tls.ts'
import { type Address, LinkError, refusal } from '../failure.ts'
import type { Intake } from '../intake.ts'
import { opened } from '../socket.ts'

/** @throws LinkError within `timeoutMs`. */
export async function connectTls(
  address: Address,
  timeoutMs: number,
  tls: TlsSettings,
  { onread }: Intake,
): Promise<TLSSocket> {
  const options = await tlsOptions(tls).catch((error: NodeJS.ErrnoException) => {
    const reason = `a file that tls names cannot be read (${error.message})`
    throw new LinkError(address, 'tls', reason, error, 'Put it there.')
  })
  const { host, port } = address
  const socket = connect({ ...options, ...serverName(host, options), host, port, ...{ onread } })
  let reached = false
  socket.once('connect', () => {
    reached = true
  })
  return opened(socket, 'secureConnect', timeoutMs, error =>
    reached ? tlsFailure(address, error, tls) : refusal(address, error),
  )
}

/** What went wrong with TLS, at the handshake or, where the broker says so later, after it. */
export function tlsFailure(address: Address, error: NodeJS.ErrnoException, { cert }: TlsSettings): LinkError {
  const { reason, remedy } = explainTls(error, cert !== undefined) ?? {
    reason: `it takes connections, but the TLS handshake failed (${error.message})`,
    remedy: 'Check the port: it has to be a TLS listener of a Kafka broker.',
  }
  return new LinkError(address, 'tls', reason, error, remedy)
}
