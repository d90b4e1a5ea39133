/**
 * The notation of message tables. A scalar field is one string, `'<type> <versions>'`, with `[]` before the type for
 * an array, and after the versions, where they apply, `null:<versions>` (null is allowed), `tag:<number>` (a tagged field) and
 * `=<default>`. Versions are `3`, `3+` or `3-5`. Arrays of structures are `list(…)`, single structures `struct(…)`.
 */
export type Scalar = 'bool' | 'int8' | 'int16' | 'int32' | 'int64' | 'string' | 'uuid' | 'bytes' | 'records'

export interface Fields {
  readonly [name: string]: Field
}

export interface Nested<S extends string = string, F extends Fields = Fields, L extends boolean = boolean> {
  readonly spec: S
  readonly fields: F
  readonly list: L
}

export type Field = `${'' | '[]'}${Scalar} ${string}` | Nested

/** An array of structures; `spec` is versions and options. */
export function list<const S extends string, const F extends Fields>(spec: S, fields: F): Nested<S, F, true> {
  return { spec, fields, list: true }
}

/** One structure; `spec` is versions and options. */
export function struct<const S extends string, const F extends Fields>(
  spec: S,
  fields: F,
): Nested<S, F, false> {
  return { spec, fields, list: false }
}

interface Decodings {
  bool: boolean
  int8: number
  int16: number
  int32: number
  int64: bigint
  string: string
  uuid: string
  bytes: Buffer
  records: Buffer
}

interface Encodings extends Omit<Decodings, 'int64' | 'bytes' | 'records'> {
  int64: bigint | number
  bytes: Buffer
  records: Buffer | readonly Buffer[]
}

type OrNull<S> = S extends `${string}null:${string}` ? null : never

type DecodedField<F> = F extends `[]${infer T extends Scalar} ${string}`
  ? Decodings[T][] | OrNull<F>
  : F extends `${infer T extends Scalar} ${string}`
    ? Decodings[T] | OrNull<F>
    : F extends Nested<infer S, infer N, infer L>
      ? (L extends true ? Decoded<N>[] : Decoded<N>) | OrNull<S>
      : never

type EncodableField<F> = F extends `[]${infer T extends Scalar} ${string}`
  ? readonly Encodings[T][] | OrNull<F>
  : F extends `${infer T extends Scalar} ${string}`
    ? Encodings[T] | OrNull<F>
    : F extends Nested<infer S, infer N, infer L>
      ? (L extends true ? readonly Encodable<N>[] : Encodable<N>) | OrNull<S>
      : never

/** What decoding makes: every field is there, with its default where the version has none. */
export type Decoded<F extends Fields> = { [K in keyof F]: DecodedField<F[K]> }

/** What encoding takes: a field left out has its default; one the version does not have is not written. */
export type Encodable<F extends Fields> = { readonly [K in keyof F]?: EncodableField<F[K]> | undefined }

/** An API without its messages. */
export interface Versioned {
  readonly name: string
  readonly key: number
  readonly min: number
  readonly max: number
  /** First version with compact types and tagged fields; Infinity for none. */
  readonly flexible: number
}
/** One API: its key, the versions implemented, the first flexible version, both tables. */
export interface Api<Q extends Fields = Fields, P extends Fields = Fields> extends Versioned {
  readonly request: Q
  readonly response: P
}

/** What decoding makes of an API's response. */
export type ResponseOf<A> = A extends Api<Fields, infer P> ? Decoded<P> : never

/** Names an API's table and keeps the literal types that its messages are inferred from. */
export function api<const Q extends Fields, const P extends Fields>(table: Api<Q, P>): Api<Q, P> {
  return table
}
