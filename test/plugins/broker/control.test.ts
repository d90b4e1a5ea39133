import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type RequestOptions, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { brokerCommand } from '../../../plugins/broker/command.ts'
import type { FaultEntry } from '../../../plugins/broker/faults/log.ts'
import { type RunningBroker, startBroker } from '../../../plugins/broker/server.ts'
import { spawnBroker } from '../../../plugins/broker/spawn.ts'
import { apiVersions } from '../../../plugins/protocol/messages/api-versions.ts'
import { createTopics } from '../../../plugins/protocol/messages/topics.ts'
import { software, TestClient, until } from './client.ts'

let broker: RunningBroker

async function ask(method: string, path: string, body?: unknown, at = broker.control!) {
  const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
  const response = await fetch(at + path, { method, ...init })
  return { status: response.status, body: (await response.json()) as never as Record<string, unknown> }
}

async function beat(port: number): Promise<void> {
  const client = await TestClient.to(port)
  await client.call(apiVersions, 3, software)
  client.close()
}

describe('the control port', () => {
  beforeEach(async () => {
    broker = await startBroker({ brokers: 3, control: 0 })
    const client = await TestClient.to(broker.port)
    await client.call(createTopics, 7, {
      topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 3 }],
    })
    client.close()
  })
  afterEach(() => broker.close())

  const rule = { when: { api: 'ApiVersions', times: 2 }, do: { delay: '1ms' } }

  it('adds, lists and removes rules', async () => {
    expect(await ask('POST', '/faults', rule)).toEqual({ status: 200, body: { ids: ['f1'] } })
    expect((await ask('POST', '/faults', [rule, rule])).body).toEqual({ ids: ['f2', 'f3'] })
    await beat(broker.port)
    const { body } = await ask('GET', '/faults')
    expect(body).toHaveLength(3)
    expect(body).toMatchObject([{ id: 'f1', rule, met: 1, fired: 1 }, { id: 'f2' }, { id: 'f3' }])
    expect((await ask('DELETE', '/faults/f2')).status).toBe(200)
    expect(await ask('DELETE', '/faults/f2')).toEqual({ status: 404, body: { error: 'there is no rule f2' } })
    expect(broker.faults.list().map(({ id }) => id)).toEqual(['f1', 'f3'])
    await ask('DELETE', '/faults')
    expect((await ask('GET', '/faults')).body).toEqual([])
  })

  it('tells all that is wrong with rules, and then adds none', async () => {
    const wrong = [rule, { when: { api: 'Nothing' }, do: { delay: 'x' } }]
    const { status, body } = await ask('POST', '/faults', wrong)
    expect(status).toBe(400)
    expect(body['error']).toContain('rules[1].when.api is "Nothing": expected')
    expect(body['error']).toContain('rules[1].do.delay is "x": expected a duration')
    expect(broker.faults.list()).toEqual([])
  })

  it('gives the log, what is new of it, and goes on as it grows', async () => {
    await ask('POST', '/faults', rule)
    await beat(broker.port)
    await ask('POST', '/brokers/2/freeze')
    const { body } = await ask('GET', '/log')
    expect(body).toMatchObject({
      dropped: 0,
      entries: [
        { n: 1, rule: 'f1' },
        { n: 2, action: 'freeze' },
      ],
    })
    expect((await ask('GET', '/log?after=1')).body).toMatchObject({ entries: [{ n: 2 }] })
    const seen: FaultEntry[] = []
    const following = request(`${broker.control}/log?follow&after=1`).end()
    const [response] = await once(following, 'response')
    createInterface({ input: response }).on('line', line => seen.push(JSON.parse(line)))
    await ask('POST', '/brokers/2/unfreeze')
    await until(() => seen.length === 2, 'two lines')
    expect(seen.map(({ n, action }) => [n, action])).toEqual([
      [2, 'freeze'],
      [3, 'unfreeze'],
    ])
  })

  it('stops and starts brokers, moves leaders and coordinators, and tells of them', async () => {
    const cluster = async () => (await ask('GET', '/cluster')).body
    const of = (up: readonly boolean[]) => up.map((each, index) => ({ id: index + 1, up: each }))
    expect(await cluster()).toMatchObject({
      controller: 1,
      brokers: of([true, true, true]),
      topics: [{ topic: 'orders', partitions: [{ partition: 0, logStartOffset: 0, logEndOffset: 0 }] }],
    })
    await ask('POST', '/brokers/1/stop')
    expect(await cluster()).toMatchObject({ controller: 2, brokers: of([false, true, true]) })
    await ask('POST', '/brokers/1/start')
    await ask('POST', '/brokers/3/freeze')
    expect(await cluster()).toMatchObject({ brokers: [{ up: true }, {}, { id: 3, frozen: true }] })
    for (const to of [2, 3]) {
      expect((await ask('POST', '/leaders', { topic: 'orders', partition: 0, broker: to })).status).toBe(200)
      expect(await cluster()).toMatchObject({ topics: [{ partitions: [{ leader: to }] }] })
    }
    expect((await ask('POST', '/coordinators', { key: 'group', broker: 'next' })).status).toBe(200)
    expect(broker.faults.log.entries.at(-1)!.did).toMatch(/^coordinator of group moved from broker \d to \d$/)
  })

  it.each([
    ['POST', '/brokers/9/stop', undefined, 400, 'broker is 9, not an integer from 1 to 3'],
    ['POST', '/brokers/one/stop', undefined, 400, '"one" is no broker’s id'],
    ['POST', '/brokers/0/freeze', undefined, 400, 'broker is 0, not an integer from 1 to 3'],
    ['GET', '/brokers/1/stop', undefined, 405, '/brokers/1/stop takes POST'],
    ['GET', '/nothing', undefined, 404, /^\/nothing is not here; there are \/faults, \/faults\/:id, \/log, /],
    ['POST', '/faults', '{', 400, /^the body is not JSON: /],
    ['POST', '/faults', '5', 400, 'the body is to be a rule or a list of rules, as JSON'],
    ['POST', '/faults', undefined, 400, 'the body is to be a rule or a list of rules, as JSON'],
    ['POST', '/faults', ' '.repeat(1024 * 1024 + 1), 413, 'the body is above 1048576 bytes'],
    [
      'POST',
      '/leaders',
      { topic: 'orders' },
      400,
      'partition: expected a value, it is missing\nbroker: expected a value, it is missing',
    ],
    ['POST', '/leaders', { topic: 'none', partition: 0, broker: 1 }, 400, 'there is no topic "none"'],
    [
      'POST',
      '/leaders',
      { topic: 'orders', partition: 7, broker: 'next' },
      400,
      'there is no partition 7 of "orders"',
    ],
    ['POST', '/coordinators', [], 400, 'the body is to be a JSON object with key, broker'],
    ['GET', '//', undefined, 400, '"//" is no path'],
    ['GET', '/log?after=x', undefined, 400, 'after is "x": expected a whole number'],
  ])('%s %s %j', async (method, path, body, status, error) => {
    const answer = await ask(method, path, body)
    expect(answer.status).toBe(status)
    expect(answer.body['error']).toEqual(typeof error === 'string' ? error : expect.stringMatching(error))
  })

  it('freezes no broker that is down', async () => {
    await ask('POST', '/brokers/2/stop')
    expect(await ask('POST', '/brokers/2/freeze')).toEqual({
      status: 400,
      body: { error: 'broker 2 is down' },
    })
    await ask('POST', '/brokers/2/start')
    expect((await ask('GET', '/cluster')).body).toMatchObject({
      brokers: [{}, { up: true, frozen: false }, {}],
    })
  })

  it('refuses web pages: another Host, another Origin', async () => {
    const { host: own, port } = new URL(broker.control!)
    const status = async (headers: RequestOptions['headers']) => {
      const [response] = await once(
        request(`${broker.control}/cluster`, { headers: headers! }).end(),
        'response',
      )
      response.resume()
      return response.statusCode
    }
    expect(await status({ host: 'evil.example' })).toBe(403)
    expect(await status({ host: `evil.example:${port}` })).toBe(403)
    expect(await status({ origin: 'http://evil.example' })).toBe(403)
    expect(await status({ origin: 'null' })).toBe(403)
    expect(await status({ origin: `http://${own}` })).toBe(200)
    expect(await status({ host: `localhost:${port}` })).toBe(200)
  })

  it('closes with the broker, whoever follows the log', async () => {
    const following = request(`${broker.control}/log?follow`).end()
    const [response] = await once(following, 'response')
    const ended = once(response.resume(), 'end')
    await Promise.all([broker.close(), ended])
    await expect(fetch(`${broker.control}/cluster`)).rejects.toThrow()
  })
})

