import { definePlugin } from '../../core/plugin.ts'
import { copy, type Source, sourceOf } from './copy.ts'
import { createWords } from './words.ts'

/** Bytes of text that values are cut from: a batch of 64 KiB repeats 1 % of itself. */
const LENGTH = 4 << 20
/** How far it may be to the next word. */
const MARGIN = 64
const SPACE = 32

/** Values of any size, cut from sentences of words that are as frequent as in English: they compress as prose does. */
export const text = definePlugin({
  name: 'values.text',
  slot: 'values',
  stream(stream, run) {
    const random = stream.random('place')
    let prose: Source | undefined
    run.hooks.setup.tap(() => {
      const words = createWords(stream.random('vocabulary'))
      const from = stream.random('text')
      from.seek(0)
      prose = sourceOf(Buffer.from(words.text(from, LENGTH), 'latin1'))
    })
    stream.hooks.valueFor.tap((draft, target) => {
      const source = prose as Source
      random.seek(draft.index)
      let from = 1 + random.int(LENGTH - MARGIN)
      while (source.bytes[from - 1] !== SPACE) from++
      let to = target.start
      for (const end = to + target.length; to < end; from = 0) {
        const length = Math.min(end - to, LENGTH - from)
        copy(source, from, length, target, to)
        to += length
      }
      return true
    })
  },
})
