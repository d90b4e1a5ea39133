/** Clients that are known to be right, on three embedded brokers that fail as told: nothing is lost, doubled or out of order. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FaultRule } from '../../../plugins/broker/faults/rule.ts'
import { type BrokerProcess, spawnBroker } from '../../../plugins/broker/spawn.ts'
import { properties } from '../java.ts'
import { createTopic, java, kcat, linesOf, RECORDS } from './clients.ts'

let broker: BrokerProcess
let directory: string

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'faults-'))
  broker = await spawnBroker({ port: 0, brokers: 3, control: 0 })
})
afterAll(async () => {
  await broker.close()
  rmSync(directory, { recursive: true })
})

interface Entry {
  readonly action: string
  readonly api?: string
}

async function control<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${broker.control}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as T
}

/** What a producer meets, one after the other, whatever its speed. */
const rules: readonly FaultRule[] = [
  { when: { api: 'Produce', after: 3, times: 1 }, do: { error: { code: 'NOT_LEADER_OR_FOLLOWER' } } },
  { when: { api: 'Produce', after: 6, times: 1 }, do: { moveLeader: 'next' } },
  { when: { api: 'Produce', after: 9, times: 1 }, do: { close: { applied: true } } },
  {
    when: { api: 'Produce', after: 12, times: 1 },
    do: { error: { code: 'REQUEST_TIMED_OUT', applied: true } },
  },
  { when: { api: 'Produce', after: 15, times: 1 }, do: { close: true } },
  { when: { api: 'Produce', after: 18, times: 1 }, do: { delay: '300ms' } },
  { when: { api: 'Produce', after: 21, times: 1 }, do: { partialFrame: true } },
  { when: { api: 'Produce', after: 24, times: 1 }, do: { kill: { for: '500ms', applied: true } } },
  { when: { api: 'Produce', after: 27, times: 1 }, do: { throttle: '200ms' } },
]
const did = ['error', 'moveLeader', 'close', 'error', 'close', 'delay', 'partialFrame', 'kill', 'throttle']

async function faultsOf(topic: string): Promise<void> {
  await control('DELETE', '/faults')
  await control(
    'POST',
    '/faults',
    rules.map(rule => ({ ...rule, when: { ...rule.when, topic } })),
  )
}

describe('under scripted faults', () => {
  it("Java's idempotent producer has each record once and in order", async () => {
    createTopic(broker, 'java-faults', 1, 3)
    await faultsOf('java-faults')
    // without a file of ours it retries nothing
    const file = join(directory, 'producer.properties')
    writeFileSync(file, properties({ 'enable.idempotence': true, retries: 100, 'retry.backoff.ms': 20 }))
    const pace = ['--max-messages', String(RECORDS), '--throughput', '1500', '--acks', '-1']
    const config = [...pace, '--producer.config', file]
    const said = linesOf(java(broker, 'VerifiableProducer', ['--topic', 'java-faults', ...config]))
    const acked = said.filter(line => line.includes('"producer_send_success"'))
    expect(acked).toHaveLength(RECORDS)
    const read = kcat(broker, ['-C', '-t', 'java-faults', '-e', '-q', '-f', '%s\n'])
    expect(linesOf(read)).toEqual(Array.from({ length: RECORDS }, (_, n) => String(n)))
    const { entries } = await control<{ entries: readonly Entry[] }>('GET', '/log')
    for (const action of did) expect(entries.map(entry => entry.action)).toContain(action)
  })

  it('kcat as an idempotent producer has each record once and in order', async () => {
    createTopic(broker, 'kcat-faults', 1, 3)
    await faultsOf('kcat-faults')
    const values = Array.from({ length: RECORDS }, (_, n) => String(n))
    const settings = ['enable.idempotence=true', 'batch.num.messages=30', 'retry.backoff.ms=20']
    const args = settings.flatMap(each => ['-X', each])
    kcat(broker, ['-P', '-t', 'kcat-faults', ...args], `${values.join('\n')}\n`)
    const read = kcat(broker, ['-C', '-t', 'kcat-faults', '-e', '-q', '-f', '%s\n'])
    expect(linesOf(read)).toEqual(values)
    const fired = await control<readonly { fired: number }[]>('GET', '/faults')
    expect(fired.map(each => each.fired)).toEqual(rules.map(() => 1))
  })

  it('a group of the Java consumer reads on when its coordinator and its leader move', async () => {
    createTopic(broker, 'read-faults', 2, 3)
    await control('DELETE', '/faults')
    const values = Array.from({ length: RECORDS }, (_, n) => String(n))
    java(broker, 'ConsoleProducer', ['--topic', 'read-faults'], `${values.join('\n')}\n`)
    const rule = (api: string, after: number, what: FaultRule['do']): FaultRule => ({
      when: { api, after, times: 1 },
      do: what,
    })
    await control('POST', '/faults', [
      rule('JoinGroup', 0, { error: 'NOT_COORDINATOR' }),
      rule('OffsetFetch', 0, { moveCoordinator: 'next' }),
      rule('Fetch', 1, { moveLeader: { topic: 'read-faults', partition: 0 } }),
      rule('Fetch', 5, { close: true }),
      rule('OffsetCommit', 0, { error: 'COORDINATOR_LOAD_IN_PROGRESS' }),
    ])
    const settings = ['fetch.max.bytes=4096', 'max.partition.fetch.bytes=4096', 'check.crcs=true']
    const args = [
      '--topic',
      'read-faults',
      '--group',
      'read-faults',
      '--from-beginning',
      '--timeout-ms',
      '8000',
    ]
    const props = settings.flatMap(each => ['--consumer-property', each])
    const read = java(broker, 'consumer.ConsoleConsumer', [
      ...args,
      ...props,
      '--max-messages',
      String(RECORDS),
    ])
    expect(
      linesOf(read)
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual(values.map(Number))
  })
})
