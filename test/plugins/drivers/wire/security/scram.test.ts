import { describe, expect, it } from 'vitest'
import { ExchangeError } from '../../../../../plugins/drivers/wire/security/exchange.ts'
import { Scram } from '../../../../../plugins/drivers/wire/security/scram.ts'

/** The example of RFC 7677, section 3. */
const NONCE = 'rOprNGfwEbeRWgbNEkqO'
const BOTH = `${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0`
const FIRST = `r=${BOTH},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`
const PROOF = `c=biws,r=${BOTH},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`
const VERIFIER = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='

const client = (user = 'user') => new Scram('sha256', user, 'pencil', NONCE)
/** What it says to these messages. */
async function talk(messages: readonly (string | undefined)[], exchange = client()) {
  const said: (string | undefined)[] = []
  for (const message of messages)
    said.push((await exchange.next(message === undefined ? undefined : Buffer.from(message)))?.toString())
  return said
}

it('speaks as the example of the RFC does', async () => {
  expect(await talk([undefined, FIRST, VERIFIER])).toEqual([`n,,n=user,r=${NONCE}`, PROOF, undefined])
})

it('escapes a name', async () => {
  expect(await talk([undefined], client('o=b,rian'))).toEqual([`n,,n=o=3Db=2Crian,r=${NONCE}`])
})

it('draws a nonce of its own each time', async () => {
  const said = async () => (await talk([undefined], new Scram('sha512', 'user', 'pencil')))[0]
  expect(await said()).not.toBe(await said())
})

describe('a broker that does not keep to it is not believed', () => {
  it.each([
    ['a nonce that is not ours', FIRST.replace('rOpr', 'xOpr'), /its nonce does not begin with ours/],
    ['our nonce alone', FIRST.replace(BOTH, NONCE), /its nonce does not begin with ours/],
    ['too few iterations', FIRST.replace('4096', '4095'), /asks for 4095 iterations/],
    ['so many that it would take for ever', FIRST.replace('4096', '9999999999'), /asks for 9999999999 iter/],
    ['no salt', `r=${BOTH},i=4096`, /first message is not one of SCRAM/],
    ['nonsense', 'hello', /first message is not one of SCRAM/],
    ['an extension that has to be understood', `m=x,${FIRST}`, /first message is not one of SCRAM/],
  ])('%s', async (_, first, why) => {
    const error = await talk([undefined, first]).catch(e => e)
    expect(error).toBeInstanceOf(ExchangeError)
    expect(error.message).toMatch(why)
  })
  it.each([
    ['another signature', VERIFIER.replace('6rri', '7rri'), /does not know the password itself/],
    ['a short signature', 'v=AAAA', /does not know the password itself/],
    ['no signature', 'hello', /does not know the password itself/],
    ['an error', 'e=other-error', /it refuses: other-error/],
  ])('%s at the end', async (_, final, why) => {
    await expect(talk([undefined, FIRST, final])).rejects.toThrow(why)
  })
})
