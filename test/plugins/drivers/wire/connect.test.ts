import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { startBroker } from '../../../../plugins/broker/server.ts'
import { metadata } from '../../../../plugins/protocol/messages/metadata.ts'
import { produce } from '../../../../plugins/protocol/messages/produce.ts'
import { driverFor, Harness, soon, TIMEOUT_US } from './driver.ts'
import { type Scripted, script, startScripted } from './scripted.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  ends.push(async () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
/** A server that says something to whoever speaks to it. */
const answering = (answer: (socket: Socket) => void) =>
  listen(createServer(socket => socket.once('data', () => answer(socket))))

async function freePort(): Promise<string> {
  const server = createServer()
  const address = await listen(server)
  await new Promise(resolve => server.close(resolve))
  return address
}

async function refusal(...brokers: string[]) {
  const error = await driverFor(...brokers)
    .admin()
    .catch(e => e)
  expect(error.name).toBe('ConnectError')
  return error as { message: string; address: string; reason: string; remedy: string }
}

describe('what cannot be connected to is told in a sentence', () => {
  it('no broker at the address', async () => {
    const address = await freePort()
    expect((await refusal(address)).message).toBe(
      `cannot connect to ${address}: connection refused: nothing listens there. Start the broker, or correct the address.`,
    )
  })
  it('a name that does not resolve', async () => {
    expect((await refusal('no-such-host.invalid:9092')).message).toMatch(
      /^cannot connect to no-such-host\.invalid:9092: the host name no-such-host\.invalid cannot be resolved \(E\w+\)\. Check/,
    )
  })
  it('an HTTP server', async () => {
    const address = await listen(createHttpServer())
    expect((await refusal(address)).message).toMatch(
      /what listens there is no Kafka broker: it answered "HTTP\/1\.1 400 Bad Request.*"\. Check the port/,
    )
  })
  it('something that takes connections and says nothing', async () => {
    const address = await listen(createServer())
    expect((await refusal(address)).message).toMatch(
      /it takes connections but said nothing for 5 s\. Check the port/,
    )
  })
  it('something that hangs up', async () => {
    const address = await answering(socket => socket.end())
    expect((await refusal(address)).reason).toBe('it hung up without an answer')
  })
  it('something that breaks the connection', async () => {
    const address = await answering(socket => socket.resetAndDestroy())
    expect((await refusal(address)).reason).toBe('it broke the connection (ECONNRESET)')
  })
  it('a TLS listener', async () => {
    const address = await answering(socket => socket.end(Buffer.from([0x15, 3, 1, 0, 2, 2, 70])))
    expect((await refusal(address)).reason).toBe('it speaks TLS')
  })
  it('an answer that only looks like one', async () => {
    const address = await answering(socket => socket.end(Buffer.from([0, 0, 0, 8, 0, 0, 0, 99, 0, 0, 0, 0])))
    expect((await refusal(address)).reason).toMatch(/^what listens there is no Kafka broker/)
  })
  it.each(['127.0.0.1', ':9092', 'host:0', 'host:port', 'host:70000'])(
    'an address without host or port: %s',
    async address => {
      expect((await refusal(address)).reason).toBe('it is not host:port')
    },
  )
  it('an IPv6 address, in brackets', async () => {
    expect((await refusal('[::1]:1')).message).toMatch(/^cannot connect to \[::1\]:1: /)
  })
  it('several addresses, each with its reason', async () => {
    const [one, two] = [await freePort(), await freePort()]
    const { address, reason } = await refusal(one, two)
    expect(address).toBe(`${one}, ${two}`)
    expect(reason).toBe(
      `${one}: connection refused: nothing listens there; ${two}: connection refused: nothing listens there`,
    )
  })
  it('no address at all', async () => {
    expect((await refusal()).message).toBe(
      'cannot connect to a broker: no address is given. Name at least one broker.',
    )
  })
  it('a broker that advertises an address where it is not', async () => {
    const elsewhere = Number((await freePort()).split(':')[1])
    const brokers = [{ nodeId: 1, host: '127.0.0.1', port: elsewhere, rack: null }]
    const server = await startScripted([
      script(metadata, [0, 12], () => ({ brokers, controllerId: 1, topics: [] })),
    ])
    ends.push(async () => server.close())
    const { address, reason, remedy } = await refusal(server.address)
    expect(address).toBe(`127.0.0.1:${elsewhere}`)
    expect(reason).toBe('connection refused: nothing listens there')
    expect(remedy).toMatch(/^A broker told its clients to connect there: check advertised\.listeners/)
  })
  it('a broker of long ago', async () => {
    const partitions = [{ errorCode: 0, partitionIndex: 0, leaderId: 1, replicaNodes: [1], isrNodes: [1] }]
    const server: Scripted = await startScripted([
      script(metadata, [0, 5], () => ({
        brokers: [{ nodeId: 1, host: '127.0.0.1', port: server.port }],
        controllerId: 1,
        topics: [{ errorCode: 0, name: 'any', partitions }],
      })),
      script(produce, [0, 5], () => 'close'),
    ])
    ends.push(async () => server.close())
    const error = await Harness.open(driverFor(server.address), 'any', 1).catch(e => e)
    expect(error.message).toBe(
      `cannot connect to ${server.address}: Produce 7 is needed, the broker has versions up to 5. Use a broker of Apache Kafka 2.1 or later, or a proxy that passes these APIs on.`,
    )
  })
})

it('producers and consumers say the same', async () => {
  const driver = driverFor(await freePort())
  await expect(Harness.open(driver, 'any', 1)).rejects.toThrow(/connection refused/)
  await expect(driver.consumer({ group: 'g', timeoutUs: TIMEOUT_US })).rejects.toThrow(/connection refused/)
})

describe('with a broker', () => {
  const closing = startBroker()
  afterAll(async () => (await closing).close())

  it('one reachable address among several is enough', async () => {
    const { address } = await closing
    const driver = driverFor(await listen(createServer()), await freePort(), address)
    const admin = await driver.admin()
    expect(await admin.broker()).toMatch(/, 1 broker, cluster \S+$/)
    await driver.close(soon())
  })
})
