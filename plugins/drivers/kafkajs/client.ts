/** kafkajs itself: loaded when first needed, with what its last release leaves undone. */
import { createRequire } from 'node:module'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { crc32c } from '@node-rs/crc32'
import type { Kafka } from 'kafkajs'
import { hasCodec, type Kafkajs } from './codecs.ts'
import type { SecuritySettings } from './security.ts'
import type { Sockets } from './sockets.ts'

export type { Kafkajs }

const require = createRequire(import.meta.url)
let loaded: Promise<Kafkajs> | undefined

/** Once a thread: it takes some 60 ms. */
export function loadKafkajs(): Promise<Kafkajs> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<Kafkajs> {
  const { default: kafkajs } = await import('kafkajs')
  stopIdleTimer()
  useNativeChecksum()
  const { CompressionCodecs, CompressionTypes } = kafkajs
  if (!hasCodec(kafkajs, CompressionTypes.ZSTD)) CompressionCodecs[CompressionTypes.ZSTD] = () => zstd
  return kafkajs
}

/** Synchronous, so that requests reach the socket in the order they were handed over. */
const zstd = {
  compress: async (records: { readonly buffer: Buffer }) => zstdCompressSync(records.buffer),
  decompress: async (bytes: Buffer) => zstdDecompressSync(bytes),
}

interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests(): void
}

/**
 * kafkajs 2.2.4 sets a timer for throttled requests after every answer, even when none is waiting: to a time in
 * 1970, which Node 24 warns about and runs after 1 ms, for ever (39 ms of CPU a second on an idle connection).
 */
function stopIdleTimer(): void {
  const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue }
  const schedule = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this)
  }
}

/** kafkajs computes the checksum of a batch in JavaScript: at 1 KiB a record a quarter of all its time. */
function useNativeChecksum(): void {
  const path = require.resolve('kafkajs/src/protocol/recordBatch/crc32C')
  require(path)
  const module = require.cache[path]
  if (module !== undefined) module.exports = (bytes: Buffer) => crc32c(bytes)
}

/** For everything but producing: 100, 200, 400, 800 and 1,000 ms apart. */
export const RETRY = { retries: 5, initialRetryTime: 100, maxRetryTime: 1000, factor: 0.2, multiplier: 2 }

/** kafkajs authenticates again so many ms before a session ends, and at each request of a shorter one. */
const REAUTHENTICATION_MS = 1000

/** What all clients of a driver are made from. */
export interface Origin {
  readonly kafkajs: Kafkajs
  readonly brokers: readonly string[]
  readonly security: SecuritySettings
}

/** A client with sockets of its own: clients share nothing, not even committed offsets. */
export function openKafka(
  { kafkajs, brokers, security: { ssl, sasl, check } }: Origin,
  sockets: Sockets,
  requestTimeoutUs: number,
): Kafka {
  return new kafkajs.Kafka({
    clientId: 'kafka-loadtest',
    brokers: [...brokers],
    ...(ssl && { ssl }),
    // kafkajs writes into it
    ...(sasl && { sasl: { ...sasl } }),
    reauthenticationThreshold: REAUTHENTICATION_MS,
    // what goes wrong arrives as an event or an error; the console belongs to the report
    logLevel: kafkajs.logLevel.NOTHING,
    logCreator: () => () => undefined,
    connectionTimeout: 5000,
    requestTimeout: Math.max(1, Math.ceil(requestTimeoutUs / 1000)),
    retry: RETRY,
    socketFactory: args => {
      check?.(`${args.host}:${args.port}`)
      return sockets.factory(args)
    },
  })
}
