/** The sentences that tell what cannot be connected to; that every driver tells it is in test/conformity. */
import { type AddressInfo, createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { metadata } from '../../../../plugins/protocol/messages/metadata.ts'
import { produce } from '../../../../plugins/protocol/messages/produce.ts'
import { driverFor, Harness } from './driver.ts'
import { type Scripted, script, startScripted } from './scripted.ts'

async function freePort(): Promise<string> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return `127.0.0.1:${port}`
}
async function refusal(...brokers: string[]): Promise<string> {
  const error = await driverFor(...brokers)
    .admin()
    .catch(e => e)
  expect(error.name).toBe('ConnectError')
  return error.message
}

it('no broker at the address', async () => {
  const address = await freePort()
  expect(await refusal(address)).toBe(
    `cannot connect to ${address}: connection refused: nothing listens there. Start the broker, or correct the address.`,
  )
})
it('a name that does not resolve', async () => {
  expect(await refusal('no-such-host.invalid:9092')).toMatch(
    /^cannot connect to no-such-host\.invalid:9092: the host name no-such-host\.invalid cannot be resolved \(E\w+\)\. Check/,
  )
})
it('several addresses, each with its reason', async () => {
  const [one, two] = [await freePort(), await freePort()]
  const refused = 'connection refused: nothing listens there'
  expect(await refusal(one, two)).toContain(`${one}, ${two}: ${one}: ${refused}; ${two}: ${refused}`)
})
it('no address at all', async () => {
  expect(await refusal()).toBe('cannot connect to a broker: no address is given. Name at least one broker.')
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
  onTestFinished(() => server.close())
  const error = await Harness.open(driverFor(server.address), 'any', 1).catch(e => e)
  expect(error.message).toBe(
    `cannot connect to ${server.address}: Produce 7 is needed, the broker has versions up to 5. Use a broker of Apache Kafka 2.1 or later, or a proxy that passes these APIs on.`,
  )
})
