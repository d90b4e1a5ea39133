import { definePlugin, lazySchema } from '../../core/plugin.ts'

const DIGITS = Buffer.from('0123456789abcdef')
/** Both digits of a byte. */
const HEX = Uint16Array.from(
  { length: 256 },
  (_, byte) => ((DIGITS[byte >> 4] as number) << 8) | (DIGITS[byte & 15] as number),
)
/** 00-<trace id, 32 digits>-<parent id, 16 digits>-<flags, 2 digits> */
const TEMPLATE = `00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`
const TRACE = 3
const PARENT = 36
const FLAG = 54
const WORD = 2 ** 32

/**
 * A header traceparent of W3C Trace Context: each record begins a trace of its own, whose ids are drawn by seed, stream and
 * record. They can be computed again, and a trace found by its record.
 */
export const traceContext = definePlugin({
  name: 'headers.traceContext',
  schema: lazySchema(async () => (await import('./trace-context.schema.ts')).schema),
  stream(stream, { sampled, tracestate }) {
    const random = stream.random('trace')
    const bytes = Buffer.from(TEMPLATE)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const state = tracestate === undefined ? undefined : Buffer.from(tracestate)
    /** Writes words of eight digits; all of an id being 0 would make it void. */
    const write = (start: number, words: number) => {
      let any = 0
      for (let at = start; at < start + 8 * words; at += 8) {
        const word = random.int(WORD) | 0
        any |= word
        view.setUint16(at, HEX[word >>> 24] as number)
        view.setUint16(at + 2, HEX[(word >>> 16) & 255] as number)
        view.setUint16(at + 4, HEX[(word >>> 8) & 255] as number)
        view.setUint16(at + 6, HEX[word & 255] as number)
      }
      if (any === 0) bytes[start] = DIGITS[1] as number
    }
    stream.hooks.beforeSend.tap(draft => {
      random.seek(draft.index)
      write(TRACE, 4)
      write(PARENT, 2)
      bytes[FLAG] = DIGITS[random.float() < sampled ? 1 : 0] as number
      // drivers copy it when they take the record
      draft.setHeader('traceparent', bytes)
      if (state !== undefined) draft.setHeader('tracestate', state)
    })
  },
})
