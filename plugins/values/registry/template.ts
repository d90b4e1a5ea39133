/** A template of documents that are encoded before the run: no record has a place of its own in them. */
import type { Random } from '../../../core/plugin.ts'
import { Expected } from '../expected.ts'
import type { createDrawing } from '../json/documents.ts'
import type { Drawing, Part } from '../json/placeholders.ts'
import { parseTemplate } from '../json/template.ts'

type Pooled = string | { draw(from: Drawing, document: number): string; readonly fakes: boolean }

/** @throws Expected */
export function pooledTemplate(template: unknown): Pooled[] {
  return parseTemplate(template).map(pooled)
}

/** What the template makes for one document. */
export function documentOf(
  parts: readonly Pooled[],
  document: number,
  drawing: ReturnType<typeof createDrawing>,
): unknown {
  drawing.begin(
    document,
    parts.some(p => typeof p === 'object' && p.fakes),
  )
  let text = ''
  for (const p of parts) text += typeof p === 'string' ? p : p.draw(drawing, document)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Expected(`JSON once the placeholders are filled in: ${(error as Error).message}`)
  }
}

function pooled(part: Part): Pooled {
  if (typeof part === 'string') return part
  if ('draw' in part)
    return {
      fakes: part.fakes === true,
      draw(from) {
        try {
          return part.draw(from)
        } catch (error) {
          if (error instanceof Expected) throw error
          throw new Expected(`placeholders that can be filled in: ${(error as Error).message}`)
        }
      },
    }
  const { kind, width, pad } = part
  if (kind === 'uuid') return { fakes: false, draw: ({ random }) => uuid(random) }
  if (kind !== 'index')
    throw new Expected(`no {{key}} and no {{timestamp}}, since documents are encoded before the run`)
  return { fakes: false, draw: (_, document) => String(document).padStart(width, String.fromCharCode(pad)) }
}

function uuid(random: Random): string {
  const hex = (digits: number) => Array.from({ length: digits }, () => random.int(16).toString(16)).join('')
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'[random.int(4)]}${hex(3)}-${hex(12)}`
}
