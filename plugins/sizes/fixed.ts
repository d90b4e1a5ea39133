import { definePlugin, lazySchema } from '../../core/plugin.ts'

/** Values of one size. As the option `size` of the stream, where a plugin of the slot `sizes` is to be replaced. */
export const fixed = definePlugin({
  name: 'sizes.fixed',
  slot: 'sizes',
  schema: lazySchema(async () => (await import('./fixed.schema.ts')).schema),
  stream(stream, { size }) {
    stream.hooks.sizeFor.tap(() => size)
  },
})
