/** The sentences that tell what cannot be connected to; that every driver tells it is in test/conformity. */
import { type AddressInfo, createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { findBroker } from '../../../../plugins/drivers/kafkajs/connect.ts'
import { driverFor } from './driver.ts'

async function refusal(...brokers: string[]): Promise<string> {
  const error = await driverFor(...brokers)
    .admin()
    .catch(e => e)
  expect(error.name).toBe('ConnectError')
  return error.message
}

it('something that takes connections and says nothing', async () => {
  const server = createServer(socket => socket.on('error', () => undefined))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  await expect(findBroker([`127.0.0.1:${port}`], {}, 50)).rejects.toThrow(/said nothing for 0\.05 s/)
})
it('an IPv6 address, which kafkajs does not understand', async () => {
  expect(await refusal('[::1]:9092')).toMatch(/kafkajs takes no IPv6 address/)
})
it('no address at all', async () => {
  expect(await refusal()).toBe('cannot connect to a broker: no address is given. Name at least one broker.')
})
