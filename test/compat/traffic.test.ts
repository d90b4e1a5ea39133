/** Keys and sizes at a real Apache Kafka: kcat counts what lies in the log, and it is what was asked for. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { run } from 'kafka-loadtest'
import { keys, sizes } from 'kafka-loadtest/plugins'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ALPHA, chiSquare } from '../plugins/statistics.ts'
import { javaTool } from './java.ts'
import { type RealKafka, startKafka } from './real-kafka.ts'

const RECORDS = 200_000
const CARDINALITY = 100_000
const SKEW = 1.1
/** Keys whose shares are compared one by one; the others together. */
const TOP = 20

let kafka: RealKafka
beforeAll(async () => {
  kafka = await startKafka({ quiet: true })
}, 180_000)
afterAll(() => kafka?.stop())

it('has the keys of zipf 1.1 as often as the formula says, and sizes by median and p99', async () => {
  const topic = 'zipf'
  const create = ['--bootstrap-server', kafka.address, '--create', '--topic', topic, '--partitions', '6']
  javaTool('org.apache.kafka.tools.TopicCommand', create)
  const result = await run({
    brokers: [kafka.address],
    topic: { name: topic, existing: true },
    rate: '25k/s',
    warmup: 0,
    duration: RECORDS / 25_000,
    consumers: 0,
    allowTainted: true,
    producer: { compression: 'lz4' },
    plugins: [
      keys.zipf({ cardinality: CARDINALITY, skew: SKEW }),
      sizes.lognormal({ median: '400B', p99: '4KiB' }),
    ],
  })
  expect(result.exitCode).toBe(0)
  expect(result.value('acked.count')).toBe(RECORDS)

  const args = ['-b', kafka.address, '-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-f', '%k %S\n']
  const { stdout } = await promisify(execFile)('kcat', args, { maxBuffer: 1 << 28 })
  const read = stdout.trimEnd().split('\n')
  expect(read).toHaveLength(RECORDS)
  const counted = new Array<number>(TOP + 1).fill(0)
  const lengths: number[] = []
  for (const line of read) {
    const [key, size] = line.split(' ').map(Number) as [number, number]
    const place = Math.min(key, TOP)
    counted[place] = (counted[place] as number) + 1
    lengths.push(size)
  }
  const weights = Array.from({ length: CARDINALITY }, (_, k) => (k + 1) ** -SKEW)
  const all = weights.reduce((sum, w) => sum + w, 0)
  const top = weights.slice(0, TOP).map(w => w / all)
  const shares = [...top, 1 - top.reduce((sum, p) => sum + p, 0)]
  expect(chiSquare(counted, shares).p).toBeGreaterThan(ALPHA)

  lengths.sort((a, b) => a - b)
  const at = (q: number) => lengths[Math.floor(q * RECORDS)] as number
  // three standard errors of these quantiles, about
  expect(at(0.5) / 400).toBeGreaterThan(0.98)
  expect(at(0.5) / 400).toBeLessThan(1.02)
  expect(at(0.99) / 4096).toBeGreaterThan(0.95)
  expect(at(0.99) / 4096).toBeLessThan(1.05)
}, 120_000)
