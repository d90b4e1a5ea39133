/** The pool: documents made before the run, and where in them each record's own fields are. */
import type { Random } from '../../../core/plugin.ts'
import { type Source, sourceOf } from '../copy.ts'
import { createWords, type Words } from '../words.ts'
import { loadFaker, type Seeded } from './faker.ts'
import type { Drawing, Field, Part } from './placeholders.ts'

export interface Documents {
  readonly source: Source
  /** Where each begins, and where the last one ends. */
  readonly starts: Uint32Array
  readonly fields: readonly Field[]
  /** By document, then by field: from the document's start. */
  readonly offsets: Uint32Array
}

/** `of(purpose)`: as `stream.random`. */
export function createDrawing(locale: string, of: (purpose: string) => Random) {
  let seeded: Seeded | undefined
  let words: Words | undefined
  const random = of('pool')
  const faker = () => {
    seeded ??= loadFaker(locale)
    return seeded
  }
  return {
    random,
    get words() {
      words ??= createWords(of('vocabulary'))
      return words
    },
    faker: () => faker().faker,
    /** From here on it draws for another document. */
    begin(document: number, fakes: boolean) {
      random.seek(document)
      if (fakes) faker().seed(random.int(0x100000000))
    },
  }
}

export function render(
  parts: readonly Part[],
  count: number,
  drawing: Drawing & { begin(document: number, fakes: boolean): void },
  fakes: boolean,
): Documents {
  const fields = parts.filter(isField)
  const starts = new Uint32Array(count + 1)
  const offsets = new Uint32Array(count * fields.length)
  const pieces: Buffer[] = []
  let [at, offset] = [0, 0]
  for (let d = 0; d < count; d++) {
    drawing.begin(d, fakes)
    for (const p of parts) {
      if (isField(p)) offsets[offset++] = at - (starts[d] as number)
      const piece = isField(p)
        ? Buffer.alloc(p.width)
        : Buffer.from(typeof p === 'string' ? p : p.draw(drawing))
      pieces.push(piece)
      at += piece.length
    }
    starts[d + 1] = at
  }
  return { source: sourceOf(Buffer.concat(pieces)), starts, fields, offsets }
}

const isField = (p: Part): p is Field => typeof p === 'object' && 'kind' in p
