import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConfigError } from '../../../core/plugin.ts'
import { HOST } from '../nodes.ts'
import { ControlError, type Follow } from './answer.ts'
import { answerControl, type Controlled } from './routes.ts'

/** Longest body taken, in bytes. */
const MAX_BODY_BYTES = 1024 * 1024
/** What may wait for a reader of the log before it is let go, in bytes. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024

/** The control port, open. */
export interface ControlServer {
  /** `http://127.0.0.1:<port>`. */
  readonly address: string
  close(): Promise<void>
}

/**
 * Opens the control port: HTTP with JSON, on 127.0.0.1 alone. Whoever can reach it may do anything to this broker, so a
 * request from a web page (an Origin, or a Host by another name) is refused.
 * @param port 0 takes a free one.
 * @throws the server's own error (EADDRINUSE, EACCES …) when it cannot listen.
 */
export async function openControl(port: number, on: Controlled): Promise<ControlServer> {
  const following = new Set<ServerResponse>()
  const server = createServer((request, response) => void serve(server, request, response, on, following))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, resolve)
  })
  return {
    address: `http://${HOST}:${portOf(server)}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const response of following) response.end()
        // What was written goes out first, to whoever reads it.
        setImmediate(() => server.closeAllConnections())
      }),
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

async function serve(
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
  on: Controlled,
  following: Set<ServerResponse>,
): Promise<void> {
  try {
    refuseForeign(request, portOf(server))
    const url = urlOf(request)
    const { method = 'GET' } = request
    const body = await bodyOf(request)
    const answer = await answerControl({ method, path: url.pathname, query: url.searchParams, body }, on)
    if ('follow' in answer) {
      following.add(response)
      response.on('close', () => following.delete(response))
      follow(response, answer.follow)
    } else tell(response, 200, answer.value)
  } catch (error) {
    const { status, message } = wrong(error)
    tell(response, status, { error: message })
  }
}

function urlOf({ url = '/' }: IncomingMessage): URL {
  const base = `http://${HOST}`
  // What begins with two slashes would be another host.
  if (url.startsWith('//') || !URL.canParse(url, base)) throw new ControlError(400, `"${url}" is no path`)
  return new URL(url, base)
}

function wrong(error: unknown): { status: number; message: string } {
  if (error instanceof ControlError) return error
  if (error instanceof ConfigError || error instanceof RangeError) {
    return { status: 400, message: error.message }
  }
  return { status: 500, message: String(error instanceof Error ? error.message : error) }
}

function tell(response: ServerResponse, status: number, value: unknown): void {
  if (response.headersSent || response.destroyed) return
  // One request a connection: a test that blocks between two of them must not find a connection that is timed out.
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
  response.end(`${JSON.stringify(value)}\n`)
}

/** A browser sends Host as the page named it and Origin of the page: both have to be this port itself. */
function refuseForeign({ headers }: IncomingMessage, port: number): void {
  const names = [`${HOST}:${port}`, `localhost:${port}`]
  if (!names.includes(headers.host ?? '')) {
    throw new ControlError(403, `Host is "${headers.host ?? ''}": expected ${names.join(' or ')}`)
  }
  const { origin } = headers
  if (origin === undefined || names.some(name => origin === `http://${name}`)) return
  throw new ControlError(403, `Origin is "${origin}": no web page but this port's own may ask`)
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length
    if (bytes > MAX_BODY_BYTES) throw new ControlError(413, `the body is above ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk as Buffer)
  }
  if (bytes === 0) return undefined
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch (error) {
    throw new ControlError(400, `the body is not JSON: ${(error as Error).message}`)
  }
}

/** A line of JSON for each value, until the reader goes or is too slow. */
function follow(response: ServerResponse, start: Follow): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  response.flushHeaders()
  const stop = start(value => {
    response.write(`${JSON.stringify(value)}\n`)
    if (response.writableLength > MAX_WAITING_BYTES) response.destroy()
  })
  response.on('close', stop)
}
