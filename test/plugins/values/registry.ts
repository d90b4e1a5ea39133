/** A double of a schema registry: the part of Confluent's HTTP API that producers use, on a free port. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Registered {
  readonly subject: string
  readonly version: number
  readonly id: number
  readonly schema: string
  readonly schemaType: string
  readonly references: readonly {
    readonly name: string
    readonly subject: string
    readonly version: number
  }[]
}
export interface RegistryOptions {
  /** @default any free one */
  readonly port?: number
  /** user:password, or a token; none is asked for without it. */
  readonly credentials?: string
  /** Subjects whose next schema does not go with the last one. */
  readonly incompatible?: readonly string[]
  /** What every request is answered instead; 'silence': nothing. */
  readonly answers?: { readonly status: number; readonly body: string } | 'silence'
}

class Answer extends Error {
  readonly status: number
  readonly code: number
  constructor(status: number, code: number, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export async function startRegistry(options: RegistryOptions = {}) {
  const all: Registered[] = []
  const requests: string[] = []
  const server = createServer(async (request, response) => {
    requests.push(`${request.method} ${request.url}`)
    const send = (status: number, body: string) =>
      response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' }).end(body)
    const { answers } = options
    if (answers === 'silence') return
    if (answers !== undefined) return send(answers.status, answers.body)
    try {
      authorize(request, options.credentials)
      send(200, JSON.stringify(route(request, await bodyOf(request))))
    } catch (error) {
      const { status, code, message } =
        error instanceof Answer ? error : new Answer(500, 50001, String(error))
      send(status, JSON.stringify({ error_code: code, message }))
    }
  })

  function route(request: IncomingMessage, body: string): object {
    const [, kind, name = '', what, number = ''] = (request.url ?? '').split('/').map(decodeURIComponent)
    if (request.method === 'GET' && kind === 'schemas' && name === 'ids') {
      const found = all.find(s => s.id === Number(what))
      if (!found) throw new Answer(404, 40403, `Schema ${what} not found`)
      const { schema, schemaType, references } = found
      return { schema, ...typed(schemaType), ...(references.length > 0 && { references }) }
    }
    if (kind !== 'subjects') throw new Answer(404, 404, 'HTTP 404 Not Found')
    const own = all.filter(s => s.subject === name)
    if (request.method === 'GET') {
      if (own.length === 0) throw new Answer(404, 40401, `Subject '${name}' not found.`)
      const found = number === 'latest' ? own.at(-1) : own.find(s => s.version === Number(number))
      if (!found) throw new Answer(404, 40402, `Version ${number} not found.`)
      return { ...found, schemaType: undefined, ...typed(found.schemaType) }
    }
    const { schema, schemaType = 'AVRO', references = [] } = JSON.parse(body) as Partial<Registered>
    if (schema === undefined) throw new Answer(422, 42201, 'Empty schema')
    if (what === undefined && own.length === 0) throw new Answer(404, 40401, `Subject '${name}' not found.`)
    const same = own.find(s => s.schema === schema)
    if (same) return same
    if (what === undefined) throw new Answer(404, 40403, 'Schema not found')
    return { id: register({ subject: name, schema, schemaType, references }).id }
  }

  function register(of: Pick<Registered, 'subject' | 'schema'> & Partial<Registered>): Registered {
    const { subject, schema, schemaType = 'AVRO', references = [] } = of
    if (schemaType !== 'PROTOBUF') {
      try {
        JSON.parse(schema)
      } catch {
        throw new Answer(422, 42201, 'Input schema is an invalid Avro schema')
      }
    }
    const own = all.filter(s => s.subject === subject)
    if (own.length > 0 && options.incompatible?.includes(subject))
      throw new Answer(
        409,
        409,
        `Schema being registered is incompatible with an earlier schema for subject "${subject}"`,
      )
    const id = all.find(s => s.schema === schema)?.id ?? 100_001 + all.length
    const made = { subject, version: own.length + 1, id, schema, schemaType, references }
    all.push(made)
    return made
  }

  await new Promise<void>(resolve => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** All that was registered, by requests or by hand. */
    all: all as readonly Registered[],
    requests: requests as readonly string[],
    register,
    close: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Avro is not named. */
const typed = (schemaType: string) => (schemaType === 'AVRO' ? {} : { schemaType })

function authorize({ headers }: IncomingMessage, credentials: string | undefined): void {
  if (credentials === undefined) return
  const basic = `Basic ${Buffer.from(credentials).toString('base64')}`
  if (headers.authorization !== (credentials.includes(':') ? basic : `Bearer ${credentials}`))
    throw new Answer(401, 40101, 'User cannot be authenticated')
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}
