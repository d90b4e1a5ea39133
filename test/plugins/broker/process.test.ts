import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { brokerCommand } from '../../../plugins/broker/command.ts'
import { spawnBroker } from '../../../plugins/broker/spawn.ts'
import { apiVersions } from '../../../plugins/protocol/messages/api-versions.ts'
import { software, TestClient, until } from './client.ts'

async function serves(address: string): Promise<boolean> {
  const client = await TestClient.to(Number(address.split(':')[1]))
  const { apiKeys } = await client.call(apiVersions, 3, software)
  client.close()
  return apiKeys.length > 0
}

async function refuses(address: string): Promise<boolean> {
  return TestClient.to(Number(address.split(':')[1])).then(
    client => {
      client.close()
      return false
    },
    error => error.code === 'ECONNREFUSED',
  )
}

async function takenPort(wanted = 0): Promise<{ port: number; free: () => void }> {
  const server = createServer().listen(wanted, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, free: () => server.close() }
}

/** Taken, and the one below it is not: neither is of those that the system gives to others meanwhile. */
async function takenAboveFree(): Promise<{ port: number; free: () => void }> {
  for (let tries = 0; tries < 100; tries++) {
    const port = 20_001 + 2 * Math.floor(Math.random() * 5_000)
    const taken = await takenPort(port).catch(() => undefined)
    if (taken === undefined) continue
    const below = await takenPort(port - 1).catch(() => undefined)
    if (below !== undefined) {
      below.free()
      return taken
    }
    taken.free()
  }
  throw new Error('no pair of ports')
}

