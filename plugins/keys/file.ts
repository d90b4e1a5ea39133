import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { cycled } from '../options/cycled.ts'
import { PooledBytes } from '../options/pooled-bytes.ts'

/**
 * Keys from a file, its lines or a column of it, in turn or drawn uniformly. It is read once, before the run, into memory that
 * all threads share.
 */
export const file = definePlugin({
  name: 'keys.file',
  slot: 'keys',
  schema: lazySchema(async () => (await import('./file.schema.ts')).schema),
  stream(stream, { keys: { bytes, offsets }, order }) {
    const count = offsets.length - 1
    let longest = 0
    for (let i = 0; i < count; i++)
      longest = Math.max(longest, (offsets[i + 1] as number) - (offsets[i] as number))
    const key = new PooledBytes(longest)
    const nth = (index: number) => {
      // a whole number to the machine too, or the look-ups would take as long as all the rest
      const n = index | 0
      key.begin()
      key.prepend(bytes, offsets[n] as number, offsets[n + 1] as number)
      return key.written()
    }
    if (order === 'cycle') stream.hooks.keyFor.tap((_key, draft) => nth(cycled(draft.index, count)))
    else {
      const random = stream.random('key')
      stream.hooks.keyFor.tap((_key, draft) => {
        random.seek(draft.index)
        return nth(random.int(count))
      })
    }
  },
})
