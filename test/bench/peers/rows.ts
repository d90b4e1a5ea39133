/** The rows of the table "Figures to reach": who is measured at what, and what is to be reached. */
import * as start from './contenders.ts'
import { type Load, peer, wire, wireConsuming, wireEmbedded } from './figures.ts'
import { measureFrozen } from './frozen.ts'
import { measureMemory } from './memory.ts'
import type { Bound, Contender, Row } from './round.ts'

export const WIRE = 'wire engine'
const EMBEDDED = 'wire engine, embedded broker'
const LIBRDKAFKA = 'librdkafka'
const PRODUCER_PERF = 'kafka-producer-perf-test'
const CONSUMER_PERF = 'kafka-consumer-perf-test'

const SMALL: Load = { partitions: 1, size: 100 }
const LARGE: Load = { partitions: 1, size: 1024 }
const KEYED: Load = { partitions: 12, size: 100, keys: 100_000 }
const FIXED = { ...KEYED, rate: 200_000 }
/** Of the rate that is asked for. */
const REACHED = 0.99
const MEMORY_RATE = 500_000

const contender = (name: string, measure: Contender['measure']): Contender => ({ name, measure })
const aside = (name: string, measure: Contender['measure']): Contender => ({
  name,
  measure,
  informational: true,
})
const times = (atLeast: number, against: string): Bound => ({ against, atLeast })

export const rows: readonly Row[] = [
  {
    name: 'produce-100',
    work: "produce 100 B, acks=1, one partition, 'max', stamps and service-time histogram",
    partitions: 1,
    contenders: [
      contender(WIRE, wire('produce', SMALL)),
      contender(LIBRDKAFKA, peer(start.librdkafka, SMALL)),
      contender(PRODUCER_PERF, peer(start.javaProducer, SMALL)),
      contender('kafkajs', peer(start.kafkajs, SMALL)),
      aside('@platformatic/kafka', peer(start.platformatic, SMALL)),
      aside('franz-go', peer(start.franzGo, SMALL)),
    ],
    bounds: [times(2, LIBRDKAFKA), times(10, PRODUCER_PERF), times(25, 'kafkajs')],
  },
  {
    name: 'produce-1k',
    work: 'produce 1 KiB, likewise',
    partitions: 1,
    contenders: [
      contender(WIRE, wire('produce', LARGE)),
      contender(LIBRDKAFKA, peer(start.librdkafka, LARGE)),
      contender(PRODUCER_PERF, peer(start.javaProducer, LARGE)),
      aside('franz-go', peer(start.franzGo, LARGE)),
    ],
    bounds: [times(1, LIBRDKAFKA), times(10, PRODUCER_PERF)],
  },
  {
    name: 'fixed',
    work: 'fixed 200k/s of 100 B over 12 partitions, keyed, response, service and lag histograms',
    partitions: 12,
    contenders: [
      contender(WIRE, wire('fixed', FIXED)),
      contender(PRODUCER_PERF, peer(start.javaProducer, FIXED)),
      contender(EMBEDDED, wireEmbedded('fixed', FIXED)),
      aside(LIBRDKAFKA, peer(start.librdkafka, FIXED)),
    ],
    bounds: [
      { what: 'CPU a record', of: WIRE, figure: 'us', unit: 'µs', atMost: 0.7 },
      times(4, PRODUCER_PERF),
      {
        what: 'lag p99, embedded broker',
        of: EMBEDDED,
        figure: 'schedulingLag',
        unit: 'ms',
        atMost: 2,
      },
    ],
    conditions: [
      { figure: 'rate', atLeast: REACHED * FIXED.rate },
      { figure: 'dropped', atMost: 0 },
    ],
  },
  {
    name: 'taps',
    work: "'max' over 12 partitions, 100 B, keyed by murmur2, four trivial taps",
    partitions: 12,
    contenders: [
      contender(WIRE, wire('taps', KEYED)),
      contender(LIBRDKAFKA, peer(start.librdkafka, KEYED)),
      aside(`${LIBRDKAFKA}, keyless`, peer(start.librdkafka, { ...KEYED, keys: 0 })),
      aside('franz-go', peer(start.franzGo, KEYED)),
    ],
    bounds: [times(2, LIBRDKAFKA)],
  },
  {
    name: 'consume',
    work: 'consume 100 B, end-to-end histogram, CRC check',
    partitions: 1,
    shared: true,
    contenders: [
      contender(WIRE, round => wireConsuming(SMALL, round)),
      contender(LIBRDKAFKA, peer(start.librdkafkaConsumer, SMALL)),
      contender(CONSUMER_PERF, peer(start.javaConsumer, SMALL)),
      aside('franz-go', peer(start.franzGoConsumer, SMALL)),
    ],
    bounds: [times(1, LIBRDKAFKA), times(2, CONSUMER_PERF)],
  },
  {
    name: 'memory',
    work: '60 s at 500k/s of 100 B against the embedded broker',
    partitions: 1,
    contenders: [contender(EMBEDDED, measureMemory)],
    bounds: [
      { what: "GC of the worker's time", of: EMBEDDED, figure: 'gcShare', unit: '%', atMost: 2 },
      {
        what: 'heapUsed + arrayBuffers, 20 s → 60 s',
        of: EMBEDDED,
        figure: 'grownMiB',
        unit: 'MiB',
        atMost: 5,
      },
    ],
    conditions: [{ figure: 'rate', atLeast: REACHED * MEMORY_RATE }],
    rounds: 3,
  },
  {
    name: 'frozen',
    work: 'broker frozen for 30 s at 50k/s of 1 KiB, buffer 64 MiB',
    partitions: 12,
    contenders: [contender(WIRE, measureFrozen)],
    bounds: [
      { what: 'RSS above the baseline', of: WIRE, figure: 'grownMiB', unit: 'MiB', atMost: 200 },
      { what: 'drops counted', of: WIRE, figure: 'dropped', unit: 'records', atLeast: 1 },
      { what: 'failed or unknown', of: WIRE, figure: 'unanswered', unit: 'records', atMost: 0 },
      { what: 'rate back after', of: WIRE, figure: 'backS', unit: 's', atMost: 5 },
    ],
    rounds: 3,
  },
]
