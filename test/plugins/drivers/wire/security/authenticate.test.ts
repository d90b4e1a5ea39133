/** When a session is renewed, and what becomes of one that cannot be. */
import { afterEach, expect, it, vi } from 'vitest'
import { Cluster } from '../../../../../plugins/drivers/wire/cluster.ts'
import type { LinkError } from '../../../../../plugins/drivers/wire/failure.ts'
import { type Ask, authenticate } from '../../../../../plugins/drivers/wire/security/authenticate.ts'
import { errorCodes } from '../../../../../plugins/protocol/errors.ts'
import { saslAuthenticate, saslHandshake } from '../../../../../plugins/protocol/messages/sasl.ts'
import { script, startScripted } from '../scripted.ts'

afterEach(() => vi.unstubAllEnvs())

/** ms after which a session of so many is renewed. */
async function renewal(sessionLifetimeMs: number): Promise<number | undefined> {
  const exchange = {
    mechanism: 'PLAIN',
    user: 'alice',
    next: async (challenge: Buffer | undefined) =>
      challenge === undefined ? Buffer.from('secret') : undefined,
  }
  const said = { errorCode: 0, version: 1, mechanisms: ['PLAIN'], authBytes: Buffer.alloc(0) }
  const ask = async () => ({ ...said, sessionLifetimeMs: BigInt(sessionLifetimeMs) })
  return authenticate({ host: 'kafka', port: 9092 }, exchange, ask as never as Ask)
}

it('a session is renewed some time before it ends', async () => {
  expect(await renewal(0)).toBeUndefined()
  const ms = await renewal(10_000)
  expect(ms).toBeGreaterThanOrEqual(8000)
  expect(ms).toBeLessThan(9000)
})
it('a session that is short is not renewed within the second in which brokers refuse that', async () => {
  expect([await renewal(1), await renewal(1200)]).toEqual([1100, 1100])
})
it('a session of months is renewed after as long as a timer can be', async () => {
  expect(await renewal(90 * 86_400_000)).toBe(2 ** 31 - 1)
})

it('a renewal that is refused for its time is no denial: the next connection is made', async () => {
  vi.stubEnv('WIRE_SECURITY_TEST', 'correct horse')
  let handshakes = 0
  const broker = await startScripted([
    script(saslHandshake, [1, 1], () => ({
      errorCode: ++handshakes === 2 ? errorCodes.ILLEGAL_SASL_STATE : 0,
      mechanisms: ['PLAIN'],
    })),
    script(saslAuthenticate, [2, 2], () => ({
      authBytes: Buffer.alloc(0),
      sessionLifetimeMs: handshakes === 1 ? 1200 : 0,
    })),
  ])
  const sasl = { mechanism: 'plain', username: 'alice', password: { env: 'WIRE_SECURITY_TEST' } } as const
  const cluster = new Cluster([broker.address], { timeoutMs: 3000, security: { sasl } })
  try {
    const link = await cluster.any()
    const why = await new Promise<LinkError>(resolve => link.onEnd(resolve))
    expect(why).toMatchObject({
      fault: 'closed',
      reason: 'it did not let the session be renewed (ILLEGAL_SASL_STATE)',
    })
    expect((await cluster.any()).open).toBe(true)
    expect(handshakes).toBe(3)
  } finally {
    cluster.close()
    broker.close()
  }
})
