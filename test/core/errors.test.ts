import { describe, expect, it } from 'vitest'
import { describeFault } from '../../core/errors.ts'

const said = (path: string, value: unknown) => describeFault({ path, value, expected: 'something else' })

describe('a fault', () => {
  it.each([
    ['sasl', { user: 'ci', password: 'hunter2' }, '{"user":"ci","password":"***"}'],
    ['vault.password', 'hunter2', '"***"'],
    ['password', 'hunter2', '"***"'],
    ['orders.vault.credentials.0.user', 'hunter2', '"***"'],
    [
      'streams.orders.plugins',
      [['vault', { privateKey: { d: 'hunter2' } }]],
      '[["vault",{"privateKey":"***"}]]',
    ],
  ])('does not show the secret at %s', (path, value, shown) => {
    expect(said(path, value)).toBe(`${path} is ${shown}: expected something else`)
  })
  it.each(['streams.tokens.rate', 'token-bucket.rate'])('shows what is none: %s', path => {
    expect(said(path, 5)).toBe(`${path} is 5: expected something else`)
  })
})
