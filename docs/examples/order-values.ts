import { definePlugin } from 'kafka-loadtest/plugin'

/** Values are JSON orders of one length: the text is made once, the order's number is written into each copy. */
export const orderValues = definePlugin({
  name: 'order-values',
  slot: 'values',
  stream(stream) {
    const text = Buffer.from('{"order":"0000000000","currency":"EUR"}')
    const lastDigit = text.indexOf('","currency') - 1
    stream.hooks.sizeFor.tap(() => text.length)
    stream.hooks.valueFor.tap((draft, { bytes, start }) => {
      text.copy(bytes, start)
      for (let n = draft.index, at = start + lastDigit; n > 0; n = Math.floor(n / 10))
        bytes[at--] = 48 + (n % 10)
      return true
    })
  },
})
