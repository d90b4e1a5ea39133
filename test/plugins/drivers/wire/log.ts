/** What a topic's partitions hold, read by the protocol's own decoder. */
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { decompressFrameSync } from 'lz4-napi'
import { uncompressSync } from 'snappy'
import { Cluster } from '../../../../plugins/drivers/wire/cluster.ts'
import {
  BATCH_HEADER_BYTES,
  BATCH_LOG_OVERHEAD,
  batchAt,
  batchCrc,
  compressionMask,
  readBatchHeader,
} from '../../../../plugins/protocol/batch.ts'
import { fetch } from '../../../../plugins/protocol/messages/fetch.ts'
import { type BatchRecord, decodeBatch } from '../../../../plugins/protocol/records.ts'

const unpack: Readonly<Record<number, (body: Buffer) => Buffer>> = {
  1: gunzipSync,
  // as this driver writes it: one block
  2: body => uncompressSync(body) as Buffer,
  3: decompressFrameSync,
  4: zstdDecompressSync,
}

/** The batches of some bytes with their attributes, and the records in them, whatever they are compressed with. */
export function batchesIn(bytes: Buffer): { attributes: number; records: BatchRecord[] }[] {
  const batches: { attributes: number; records: BatchRecord[] }[] = []
  for (let at = 0; at < bytes.length; ) {
    const { sizeInBytes, attributes } = readBatchHeader(bytes, at)
    batches.push({
      attributes,
      records: decodeBatch(plain(bytes.subarray(at, at + sizeInBytes), attributes)).records,
    })
    at += sizeInBytes
  }
  return batches
}

function plain(batch: Buffer, attributes: number): Buffer {
  const codec = attributes & compressionMask
  if (codec === 0) return batch
  const body = batch.subarray(BATCH_HEADER_BYTES)
  const records = unpack[codec]!(body)
  const copy = Buffer.concat([batch.subarray(0, BATCH_HEADER_BYTES), records])
  copy.writeInt16BE(attributes & ~compressionMask, batchAt.attributes)
  copy.writeInt32BE(copy.length - BATCH_LOG_OVERHEAD, batchAt.batchLength)
  copy.writeUInt32BE(batchCrc(copy, 0, copy.length), batchAt.crc)
  return copy
}

/** The values of each partition, in the order of their offsets. */
export async function readLog(address: string, topic: string, partitions: number): Promise<string[][]> {
  const cluster = new Cluster([address], { timeoutMs: 10_000 })
  try {
    await cluster.refresh([topic])
    const numbers = Array.from({ length: partitions }, (_, partition) => partition)
    return await Promise.all(numbers.map(partition => readPartition(cluster, topic, partition)))
  } finally {
    cluster.close()
  }
}

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** What the batches in a topic's first MiB of each partition say they are compressed with. */
export async function codecsIn(address: string, topic: string): Promise<string[]> {
  const cluster = new Cluster([address], { timeoutMs: 10_000 })
  try {
    await cluster.refresh([topic])
    const found = new Set<string>()
    for (const [partition] of cluster.topic(topic)!.partitions.entries()) {
      const bytes = await readBytes(cluster, topic, partition, 0)
      for (let at = 0; at + BATCH_HEADER_BYTES <= bytes.length; ) {
        const { sizeInBytes, attributes } = readBatchHeader(bytes, at)
        found.add(codecs[attributes & compressionMask]!)
        at += sizeInBytes
      }
    }
    return [...found]
  } finally {
    cluster.close()
  }
}

async function readPartition(cluster: Cluster, topic: string, partition: number): Promise<string[]> {
  const values: string[] = []
  for (let fetchOffset = 0; ; ) {
    const bytes = await readBytes(cluster, topic, partition, fetchOffset)
    const records = batchesIn(bytes).flatMap(batch => batch.records)
    if (records.length === 0) return values
    for (const { value } of records) values.push(value?.toString() ?? 'null')
    fetchOffset = records.at(-1)!.offset + 1
  }
}

async function readBytes(
  cluster: Cluster,
  topic: string,
  partition: number,
  fetchOffset: number,
): Promise<Buffer> {
  const link = await cluster.link(cluster.topic(topic)!.partitions[partition]!.leader, `fetch-${partition}`)
  const answer = await link.call(
    fetch,
    {
      replicaId: -1,
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 1 << 20,
      topics: [{ topic, partitions: [{ partition, fetchOffset, partitionMaxBytes: 1 << 20 }] }],
    },
    11,
  )
  const found = answer.responses[0]!.partitions[0]!
  if (found.errorCode !== 0) throw new Error(`fetch answered ${found.errorCode}`)
  return found.records ?? Buffer.alloc(0)
}
