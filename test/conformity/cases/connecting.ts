/** What cannot be connected to is a ConnectError with a cause and a remedy, in time. */
import assert from 'node:assert/strict'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { ConnectError } from '../../../core/plugin.ts'
import { metadata } from '../../../plugins/protocol/messages/metadata.ts'
import { produce } from '../../../plugins/protocol/messages/produce.ts'
import type { Case } from '../case.ts'
import type { Context } from '../context.ts'
import { TIMEOUT_US } from '../harness.ts'
import { edit } from '../proxy.ts'

async function listen(context: Context, server: Server): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  context.defer(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
/** A server that says something to whoever speaks to it. */
const answering = (context: Context, answer: (socket: Socket) => void) =>
  listen(
    context,
    createServer(socket => socket.once('data', () => answer(socket))),
  )
async function freePort(context: Context): Promise<string> {
  const server = createServer()
  const address = await listen(context, server)
  await new Promise(resolve => server.close(resolve))
  return address
}

/** Every part of the port says the same; `reason` is in the message. */
async function assertRefused(context: Context, brokers: readonly string[], reason: RegExp): Promise<void> {
  const driver = await context.subject(brokers)
  const attempts = [
    driver.admin(),
    context.producer('any', {}, { driver }),
    driver.consumer({ group: 'any', timeoutUs: TIMEOUT_US }),
  ]
  for (const attempt of await Promise.allSettled(attempts)) {
    assert.equal(attempt.status, 'rejected')
    const error = (attempt as PromiseRejectedResult).reason as ConnectError
    assert.equal(error.name, 'ConnectError', String(error))
    assert.match(error.message, reason)
    assert.match(error.message, /^cannot connect to /)
    for (const part of [error.reason, error.remedy]) assert.ok(part.length > 3, 'a reason and a remedy')
    for (const address of brokers)
      assert.ok(error.message.includes(address), `${error.message} does not name ${address}`)
  }
}

export const connecting: readonly Case[] = [
  {
    name: 'connect-nobody',
    about: 'nothing listens at the address',
    run: async context => assertRefused(context, [await freePort(context)], /refused/),
  },
  {
    name: 'connect-unresolved',
    about: 'the host name does not resolve',
    run: context => assertRefused(context, ['no-such-host.invalid:9092'], /resolve/),
  },
  {
    name: 'connect-other-protocol',
    about: 'what listens there speaks another protocol: HTTP, TLS, or nothing that is known',
    async run(context) {
      await assertRefused(context, [await listen(context, createHttpServer())], /HTTP/)
      const tls = await answering(context, socket => socket.end(Buffer.from([0x15, 3, 1, 0, 2, 2, 70])))
      await assertRefused(context, [tls], /TLS/)
      const strange = Buffer.from([0, 0, 0, 8, 0, 0, 0, 99, 0, 0, 0, 0])
      await assertRefused(context, [await answering(context, s => s.end(strange))], /no Kafka broker/)
    },
  },
  {
    name: 'connect-silent',
    about: 'what listens there takes connections and says nothing: told within 10 s',
    async run(context) {
      const driver = await context.subject([await listen(context, createServer())])
      const opening = driver.admin()
      await assert.rejects(opening, { name: 'ConnectError', message: /^cannot connect to .* said nothing/ })
    },
  },
  {
    name: 'connect-hung-up',
    about: 'what listens there hangs up, or breaks the connection',
    async run(context) {
      await assertRefused(context, [await answering(context, socket => socket.end())], /hung up/)
      const broken = await answering(context, socket => socket.resetAndDestroy())
      await assertRefused(context, [broken], /broke the connection/)
    },
  },
  {
    name: 'connect-several',
    about: 'of several addresses that do not answer each one is named; one that does is enough',
    async run(context) {
      const [one, two] = [await freePort(context), await freePort(context)]
      await assertRefused(context, [one, two], /refused.*refused/)
      const driver = await context.subject([one, ...context.brokers])
      const topic = await context.topic()
      assert.equal((await (await driver.admin()).describe(topic))?.partitions, 1)
    },
  },
  {
    name: 'connect-address',
    about: 'an address without host or port, or with a port that there is not, is told',
    async run(context) {
      for (const address of ['127.0.0.1', ':9092', 'host:0', 'host:port', 'host:70000'])
        await assertRefused(context, [address], /host:port/)
    },
  },
  {
    name: 'connect-ipv6',
    about: 'an IPv6 address in brackets is an address',
    run: context => assertRefused(context, ['[::1]:1'], /refused|unreachable|not available/i),
  },
  {
    name: 'connect-advertised',
    about:
      'a broker that advertises an address where nobody is: the address and advertised.listeners are named',
    needs: ['embedded'],
    async run(context) {
      const elsewhere = Number((await freePort(context)).split(':')[1])
      const wrong = edit(metadata, answer => {
        for (const each of answer.brokers) Object.assign(each, { port: elsewhere })
      })
      const { driver } = await context.proxied({ edits: [wrong] })
      const error = (await driver.admin().catch((e: unknown) => e)) as ConnectError
      assert.equal(error.name, 'ConnectError', String(error))
      assert.equal(error.address, `127.0.0.1:${elsewhere}`)
      assert.match(error.remedy, /advertised\.listeners/)
    },
  },
  {
    name: 'unsupported-version',
    about: 'a broker that speaks none of the versions that the driver does is a ConnectError that says so',
    needs: ['embedded'],
    async run(context) {
      const { driver } = await context.proxied({ versions: { [produce.key]: [90, 91] } })
      const opening = context.producer(await context.topic(), {}, { driver })
      await assert.rejects(opening, { name: 'ConnectError', message: /version/ })
    },
  },
]
