import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { cycled } from './cycle.ts'
import { KeyWriter } from './key-writer.ts'

/** Keys by a template with ranges of numbers, such as user-{0..9999}: all of them in turn, or drawn uniformly. */
export const template = definePlugin({
  name: 'keys.template',
  slot: 'keys',
  schema: lazySchema(async () => (await import('./template.schema.ts')).schema),
  stream(stream, { template: { parts, total }, order }) {
    const random = stream.random('key')
    const texts = parts.map(({ text }) => Buffer.from(text))
    const lengths = parts.map(({ text, from, size, width }) =>
      size === 0 ? Buffer.byteLength(text) : Math.max(width, String(from + size - 1).length),
    )
    const writer = new KeyWriter(lengths.reduce((sum, length) => sum + length, 0))
    const write = (nth: number) => {
      writer.begin()
      // the last range changes first
      let rest = nth
      for (let i = parts.length - 1; i >= 0; i--) {
        const { from, size, width } = parts[i] as (typeof parts)[number]
        if (size === 0) {
          const text = texts[i] as Buffer
          writer.prependBytes(text, 0, text.length)
        } else {
          const next = Math.floor(rest / size)
          writer.prependDigits(from + rest - next * size, width)
          rest = next
        }
      }
      return writer.key()
    }
    if (order === 'cycle') stream.hooks.keyFor.tap((_key, draft) => write(cycled(draft.index, total)))
    else
      stream.hooks.keyFor.tap((_key, draft) => {
        random.seek(draft.index)
        return write(random.int(total))
      })
  },
})
