/**
 * A worker that reads a topic and writes each record on, exactly once: `node transform.ts '{ "address": … }'`. It tells of every
 * transaction in a line, and ends when it was fenced, or when it has read `until` records' worth of offsets.
 */
import { Cluster } from '../../plugins/drivers/wire/cluster.ts'
import { WireConsumer } from '../../plugins/drivers/wire/consumer/consumer.ts'
import { now } from '../plugins/drivers/wire/driver.ts'
import { transactional } from '../plugins/drivers/wire/transactional.ts'

interface Work {
  readonly address: string
  readonly from: string
  readonly to: string
  readonly partitions: number
  readonly id: string
  /** Records in `from`. */
  readonly until: number
  /** Records of a transaction, at least one batch of them. */
  readonly size: number
}

const { address, from, to, partitions, id, until, size } = JSON.parse(process.argv[2] as string) as Work

// first of all, so that what another worker has left open is over before it is asked where to begin
const out = await transactional([address], to, partitions, id, { compression: 'lz4' })
const cluster = new Cluster([address], { timeoutMs: 20_000 })
const consumer = await WireConsumer.open(
  cluster,
  { group: id, instance: id, from: 'earliest', commitUs: 0, timeoutUs: 60_000_000 },
  now,
  // a little at a time
  { partitionBytes: 2000, prefetchBytes: 2000 },
)
await consumer.subscribe([from])
console.log('subscribed')
const done = () => consumer.position().reduce((sum, { offset }) => sum + offset, 0) >= until

for (let failed = false; !failed && !done(); ) {
  const values: string[] = []
  const signal = AbortSignal.timeout(60_000)
  try {
    while (values.length < size && !done())
      await consumer.poll(batch => batch.each(view => values.push(String(view.value()))), {
        timeoutUs: 100_000,
        signal,
      })
  } catch {
    // another one reads in its place: whether it may still write is for its producer to find out
    values.push('out of place')
    failed = true
  }
  out.producer.begin()
  for (const value of values) out.append({ key: value, value: `${value} again` })
  const offsets = failed ? [] : consumer.position()
  const result = await out.producer.end('commit', offsets, consumer)
  console.log(`${result} ${values.length}`)
  failed ||= result !== 'committed'
  // so that there is time to kill it
  await new Promise(resolve => setTimeout(resolve, 20))
}
process.exit(0)
