/** What a topic's partitions hold, read by the protocol's own decoder. */
import { RawCluster } from '../../../conformity/cluster.ts'
import { type Codec, batchesIn as takenApart } from '../../../conformity/stored.ts'

/** The batches of some bytes with their attributes, and the records in them, whatever they are compressed with. */
export function batchesIn(bytes: Buffer) {
  return takenApart(bytes).map(({ header, records }) => ({ attributes: header.attributes, records }))
}

/** The values of each partition, in the order of their offsets. */
export function readLog(address: string, topic: string, partitions: number): Promise<string[][]> {
  return within(address, cluster => cluster.values(topic, partitions))
}

/** What the batches of a topic say they are compressed with. */
export function codecsIn(address: string, topic: string): Promise<Codec[]> {
  return within(address, async cluster => {
    const found = new Set<Codec>()
    for (const partition of (await cluster.leaders(topic)).keys())
      for (const { codec } of await cluster.stored(topic, partition)) found.add(codec)
    return [...found]
  })
}

async function within<T>(address: string, look: (cluster: RawCluster) => Promise<T>): Promise<T> {
  const cluster = new RawCluster([address])
  try {
    return await look(cluster)
  } finally {
    cluster.close()
  }
}
