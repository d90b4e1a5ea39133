/** Values whose schema is in a registry: looked up once in main, documents encoded before the run in each worker. */
import { isDeepStrictEqual } from 'node:util'
import { ConfigError, type Run, type Stream } from '../../../core/plugin.ts'
import { copy } from '../copy.ts'
import { Expected } from '../expected.ts'
import { createDrawing } from '../json/documents.ts'
import { overruled } from '../overruled.ts'
import { RegistryClient } from './client.ts'
import { Draws } from './draws.ts'
import type { Codec, Format, SchemaText } from './format.ts'
import { HEAD_BYTES } from './frame.ts'
import type { RegistryValues } from './options.schema.ts'
import { addressPool, encodePool, type Pool } from './pool.ts'
import { type Resolved, resolveSchema } from './resolve.ts'
import { documentOf, pooledTemplate } from './template.ts'

/** @param plugin its name, which is what its faults are told under */
export function registryValues(
  stream: Stream,
  o: RegistryValues,
  run: Run,
  format: Format,
  plugin: string,
): void {
  let schema: SchemaText | undefined
  if (o.schema !== undefined && o.references.length === 0) schema = { text: o.schema, references: [] }
  let made: Pool | undefined
  const pool = (): Pool => {
    if (made !== undefined) return made
    if (schema === undefined) throw unknownSize(plugin)
    const documents = { count: Math.min(o.pool, o.documents?.length ?? o.pool), given: given(stream, o) }
    made = encodePool(compiled(format, schema, plugin), documents, new Draws(p => stream.random(p)), plugin)
    return made
  }

  run.hooks.prepare.tap(async shared => {
    const client = new RegistryClient({
      url: o.registry,
      credentials: o.auth === undefined ? undefined : process.env[o.auth],
      // before this tap itself would be told to be late
      signal: AbortSignal.timeout(Math.ceil((run.config.timeoutUs / 1000) * 0.9)),
    })
    const { version, id, references, register } = o
    const wanted = {
      subject: subjectOf(stream, o, run, plugin),
      version,
      id,
      schema: o.schema,
      references,
      register,
    }
    const resolved = await resolveSchema(client, wanted, format, plugin)
    schema ??= resolved
    readBack(pool(), compiled(format, resolved, plugin), plugin)
    const streams = (shared[plugin] ?? {}) as Record<string, Resolved>
    shared[plugin] = { ...streams, [stream.name]: resolved }
  })
  run.hooks.setup.tap(shared => {
    const resolved = (shared[plugin] as Record<string, Resolved>)[stream.name] as Resolved
    schema ??= resolved
    addressPool(pool(), resolved.id)
  })

  const random = stream.random('pick')
  const pick = (index: number, of: Pool) => {
    random.seek(index)
    return random.int(of.starts.length - 1)
  }
  // last: a plugin of sizes cannot change how long a document is, one of tombstones can do without
  stream.hooks.sizeFor.tap(
    (bytes, draft) => {
      if (bytes < 0) return bytes
      const all = made ?? pool()
      const d = pick(draft.index, all)
      return (all.starts[d + 1] as number) - (all.starts[d] as number)
    },
    { order: 'last' },
  )
  stream.hooks.valueFor.tap((draft, target) => {
    const { source, starts } = made as Pool
    const d = pick(draft.index, made as Pool)
    const from = starts[d] as number
    const length = (starts[d + 1] as number) - from
    if (target.length !== length) overruled()
    copy(source, from, length, target, target.start)
    return true
  })
}

/** As a producer of the topic names it, unless it is named. */
function subjectOf(stream: Stream, o: RegistryValues, run: Run, plugin: string): string {
  if (o.subject !== undefined || o.id !== undefined) return o.subject ?? ''
  const { topic } = stream.config
  const named = typeof topic === 'string' ? topic : topic?.name
  if (named === undefined) {
    const expected =
      'the name of a subject, or topic.name to have it from, since this topic is named by the run'
    throw new ConfigError([{ path: `${plugin}.subject`, expected }])
  }
  return `${run.config.streams.find(s => s.name === stream.name)?.topic.name ?? named}-value`
}

function given(stream: Stream, o: RegistryValues): readonly unknown[] | undefined {
  if (o.template === undefined) return o.documents
  const parts = pooledTemplate(o.template)
  const drawing = createDrawing(o.locale, purpose => stream.random(`template ${purpose}`))
  return Array.from({ length: o.pool }, (_, d) => documentOf(parts, d, drawing))
}

function compiled(format: Format, schema: SchemaText, plugin: string): Codec {
  try {
    return format.compile(schema)
  } catch (error) {
    if (!(error instanceof Expected)) throw error
    throw new ConfigError([{ path: `${plugin}.schema`, expected: error.message }])
  }
}

/** As a consumer would: with the schema that the registry has for the id. */
function readBack({ source, starts }: Pool, codec: Codec, plugin: string): void {
  const payload = source.bytes.subarray(HEAD_BYTES + codec.prefix.length, starts[1])
  const fail = (why: string) =>
    new ConfigError([
      { path: `${plugin}.schema`, expected: `documents that the registry's schema reads back: ${why}` },
    ])
  let read: unknown
  try {
    read = codec.decode(payload)
    if (isDeepStrictEqual(read, codec.decode(Buffer.from(codec.encode(read))))) return
  } catch (error) {
    throw fail((error as Error).message)
  }
  throw fail('the first one comes back as another one')
}

function unknownSize(plugin: string): ConfigError {
  const expected = `a rate in records/s, since how long values of ${plugin} are is known only once the registry has answered`
  return new ConfigError([
    { path: 'rate', expected, hint: 'or give the schema as a file, without references' },
  ])
}
