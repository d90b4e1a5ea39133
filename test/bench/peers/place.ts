/** Where a bench runs: one real Kafka for all rows, topics that are deleted after each client, an embedded broker on demand. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Admin } from '@platformatic/kafka'
import type { ResultData } from '../../../core/plugin.ts'
import { spawnBroker } from '../../../plugins/broker/spawn.ts'
import { startKafka } from '../../compat/real-kafka.ts'

const MIB = 1024 * 1024
/** What a topic that is only written keeps: a minute at full speed would be 20 GB. */
const KEPT_BYTES = 2048 * MIB
const SEGMENT_BYTES = 64 * MIB

export interface Place {
  readonly brokers: string
  /** Process of the real Kafka. */
  readonly pid: number
  /** A folder for one client's files. */
  folder(): string
  /** A topic for as long as `use` takes; `whole`: nothing of it is thrown away meanwhile. */
  topic<T>(
    options: { readonly partitions: number; readonly whole?: boolean },
    use: (name: string) => Promise<T>,
  ): Promise<T>
  /** An embedded broker in a process of its own for as long as `use` takes. */
  embedded<T>(use: (brokers: string) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export async function openPlace(): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), 'peers-'))
  const kafka = await startKafka({
    settings: {
      'log.retention.check.interval.ms': 5000,
      'log.initial.task.delay.ms': 5000,
      'log.segment.delete.delay.ms': 1000,
      // a broker that was stopped for a while is not given up by the controller in the same process
      'broker.session.timeout.ms': 120_000,
    },
  })
  const admin = new Admin({ clientId: 'peers', bootstrapBrokers: [kafka.address] })
  return {
    brokers: kafka.address,
    pid: kafka.pid,
    folder: () => mkdtempSync(join(directory, 'run-')),
    async topic({ partitions, whole = false }, use) {
      const name = `peers-${randomBytes(4).toString('hex')}`
      const bounded = {
        'retention.bytes': Math.floor(KEPT_BYTES / partitions),
        'segment.bytes': SEGMENT_BYTES,
      }
      const configs = Object.entries(whole ? {} : bounded).map(([key, value]) => ({
        name: key,
        value: `${value}`,
      }))
      await admin.createTopics({ topics: [name], partitions, replicas: 1, configs })
      try {
        return await use(name)
      } finally {
        await admin.deleteTopics({ topics: [name] })
      }
    },
    async embedded(use) {
      const broker = await spawnBroker({ port: 0 })
      try {
        return await use(broker.address)
      } finally {
        await broker.close()
      }
    },
    async close() {
      await admin.close()
      await kafka.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** The result of a run; one whose figures are none is an error. */
export function resultIn(folder: string): ResultData {
  const result = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as ResultData
  const { state, reasons } = result.verdict
  if (state === 'invalid') throw new Error(`the run is invalid: ${reasons.map(r => r.detail).join('; ')}`)
  return result
}
