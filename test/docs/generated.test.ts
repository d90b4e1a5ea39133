import { expect, it } from 'vitest'
import { generated, pages } from '../../docs/generate.ts'
import { read } from './read.ts'

it.each(pages)('docs/%s has the tables that the code has: node docs/generate.ts writes them', page => {
  const text = read(`docs/${page}`)
  expect(text).toBe(generated(page, text))
})
