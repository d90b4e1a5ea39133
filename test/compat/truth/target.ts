/** A broker that scripts run against: where it is and what it says it serves. */
import { setTimeout as sleep } from 'node:timers/promises'
import { TestClient } from '../../plugins/broker/client.ts'
import { nameOf, tableOf } from './kafka-tables.ts'

export interface Range {
  readonly min: number
  readonly max: number
}

export interface Target {
  readonly port: number
  /** Versions of each API by its name, as ApiVersions tells them. */
  readonly apis: ReadonlyMap<string, Range>
}

/** Asks a broker at `host:port` for what it serves. */
export async function targetAt(address: string): Promise<Target> {
  const port = Number(address.split(':')[1])
  const client = await TestClient.to(port)
  try {
    const answer = await client.call(tableOf('ApiVersions'), 0, {})
    const keys = answer['apiKeys'] as unknown as { apiKey: number; minVersion: number; maxVersion: number }[]
    const apis = keys.map(
      each => [nameOf(each.apiKey), { min: each.minVersion, max: each.maxVersion }] as const,
    )
    return { port, apis: new Map(apis) }
  } finally {
    client.close()
  }
}

/** Versions of an API that both serve. */
export function common(kafka: Target, embedded: Target): ReadonlyMap<string, Range> {
  const both = new Map<string, Range>()
  for (const [name, ours] of embedded.apis) {
    const theirs = kafka.apis.get(name)
    if (!theirs) continue
    const range = { min: Math.max(ours.min, theirs.min), max: Math.min(ours.max, theirs.max) }
    if (range.min <= range.max) both.set(name, range)
  }
  return both
}

/** Waits until a fresh Kafka has made its internal topics, so that no script hears that a coordinator loads. */
export async function warmUp({ port, apis }: Target): Promise<void> {
  const client = await TestClient.to(port)
  const answers = async (api: string, version: number, request: object) => {
    for (;;) {
      const { errorCode } = await client.call(tableOf(api), version, request)
      if (Number(errorCode) === 0) return
      await sleep(50)
    }
  }
  try {
    for (const keyType of apis.has('AddPartitionsToTxn') ? [0, 1] : [0]) {
      await answers('FindCoordinator', 2, { key: 'warm-up', keyType })
    }
    for (let n = 0; n < 12; n++) {
      await answers('OffsetFetch', 7, { groupId: `warm-up-${n}`, topics: [] })
      if (!apis.has('AddPartitionsToTxn')) continue
      await answers('InitProducerId', 1, { transactionalId: `warm-up-${n}`, transactionTimeoutMs: 60_000 })
    }
  } finally {
    client.close()
  }
}
