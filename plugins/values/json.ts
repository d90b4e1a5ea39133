import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { copy } from './copy.ts'
import { createDrawing, type Documents, render } from './json/documents.ts'
import { createFields } from './json/fields.ts'
import { keyLength, writeKey } from './json/key.ts'
import type { Field } from './json/placeholders.ts'
import { parseTemplate } from './json/template.ts'
import { overruled } from './overruled.ts'

/** 2026-01-01. */
const PLANNED = 1_767_225_600_000

/**
 * Values are JSON documents of a template: a pool of them is made before the run, each record takes one by chance and gets
 * its own index, key, time or UUID in it.
 */
export const json = definePlugin({
  name: 'values.json',
  slot: 'values',
  schema: lazySchema(async () => (await import('./json.schema.ts')).schema),
  stream(stream, { template, pool, locale }, run) {
    const parts = parseTemplate(template)
    const fakes = parts.some(p => typeof p === 'object' && 'fakes' in p)
    let made: Documents | undefined
    // when it is first asked for: main asks for sizes only where the rate is in bytes
    const documents = () => {
      made ??= render(
        parts,
        pool,
        createDrawing(locale, purpose => stream.random(purpose)),
        fakes,
      )
      return made
    }
    const random = stream.random('document')
    const pick = (index: number) => {
      random.seek(index)
      return random.int(pool)
    }
    // a plan, in which nothing starts, has the same times every day
    let wall = PLANNED
    const writeField = createFields(stream.random('field'), () => wall)
    const fields = parts.filter((p): p is Field => typeof p === 'object' && 'kind' in p)
    const own = fields.filter(f => f.kind !== 'key').length
    const keys = fields.length - own

    run.hooks.setup.tap(() => void documents())
    run.hooks.start.tap(() => {
      wall = Date.now() - run.now() / 1000
    })
    // last: a plugin of sizes cannot change how long a document is, one of tombstones can do without
    stream.hooks.sizeFor.tap(
      (bytes, draft) => {
        if (bytes < 0) return bytes
        const { starts } = made ?? documents()
        const d = pick(draft.index)
        const length = (starts[d + 1] as number) - (starts[d] as number)
        return keys === 0 ? length : length + keys * keyLength(draft.key)
      },
      { order: 'last' },
    )
    stream.hooks.valueFor.tap((draft, target) => {
      const { source, starts, offsets } = made as Documents
      const d = pick(draft.index)
      const begin = starts[d] as number
      const length = (starts[d + 1] as number) - begin
      const width = keys === 0 ? 0 : keyLength(draft.key)
      if (target.length !== length + keys * width) overruled()
      const first = d * fields.length
      let [from, to] = [begin, target.start]
      for (let f = 0; keys > 0 && f < fields.length; f++) {
        if ((fields[f] as Field).kind !== 'key') continue
        const at = begin + (offsets[first + f] as number)
        copy(source, from, at - from, target, to)
        to = writeKey(draft.key, target.bytes, to + at - from)
        from = at
      }
      copy(source, from, begin + length - from, target, to)
      // after the copy, which these are written over
      for (let f = 0, moved = target.start; own > 0 && f < fields.length; f++) {
        const field = fields[f] as Field
        if (field.kind === 'key') moved += width
        else writeField(field, target, moved + (offsets[first + f] as number), draft)
      }
      return true
    })
  },
})
