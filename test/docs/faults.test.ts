/** The examples of docs/broker-faults.md do what they say. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { rulesIn } from '../../plugins/broker/faults/file.ts'
import { spawnBroker } from '../../plugins/broker/spawn.ts'
import { createTopics } from '../../plugins/protocol/messages/topics.ts'
import { TestClient } from '../plugins/broker/client.ts'
import { read, root } from './read.ts'
import '../../docs/examples/faults.test.ts'

const text = read('docs/broker-faults.md')

it('the rules of the file are right', async () => {
  expect(await rulesIn(join(root, 'docs/examples/faults.yaml'), 3)).toHaveLength(4)
})

describe('the lines for curl', () => {
  const lines = [...text.matchAll(/^\$ (curl .*)$/gm)].map(([, line = '']) => line)
  const missing = spawnSync('curl', ['--version']).error !== undefined

  it.skipIf(missing)('are answered, one after the other', async () => {
    const broker = await spawnBroker({ port: 0, brokers: 3, control: 0 })
    const client = await TestClient.to(Number(broker.address.split(':')[1]))
    await client.call(createTopics, 7, {
      topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 3 }],
    })
    client.close()
    const env = { ...process.env, CONTROL: broker.control }
    const answers = lines.map(line => spawnSync('sh', ['-c', line], { env, encoding: 'utf8' }).stdout)
    await broker.close()
    expect(answers).toHaveLength(9)
    expect(answers.filter(answer => 'error' in JSON.parse(answer))).toEqual([])
    const log = JSON.parse(answers[7]!) as { entries: { action: string }[] }
    expect(log.entries.map(({ action }) => action)).toEqual(['start', 'moveLeader', 'moveCoordinator'])
  })
})
