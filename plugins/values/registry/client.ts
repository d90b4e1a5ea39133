/** A schema registry's HTTP API, as Confluent documents it. One clear error for each thing that can be wrong. */
import { ConnectError } from '../../../core/plugin.ts'

export interface Reference {
  readonly name: string
  readonly subject: string
  readonly version: number
}
/** A schema as it answers it; its type is left out where it is Avro. */
export interface Answered {
  readonly id?: number
  readonly version?: number
  readonly schema: string
  readonly schemaType?: string
  readonly references?: readonly Reference[]
}
/** A schema as it is sent. */
export interface Posted {
  readonly schema: string
  readonly schemaType: string
  readonly references: readonly Reference[]
}

/** It understood, and said no: the code is the registry's own, such as 40401, or the status. */
export class Refusal extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

export interface RegistryOptions {
  /** Where its paths begin. */
  readonly url: string
  /** user:password, or a token. */
  readonly credentials: string | undefined
  /** Ends a request that is not answered. */
  readonly signal: AbortSignal
}

export class RegistryClient {
  readonly #o: RegistryOptions
  constructor(options: RegistryOptions) {
    this.#o = options
  }
  byId(id: number): Promise<Answered> {
    return this.#call('GET', `/schemas/ids/${id}`)
  }
  byVersion(subject: string, version: number | 'latest'): Promise<Answered> {
    return this.#call('GET', `/subjects/${encodeURIComponent(subject)}/versions/${version}`)
  }
  /** The id that the same schema has under this subject. */
  lookup(subject: string, schema: Posted): Promise<{ id: number }> {
    return this.#call('POST', `/subjects/${encodeURIComponent(subject)}`, schema)
  }
  register(subject: string, schema: Posted): Promise<{ id: number }> {
    return this.#call('POST', `/subjects/${encodeURIComponent(subject)}/versions`, schema)
  }

  async #call<T>(method: string, path: string, body?: Posted): Promise<T> {
    const { url, credentials, signal } = this.#o
    const scheme = credentials?.includes(':')
      ? `Basic ${Buffer.from(credentials).toString('base64')}`
      : `Bearer ${credentials}`
    let status: number
    let text: string
    try {
      const response = await fetch(`${url.replace(/\/+$/, '')}${path}`, {
        method,
        signal,
        headers: {
          accept: 'application/vnd.schemaregistry.v1+json, application/json',
          ...(body && { 'content-type': 'application/vnd.schemaregistry.v1+json' }),
          ...(credentials !== undefined && { authorization: scheme }),
        },
        ...(body && { body: JSON.stringify(posted(body)) }),
      })
      status = response.status
      text = await response.text()
    } catch (error) {
      throw unreachable(url, error)
    }
    return answer(url, status, text) as T
  }
}

/** Avro is what a registry takes a schema for, and the oldest ones know no other word for it. */
function posted({ schema, schemaType, references }: Posted) {
  return {
    schema,
    ...(schemaType !== 'AVRO' && { schemaType }),
    ...(references.length > 0 && { references }),
  }
}

function answer(url: string, status: number, text: string): unknown {
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch {
    // told below
  }
  const known = typeof said === 'object' && said !== null
  if (known && status >= 200 && status < 300) return said
  const { error_code: code = status, message = '' } = (said ?? {}) as {
    error_code?: number
    message?: string
  }
  const why = message === '' ? '' : `: ${message}`
  if (status === 401 || status === 403)
    throw new ConnectError(
      url,
      `the schema registry refuses the credentials (${status}${why})`,
      'Set auth to the name of the variable that holds user:password or a token',
    )
  if (known && (status === 404 || status === 409 || status === 422)) throw new Refusal(code, message)
  const what = known
    ? `it answered ${status}${why}`
    : `it answered ${status}, and not as a schema registry does`
  throw new ConnectError(
    url,
    what,
    known ? 'Look at what it logs' : 'Look whether registry has the right path',
  )
}

function unreachable(url: string, error: unknown): ConnectError {
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } }
  if (name === 'TimeoutError')
    return new ConnectError(
      url,
      'the schema registry did not answer in time',
      'Look whether it is up, or raise timeout',
      error,
    )
  const why = cause?.code ?? cause?.message ?? message
  return new ConnectError(
    url,
    `the schema registry cannot be reached (${why})`,
    'Look whether it is up and registry is right',
    error,
  )
}
