/** A JSON document with placeholders: what stands in it, what is drawn for each document, what is written for each record. */
import { Expected } from '../expected.ts'
import { type Drawing, type Part, part } from './placeholders.ts'

/** `{{…}}`, with at most one pair of braces inside, as in {{faker.number.int({"max": 9})}}. */
const PLACEHOLDER = /\{\{((?:[^{}]|\{[^{}]*\})*)\}\}/g

/**
 * @param template an object, in which a text that is one placeholder becomes what the placeholder makes, or JSON as text
 * @throws Expected
 */
export function parseTemplate(template: unknown): Part[] {
  const text = typeof template === 'string' ? template : written(template)
  const parts: Part[] = []
  let quoted = false
  let last = 0
  const still = (to: number) => {
    const piece = text.slice(last, to)
    const open = /.{0,20}\{\{.{0,20}/.exec(piece)
    if (open) throw new Expected(`}} after each {{, near ${open[0]}`)
    quoted = quotedAfter(piece, quoted)
    parts.push(piece)
  }
  for (const { index, 0: all, 1: inner = '' } of text.matchAll(PLACEHOLDER)) {
    still(index)
    last = index + all.length
    try {
      parts.push(...part(quoted ? unescaped(inner) : inner, quoted))
    } catch (error) {
      throw new Expected(`${(error as Error).message}, not ${all}`)
    }
  }
  still(text.length)
  return parts
}

/** Draws one document, so that what cannot be made is told before the run. */
export function tryTemplate(parts: readonly Part[], drawing: Drawing): string {
  let text = ''
  for (const p of parts) {
    if (typeof p === 'string') text += p
    else if ('draw' in p) {
      try {
        text += p.draw(drawing)
      } catch (error) {
        if (error instanceof Expected) throw error
        throw new Expected(`placeholders that can be filled in: ${(error as Error).message}`)
      }
    } else text += p.sample
  }
  try {
    JSON.parse(text)
  } catch (error) {
    throw new Expected(`JSON once the placeholders are filled in: ${(error as Error).message}`)
  }
  return text
}

/** As JSON; a text that is nothing but one placeholder loses its quotes, so that a number comes out as one. */
function written(template: unknown): string {
  return JSON.stringify(template).replace(
    /"(\{\{(?:[^"\\{}]|\\.|\{[^{}]*\})*\}\})"(?!:)/g,
    (_, inner: string) => unescaped(inner),
  )
}

function quotedAfter(text: string, quoted: boolean): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quoted && c === '\\') i++
    else if (c === '"') quoted = !quoted
  }
  return quoted
}

function unescaped(inner: string): string {
  try {
    return JSON.parse(`"${inner}"`) as string
  } catch {
    return inner
  }
}