describe('the broker’s process', () => {
  it('says its address, serves, and ends when it is closed', async () => {
    const broker = await spawnBroker({ port: 0 })
    expect(broker.address).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(await serves(broker.address)).toBe(true)
    await broker.close()
    expect(await refuses(broker.address)).toBe(true)
  })

  it('ends with a client connected, and can be closed twice', async () => {
    const broker = await spawnBroker({ port: 0 })
    const client = await TestClient.to(Number(broker.address.split(':')[1]))
    await Promise.all([broker.close(), client.closed])
    await broker.close()
  })

  it('does not end at Ctrl-C', async () => {
    const broker = await spawnBroker({ port: 0 })
    process.kill(broker.pid, 'SIGINT')
    expect(await serves(broker.address)).toBe(true)
    await broker.close()
  })

  it('ends with its parent, however that ends', async () => {
    const spawner = new URL('../../../plugins/broker/spawn.ts', import.meta.url).href
    const script = `const { spawnBroker } = await import('${spawner}')
      console.log((await spawnBroker({ port: 0 })).address)
      setInterval(() => {}, 1000)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(parent.stdout, 'data')
    const address = String(line).trim()
    expect(await serves(address)).toBe(true)
    parent.kill('SIGKILL')
    await until(() => refuses(address), 'the broker ends')
  })

  it('tells its end to who started it', async () => {
    const broker = await spawnBroker({ port: 0 })
    process.kill(broker.pid, 'SIGKILL')
    await broker.ended
    await broker.close()
  })

  it('cannot start on a port that is in use, or with options out of range', async () => {
    const { port, free } = await takenPort()
    await expect(spawnBroker({ port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: `the embedded broker: cannot listen on 127.0.0.1:${port}: EADDRINUSE`,
    })
    free()
    await expect(spawnBroker({ retentionBytes: 5 })).rejects.toThrow(
      'the embedded broker: retentionBytes is 5, not an integer from 65536 to 1099511627776',
    )
  })
})

describe('a broker in the own process', () => {
  it('leaves nothing behind that keeps the process alive', async () => {
    const from = (path: string) => new URL(path, import.meta.url).href
    const script = `
      const { startBroker } = await import('${from('../../../plugins/broker/server.ts')}')
      const { fetch } = await import('${from('../../../plugins/protocol/messages/fetch.ts')}')
      const { joinGroup } = await import('${from('../../../plugins/protocol/messages/groups.ts')}')
      const { metadata } = await import('${from('../../../plugins/protocol/messages/metadata.ts')}')
      const { TestClient } = await import('${from('./client.ts')}')
      const broker = await startBroker()
      const [first, second] = [await TestClient.to(broker.port), await TestClient.to(broker.port)]
      await first.call(metadata, 1, { topics: [{ name: 'topic' }] })
      const protocols = [{ name: 'range', metadata: Buffer.alloc(1) }]
      const group = { groupId: 'group', sessionTimeoutMs: 1e6, rebalanceTimeoutMs: 1e6, protocolType: 'consumer', protocols }
      for (const version of [3, 5]) await first.call(joinGroup, version, group)
      const topics = [{ topic: 'topic', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }] }]
      const waiting = first.call(fetch, 11, { maxWaitMs: 1e9, minBytes: 1, topics })
      await second.call(metadata, 1, { topics: [] })
      await broker.close()
      await waiting.catch(error => console.log(error.message))`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 20_000,
    })
    const [[line], [code]] = await Promise.all([once(child.stdout, 'data'), once(child, 'exit')])
    expect([String(line), code]).toEqual(['the connection was closed\n', 0])
  })
})

describe('loadtest broker', () => {
  const lines: string[] = []
  beforeEach(() => {
    lines.length = 0
    vi.spyOn(console, 'log').mockImplementation(line => void lines.push(String(line)))
    vi.spyOn(console, 'error').mockImplementation(line => void lines.push(String(line)))
  })
  afterEach(() => vi.restoreAllMocks())

  it('runs until it is told to stop', async () => {
    const stop = new AbortController()
    const running = brokerCommand.run({ port: '0', partitions: '3' }, stop.signal)
    await until(() => lines.length > 0, 'it says where it listens')
    const [, address] = /^embedded broker on (\S+) \(a test double/.exec(lines[0]!) ?? []
    expect(await serves(address!)).toBe(true)
    stop.abort()
    expect(await running).toBe(0)
    expect(await refuses(address!)).toBe(true)
  })

  it('runs several brokers, and says where each is', async () => {
    const stop = new AbortController()
    const running = brokerCommand.run({ port: '0', brokers: '3' }, stop.signal)
    await until(() => lines.length > 0, 'it says where they listen')
    const addresses = /^embedded broker on (.+) \(a test double/.exec(lines[0]!)?.[1]?.split(',') ?? []
    expect(new Set(addresses).size).toBe(3)
    for (const address of addresses) expect(await serves(address)).toBe(true)
    stop.abort()
    expect(await running).toBe(0)
  })

  it('names the port that is in use, of whichever broker it is', async () => {
    const { port, free } = await takenAboveFree()
    const asked = { port: String(port - 1), brokers: '2' }
    expect(await brokerCommand.run(asked, new AbortController().signal)).toBe(3)
    expect(lines[0]).toContain(`cannot listen on 127.0.0.1:${port}: EADDRINUSE`)
    free()
  })

  it.each([
    ['brokers', '101', '--brokers is 101: expected a whole number from 1 to 100'],
    ['port', 'http', '--port is http: expected a whole number from 0 to 65535'],
    ['port', '65536', '--port is 65536: expected a whole number from 0 to 65535'],
    ['port', true, '--port is true: expected a whole number from 0 to 65535'],
    ['partitions', '0', '--partitions is 0: expected a whole number from 1 to 10000'],
  ])('refuses --%s %s', async (name, value, message) => {
    expect(await brokerCommand.run({ [name]: value }, new AbortController().signal)).toBe(2)
    expect(lines).toEqual([message])
  })

  it('says why the last ports are none for several brokers', async () => {
    const options = { port: '65535', brokers: '3' }
    expect(await brokerCommand.run(options, new AbortController().signal)).toBe(2)
    expect(lines).toEqual([
      '--port is 65535: expected a whole number from 0 to 65533: 3 brokers take 3 ports',
    ])
  })

  it('says what to do about a port that is in use', async () => {
    const { port, free } = await takenPort()
    expect(await brokerCommand.run({ port: String(port) }, new AbortController().signal)).toBe(3)
    expect(lines).toEqual([
      `the embedded broker: cannot listen on 127.0.0.1:${port}: EADDRINUSE: the port is in use: ` +
        `"ss -ltnp 'sport = :${port}'" shows by whom; --port 0 takes a free one`,
    ])
    free()
  })
})
