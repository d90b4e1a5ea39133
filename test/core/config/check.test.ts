import { expect, it } from 'vitest'
import { suggest } from '../../../core/config/check.ts'

it.each([
  ['linger', 'lingr', ['linger', 'acks', 'buffer'], 'did you mean linger?'],
  ['rate', 'rats', ['rate', 'size'], 'did you mean rate?'],
  ['csv', 'cvs', ['console', 'csv', 'json'], 'did you mean csv?'],
  ['csv', 'xyv', ['console', 'csv', 'json'], undefined],
  ['tenant', 'TENANT', ['TIMEOUT', 'RATE'], undefined],
  ['out', 'q', ['out', 'seed'], undefined],
  ['nothing', 'rate', [], undefined],
])('%s for %s', (_, name, known, hint) => expect(suggest(name, known)).toBe(hint))

it('says what goes before the name', () => {
  expect(suggest('lingr', ['linger'], 'producer.')).toBe('did you mean producer.linger?')
})
