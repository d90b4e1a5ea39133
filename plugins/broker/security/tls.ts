import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { createSecureContext, createServer, type TlsOptions as Settings, type TLSSocket } from 'node:tls'

/** Clients speak TLS. Each of the three is PEM, or the path of a file with it. */
export interface TlsOptions {
  /** Private key of the brokers. */
  readonly key: string
  /** Their certificate, with the chain above it; it should name `127.0.0.1`. */
  readonly cert: string
  /** The authority that certificates of clients are checked by. */
  readonly ca?: string
  /**
   * Whether clients show a certificate, as Kafka's `ssl.client.auth`: with `requested` they may, and a wrong one is
   * refused. Default `required` with a `ca`, else `none`.
   */
  readonly clientAuth?: 'none' | 'requested' | 'required'
}

/** How a server is made for what accepts its connections. */
export type ServerFactory = (accept: (socket: Socket) => void) => Server

const CLIENT_AUTH = ['none', 'requested', 'required']

/**
 * A factory of servers that speak TLS.
 * @param log takes a line for each handshake that fails.
 * @throws RangeError for a file that cannot be read, PEM that is none, a key of another certificate.
 */
export function tlsServers(options: TlsOptions, log: (line: string) => void): ServerFactory {
  const { ca, clientAuth = ca === undefined ? 'none' : 'required' } = options
  if (!CLIENT_AUTH.includes(clientAuth)) {
    throw new RangeError(`tls.clientAuth is "${clientAuth}": expected one of ${CLIENT_AUTH.join(', ')}`)
  }
  if (clientAuth !== 'none' && ca === undefined) {
    throw new RangeError(
      `tls.clientAuth is "${clientAuth}" without a tls.ca: expected the authority to check clients by`,
    )
  }
  const settings: Settings = {
    ...{ key: pem('key', options.key), cert: pem('cert', options.cert), noDelay: true },
    ...(ca === undefined ? {} : { ca: pem('ca', ca) }),
    requestCert: clientAuth !== 'none',
    rejectUnauthorized: clientAuth === 'required',
  }
  checkTogether(settings)
  const refuse = (socket: TLSSocket, reason: string) => {
    log(`broker: connection${peerOf(socket)} closed: ${reason}`)
    socket.destroySoon()
  }
  return accept =>
    createServer(settings, socket => {
      if (clientAuth === 'requested' && !socket.authorized && hasCertificate(socket)) {
        refuse(socket, `its certificate is refused: ${socket.authorizationError}`)
      } else accept(socket)
    }).on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      const { authorizationError } = socket
      if (authorizationError) refuse(socket, `its certificate is refused: ${authorizationError}`)
      // A client that goes away in between is no event for a broker.
      else if (error.code !== 'ECONNRESET') refuse(socket, `no TLS handshake: ${reasonOf(error)}`)
    })
}

/** Nothing when the socket is closed already. */
function peerOf({ remoteAddress, remotePort }: TLSSocket): string {
  return remoteAddress === undefined ? '' : ` from ${remoteAddress}:${remotePort}`
}

function hasCertificate(socket: TLSSocket): boolean {
  return Object.keys(socket.getPeerCertificate()).length > 0
}

function reasonOf(error: NodeJS.ErrnoException): string {
  const plaintext = ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_HTTP_REQUEST']
  if (plaintext.includes(error.code ?? '')) return 'it speaks plaintext, and this port speaks TLS'
  const { reason } = error as { reason?: string }
  return reason ?? error.message
}

type Part = 'key' | 'cert' | 'ca'

const certificate = {
  expected: 'a certificate',
  label: /^(?:X509 |TRUSTED )?CERTIFICATE$/,
  parse: (text: string): unknown => new X509Certificate(text),
}
const kinds = {
  key: {
    expected: 'a private key without a passphrase',
    label: /^(?:[A-Z]+ )?(?<!ENCRYPTED )PRIVATE KEY$/,
    parse: (text: string): unknown => createPrivateKey(text),
  },
  cert: certificate,
  ca: certificate,
}

/** The text of a part; OpenSSL takes some files without what they are for, and says little of others. */
function pem(part: Part, given: string): string {
  const text = textOf(part, given)
  const where = `tls.${part}${text === given ? '' : `: "${given}"`}`
  const labels = [...text.matchAll(/-----BEGIN ([^\n]*?)-----/g)].map(([, label = '']) => label)
  const { expected, label, parse } = kinds[part]
  if (!labels.some(each => label.test(each))) {
    throw new RangeError(`${where} holds ${labels.join(', ') || 'broken PEM'}: expected ${expected}`)
  }
  attempt(where, () => parse(text))
  return text
}

function textOf(part: Part, given: string): string {
  if (given.includes('-----BEGIN ')) return given
  let text: string
  try {
    text = readFileSync(given, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new RangeError(`tls.${part}: cannot read "${given}" (${code}): expected PEM, or a file with it`)
  }
  if (text.includes('-----BEGIN ')) return text
  throw new RangeError(`tls.${part}: "${given}" has no PEM in it ("-----BEGIN …")`)
}

/** OpenSSL says what is wrong with the files only when it uses them: better now than at the first client. */
function checkTogether({ key, cert, ca }: Settings): void {
  const parts = { 'tls.cert': { cert }, 'tls.key': { key }, 'tls.ca': { ca } }
  for (const [name, part] of Object.entries(parts)) {
    attempt(name, () => createSecureContext(part as Settings))
  }
  attempt('tls.key is not that of tls.cert', () => createSecureContext({ key, cert } as Settings))
}

function attempt(what: string, use: () => unknown): void {
  try {
    use()
  } catch (error) {
    const { reason, message } = error as { reason?: string; message: string }
    throw new RangeError(`${what}: OpenSSL does not take it (${reason ?? message})`)
  }
}