describe('from another process', () => {
  it('faults are injected over the control port that the process names', async () => {
    const faults = [{ when: { api: 'ApiVersions', times: 1 }, do: { close: true } }] as const
    const other = await spawnBroker({ port: 0, control: 0, faults })
    const client = await TestClient.to(Number(other.address.split(':')[1]))
    await expect(client.call(apiVersions, 3, software)).rejects.toThrow('the connection was closed')
    const { body } = await ask('GET', '/log', undefined, other.control!)
    expect(body).toMatchObject({ entries: [{ rule: 'f1', action: 'close', clientId: 'test' }] })
    await other.close()
  })

  it('no control port is opened that was not asked for', async () => {
    const other = await spawnBroker({ port: 0 })
    expect(other.control).toBeUndefined()
    await other.close()
  })
})

describe('loadtest broker', () => {
  const folder = mkdtempSync(join(tmpdir(), 'loadtest-faults-'))
  const lines: string[] = []
  beforeEach(() => {
    lines.length = 0
    vi.spyOn(console, 'log').mockImplementation(line => void lines.push(String(line)))
    vi.spyOn(console, 'error').mockImplementation(line => void lines.push(String(line)))
  })
  afterEach(() => vi.restoreAllMocks())
  afterAll(() => rmSync(folder, { recursive: true }))

  const written = (name: string, text: string) => {
    const file = join(folder, name)
    writeFileSync(file, text)
    return file
  }

  it.each([
    ['rules.yaml', '- when: { api: ApiVersions }\n  do: { delay: 1ms }\n'],
    ['rules.json', '[{ "when": { "api": "ApiVersions" }, "do": { "delay": "1ms" } }]'],
  ])('takes rules from %s, and says where its control port is', async (name, text) => {
    const stop = new AbortController()
    const options = { port: '0', control: '0', faults: written(name, text) }
    const running = brokerCommand.run(options, stop.signal)
    await until(() => lines.length === 2, 'it says where it listens')
    const [, address] = /^control port on (http:\S+)$/.exec(lines[1]!) ?? []
    const { body } = await ask('GET', '/faults', undefined, address!)
    expect(body).toMatchObject([{ id: 'f1', rule: { when: { api: 'ApiVersions' }, do: { delay: '1ms' } } }])
    stop.abort()
    expect(await running).toBe(0)
  })

  it.each([
    [
      'wrong.yaml',
      '- do: { dely: 1ms }',
      /^rules\[0\]\.do\.dely is "1ms": expected a known key\n +from .*wrong\.yaml\n +did you mean delay\?$/,
    ],
    ['map.yaml', 'do: { delay: 1ms }', /^--faults is ".*": expected a list of rules$/],
    ['text.yaml', '- "', /^--faults is ".*": expected YAML or JSON\n/],
    ['long.yaml', `# ${'x'.repeat(2 ** 20)}`, /^--faults is ".*": expected a file of at most 1048576 bytes$/],
  ])('refuses %s', async (name, text, message) => {
    const options = { port: '0', faults: written(name, text) }
    expect(await brokerCommand.run(options, new AbortController().signal)).toBe(2)
    expect(lines.join('\n')).toMatch(message)
  })

  it('refuses a file that is not there, and a control port that is none or taken', async () => {
    const { signal } = new AbortController()
    expect(await brokerCommand.run({ port: '0', faults: join(folder, 'none.yaml') }, signal)).toBe(2)
    expect(lines.at(-1)).toMatch(/expected a file that can be read\n +ENOENT$/)
    expect(await brokerCommand.run({ port: '0', control: 'x' }, signal)).toBe(2)
    expect(lines.at(-1)).toBe('--control is x: expected a whole number from 0 to 65535')
    const taken = await startBroker({ control: 0 })
    const { port } = new URL(taken.control!)
    expect(await brokerCommand.run({ port: '0', control: port }, signal)).toBe(3)
    expect(lines.at(-1)).toContain(`127.0.0.1:${port}: EADDRINUSE`)
    expect(lines.at(-1)).toContain('--control 0 takes a free one')
    await taken.close()
  })
})
