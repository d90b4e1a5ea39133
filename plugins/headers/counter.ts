import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { PooledBytes } from '../options/pooled-bytes.ts'

/** Of a number below 2^53. */
const MOST_DIGITS = 16

/** A header that counts the records of the stream, in the order of the schedule: the same for a seed whatever the threads. */
export const counter = definePlugin({
  name: 'headers.counter',
  schema: lazySchema(async () => (await import('./counter.schema.ts')).schema),
  stream(stream, { name, start, encoding }) {
    if (encoding === 'int64') {
      const bytes = new Uint8Array(8)
      const view = new DataView(bytes.buffer)
      stream.hooks.beforeSend.tap(draft => {
        const n = start + draft.index
        view.setUint32(0, Math.floor(n / 2 ** 32))
        view.setUint32(4, n >>> 0)
        draft.setHeader(name, bytes)
      })
      return
    }
    const bytes = new PooledBytes(MOST_DIGITS)
    stream.hooks.beforeSend.tap(draft => {
      bytes.begin()
      bytes.prependDigits(start + draft.index, 0)
      // drivers copy it when they take the record
      draft.setHeader(name, bytes.written())
    })
  },
})
