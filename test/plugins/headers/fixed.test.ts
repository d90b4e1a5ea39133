import { expect, it } from 'vitest'
import { headers } from '../../../plugins/index.ts'
import { faultsOf } from '../draws.ts'
import { headersOf, texts } from './headers.ts'

it('is the same for every record, and goes with others', async () => {
  const of = await headersOf([
    headers.fixed({ headers: { tenant: 'acmé', version: 3, beta: true, empty: '' } }),
    headers.fixed({ headers: { region: 'eu' } }).as('region'),
  ])
  const expected = { tenant: 'acmé', version: '3', beta: 'true', empty: '', region: 'eu' }
  expect([0, 1, 2 ** 40].map(i => texts(of(i)))).toEqual([expected, expected, expected])
})
it.each<[Record<string, string>, string[]]>([
  [{}, [expect.stringMatching(/^headers.fixed.headers: expected 1 to 100 headers by name/)]],
  [{ '': 'x' }, [expect.stringContaining('expected the name of a header, 1 to 256 characters')]],
  [
    { loadtest: 'x', a: 'x'.repeat(65_537) },
    [
      expect.stringContaining('headers.fixed.headers.a: expected a text of at most 65536 characters'),
      "headers.fixed.headers.loadtest: expected another name than loadtest, which is the header of the engine's own stamp",
    ],
  ],
])('refuses %#', async (written, faults) => {
  expect(await faultsOf([headers.fixed({ headers: written })])).toEqual(faults)
})
