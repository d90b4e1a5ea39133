/** Every API and version can answer an error where its table has a place for it. */
import { describe, expect, it } from 'vitest'
import { handlers } from '../../../plugins/broker/api/table.ts'
import { Cluster } from '../../../plugins/broker/cluster.ts'
import type { Struct } from '../../../plugins/broker/faults/call.ts'
import { entriesOf, hasError, topicsOf } from '../../../plugins/broker/faults/entries.ts'
import { errorAnswer } from '../../../plugins/broker/faults/error-answer.ts'
import type { Context } from '../../../plugins/broker/handler.ts'
import { decode, encode } from '../../../plugins/protocol/codec.ts'
import { errorCodes } from '../../../plugins/protocol/errors.ts'
import { ByteReader } from '../../../plugins/protocol/reader.ts'
import type { Api, Encodable, Fields } from '../../../plugins/protocol/schema.ts'
import { ByteWriter } from '../../../plugins/protocol/writer.ts'

const scalars: Readonly<Record<string, unknown>> = {
  ...{ bool: true, int8: 1, int16: 1, int32: 1, int64: 1n, string: 'text', uuid: 'AAAAAAAAAAAAAAAAAAAAAQ' },
  ...{ bytes: Buffer.alloc(1), records: Buffer.alloc(1) },
}

/** A message with one element in each list. */
function sampleOf(fields: Fields): Struct {
  const entries = Object.entries(fields).map(([name, field]) => {
    if (typeof field !== 'string') {
      const inner = sampleOf(field.fields)
      return [name, field.list ? [inner] : inner]
    }
    const [type = ''] = field.split(' ')
    return [name, type.startsWith('[]') ? [scalars[type.slice(2)]] : scalars[type]]
  })
  return Object.fromEntries(entries)
}

/** As it comes from the wire: what the version does not have is at its default. */
function throughWire(fields: Fields, version: number, flexible: boolean, value: Struct): Struct {
  const writer = new ByteWriter()
  encode(fields, version, flexible, writer, value as Encodable<Fields>)
  return decode(fields, version, flexible, new ByteReader(Buffer.concat(writer.finish())))
}

/** All error codes in a message, wherever they stand. */
function codesIn(value: unknown): number[] {
  if (Array.isArray(value)) return value.flatMap(codesIn)
  if (typeof value !== 'object' || value === null || value instanceof Buffer) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    /errorCode$/i.test(name) ? [inner as number] : codesIn(inner),
  )
}

const versions = [...handlers.values()].flatMap(({ api }) =>
  Array.from({ length: api.max - api.min + 1 }, (_, n) => ({ api, name: api.name, version: api.min + n })),
)
const wrong = errorCodes.KAFKA_STORAGE_ERROR

async function answerOf(api: Api, version: number, topical: boolean): Promise<Struct> {
  const cluster = new Cluster({
    retentionBytes: 65_536,
    partitions: 1,
    brokers: 1,
    retentionCheckMs: 300_000,
  })
  const topic = cluster.topics.create('text', { partitions: 2, factor: 1 })
  const flexible = version >= api.flexible
  const sample = sampleOf(api.request)
  const request = throughWire(api.request, version, flexible, {
    ...sample,
    topicData: (sample['topicData'] as Struct[] | undefined)?.map(each => ({ ...each, topicId: topic.id })),
  })
  const context = { cluster, node: cluster.nodes.all[0]!, version, clientId: '' } as Context
  // Metadata and Fetch alone are answered by their handlers first.
  const handle = (_: Struct, { failed }: Context) => ({
    topics: [{ name: 'text', partitions: [] }],
    brokers: [],
    responses: [{ topic: 'text', partitions: [{ partitionIndex: 1, errorCode: failed?.('text', 1) }] }],
  })
  const call = { api, correlationId: 1, request, context, handle, encode: () => undefined }
  const fault = { code: 'KAFKA_STORAGE_ERROR', applied: false, partitioned: false, met: () => true } as const
  const answer = await errorAnswer(call, { ...fault, topical })
  cluster.close()
  return throughWire(api.response, version, flexible, answer ?? {})
}

describe('an error answer', () => {
  it.each(versions.filter(({ api }) => hasError(api)))('$name $version', async ({ api, version }) => {
    expect(codesIn(await answerOf(api, version, false))).toContain(wrong)
  })

  it.each(versions.filter(({ api, version }) => topicsOf(api, version) !== undefined))(
    'of a topic: $name $version',
    async ({ api, version }) => {
      expect(codesIn(await answerOf(api, version, true))).toContain(wrong)
    },
  )

  it('names lists that the tables have', () => {
    for (const { api, version } of versions) {
      const level = entriesOf(api, version) ?? topicsOf(api, version)
      if (level === undefined) continue
      expect(Object.keys(api.request)).toContain(level.request)
      expect(Object.keys(api.response)).toContain(level.answer)
    }
  })
})

it('APIs whose answers have no place for an error that is known here', () => {
  const without = [...handlers.values()].filter(({ api }) => !hasError(api)).map(({ api }) => api.name)
  // what brokers ask each other; a new API that is found here needs a line in entries.ts
  expect(without).toEqual(['WriteTxnMarkers'])
})
