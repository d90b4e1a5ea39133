import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { copy } from './copy.ts'
import { Reader } from './corpus/reader.ts'
import { splitBy } from './corpus/split.ts'
import { overruled } from './overruled.ts'

/** Values are the records of a file or a folder, however large: in their order or shuffled, and from the beginning again. */
export const corpus = definePlugin({
  name: 'values.corpus',
  slot: 'values',
  schema: lazySchema(async () => (await import('./corpus.schema.ts')).schema),
  stream(stream, { corpus, format, prefix, order, memory }, run) {
    const reads = stream.metrics.counter('reads', {
      unit: 'blocks',
      help: 'blocks of the corpus that were read',
    })
    const time = stream.metrics.histogram('read', { unit: 'µs', help: 'to read a block of the corpus' })
    const reader = new Reader({
      corpus,
      split: splitBy(format, prefix),
      memory,
      shuffle: order === 'shuffled' ? stream.random('order') : undefined,
      onRead(us) {
        reads.add()
        time.record(us)
      },
    })
    let at = -1
    run.defer(() => reader.close())
    run.hooks.setup.tap(() => reader.warm())
    // last: a plugin of sizes cannot change how long a record is, one of tombstones can do without
    stream.hooks.sizeFor.tap(
      (bytes, draft) => {
        if (bytes < 0) return bytes
        at = draft.index
        reader.seek(at)
        return reader.length
      },
      { order: 'last' },
    )
    stream.hooks.valueFor.tap((draft, target) => {
      if (draft.index !== at) reader.seek((at = draft.index))
      if (target.length !== reader.length) overruled()
      copy(reader.block.source, reader.start, reader.length, target, target.start)
      return true
    })
  },
})
