/** No broker at the address: one sentence with host, port, cause and remedy, exit 3, nothing written. */
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { describe, expect, it, type TestContext } from 'vitest'
import { loadtest, resultIn, scratch } from './cli.ts'

/** Connects to the address; the process is killed when it does not give up by itself. */
async function connecting(context: TestContext, address: string) {
  const cwd = scratch(context)
  const ended = await loadtest(['run', '--brokers', address], { cwd, limit: 20_000 })
  expect(resultIn(cwd)).toBeUndefined()
  return ended
}
async function listening(context: TestContext, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.onTestFinished(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe.concurrent('it cannot connect when', () => {
  it('nothing listens on the port', async context => {
    const server = createServer()
    const address = await listening(context, server)
    server.close()
    await once(server, 'close')
    const { exitCode, stdout, stderr } = await connecting(context, address)
    expect(stderr).toMatch(new RegExp(`^loadtest: cannot connect to ${address}: .*refused.*\\. .+\n$`))
    expect([exitCode, stdout]).toEqual([3, ''])
  })

  it('the name is not known', async context => {
    const { exitCode, stdout, stderr } = await connecting(context, 'kafka.something.invalid:9092')
    expect(stderr).toMatch(/^loadtest: cannot connect to kafka\.something\.invalid:9092: .*name.*\. .+\n$/)
    expect([exitCode, stdout]).toEqual([3, ''])
  })

  it('the other side says nothing', async context => {
    const address = await listening(
      context,
      createServer(socket => void socket.on('error', () => undefined)),
    )
    const { exitCode, stdout, stderr } = await connecting(context, address)
    expect(stderr).toMatch(new RegExp(`^loadtest: cannot connect to ${address}: .*nothing.*\\. .+\n$`))
    expect([exitCode, stdout]).toEqual([3, ''])
  })

  it('the other side is no Kafka broker', async context => {
    const server = createHttpServer((_, response) => response.end('hello'))
    const address = await listening(context, server)
    const { exitCode, stdout, stderr } = await connecting(context, address)
    expect(stderr).toMatch(new RegExp(`^loadtest: cannot connect to ${address}: .+\\. .+\n$`))
    expect([exitCode, stdout]).toEqual([3, ''])
  })

  it('none of several brokers answers', async context => {
    const { exitCode, stderr } = await connecting(context, '127.0.0.1:1,kafka.something.invalid:9092')
    expect(stderr).toMatch(/127\.0\.0\.1:1.*kafka\.something\.invalid:9092/)
    expect(exitCode).toBe(3)
  })
})
