/**
 * Standard Schema 1, types only: a plugin may validate its options with any version of zod, valibot or arktype.
 * https://standardschema.dev
 */
export interface Schema<In = unknown, Out = In> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Out> | Promise<SchemaResult<Out>>
    readonly types?: { readonly input: In; readonly output: Out } | undefined
  }
}
export type SchemaResult<Out> =
  | { readonly value: Out; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}
export type Input<S extends Schema> = NonNullable<S['~standard']['types']>['input']
export type Output<S extends Schema> = NonNullable<S['~standard']['types']>['output']

/**
 * A schema that is imported when it is first needed. Options are validated in the main thread only, and a
 * schema library costs 100 ms and more to load: workers never pay for it.
 *
 * @example schema: lazySchema(async () => (await import('./schema.ts')).schema)
 */
export function lazySchema<S extends Schema>(load: () => Promise<S>): Schema<Input<S>, Output<S>> {
  let loaded: S | undefined
  const lazy = {
    '~standard': {
      version: 1 as const,
      vendor: 'kafka-loadtest',
      validate: async (value: unknown) => {
        loaded = await load()
        return loaded['~standard'].validate(value) as SchemaResult<Output<S>>
      },
    },
    /** What an object schema of zod tells of its keys, once it is loaded: for near misses. */
    get shape() {
      return (loaded as { shape?: object } | undefined)?.shape
    },
  }
  return lazy
}
