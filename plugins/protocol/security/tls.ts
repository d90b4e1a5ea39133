/** TLS for a client: what Node is to be told, and what it says of a handshake that failed, as sentences. */
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { type ConnectionOptions, connect } from 'node:tls'
import type { Security } from '../../../core/plugin.ts'
import type { Explained } from './refusals.ts'

export type TlsSettings = NonNullable<Security['tls']>

/**
 * Options for node:tls, but for host and port. Its files are read again for each connection, so that certificates may change.
 * @throws the file system's own error.
 */
export async function tlsOptions(tls: TlsSettings): Promise<ConnectionOptions> {
  const { ca, cert, key, servername, rejectUnauthorized = true } = tls
  const [caText, certText, keyText] = await Promise.all(
    [ca, cert, key].map(path => (path === undefined ? undefined : readFile(path, 'utf8'))),
  )
  return {
    ...(caText !== undefined && { ca: caText }),
    ...(certText !== undefined && { cert: certText }),
    ...(keyText !== undefined && { key: keyText }),
    ...(servername !== undefined && { servername }),
    rejectUnauthorized,
  }
}

/** The name that a server is asked for: an address is none. */
export function serverName(host: string, { servername }: ConnectionOptions): { servername?: string } {
  const name = servername ?? (isIP(host) === 0 ? host : undefined)
  return name === undefined ? {} : { servername: name }
}

const PROBE_MS = 1000

/** Whether a port that hung up on plain text speaks TLS: servers seldom say so. */
export function speaksTls(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    // nothing is sent, so it does not matter who it is
    const socket = connect({ host, port, rejectUnauthorized: false, timeout: PROBE_MS })
    const end = (speaks: boolean) => {
      socket.destroy()
      resolve(speaks)
    }
    socket.once('secureConnect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.on('error', () => end(false))
  })
}

const EXPIRED = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']
const UNKNOWN = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
]

/**
 * Why TLS failed.
 * @param hasCertificate whether we have one of our own to show.
 * @returns undefined: it was not TLS.
 */
export function explainTls(error: NodeJS.ErrnoException, hasCertificate: boolean): Explained | undefined {
  const { code = '', message } = error
  if (UNKNOWN.includes(code))
    return {
      reason: `its certificate is signed by nobody that is trusted here (${code})`,
      remedy: 'Name the authority that signed it with tls.ca.',
    }
  if (EXPIRED.includes(code))
    return {
      reason: `its certificate ${code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet'} (${code})`,
      remedy: 'Have it renewed, or set the clock of this machine.',
    }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const { reason = message } = error as { reason?: string }
    return {
      reason: `its certificate is for another name: ${reason.replace(/\.$/, '')}`,
      remedy: 'Connect by a name that the certificate has, or set tls.servername to one.',
    }
  }
  if (
    /ALERT_(?:CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED|NO_CERTIFICATE)/.test(
      code,
    )
  )
    return hasCertificate
      ? {
          reason: `it refuses our certificate (${code})`,
          remedy: 'Set tls.cert and tls.key to a certificate that the broker trusts.',
        }
      : {
          reason: `it asks for a certificate of ours (${code})`,
          remedy: 'Set tls.cert and tls.key.',
        }
  if (/^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNEXPECTED_MESSAGE)/.test(code))
    return { reason: `it speaks no TLS (${code})`, remedy: PLAIN_PORT }
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return { reason: `it closed the connection during the TLS handshake (${code})`, remedy: PLAIN_PORT }
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_'))
    return {
      reason: `the TLS handshake failed (${code})`,
      remedy: 'Check which TLS versions and ciphers the broker has.',
    }
  return undefined
}

const PLAIN_PORT = 'Name the port of a TLS listener, or leave tls out.'
