import { definePlugin, lazySchema } from '../../core/plugin.ts'

/** Headers that are the same for every record. */
export const fixed = definePlugin({
  name: 'headers.fixed',
  schema: lazySchema(async () => (await import('./fixed.schema.ts')).schema),
  stream(stream, { headers }) {
    const names = Object.keys(headers)
    const values = Object.values(headers).map(text => Buffer.from(text))
    stream.hooks.beforeSend.tap(draft => {
      for (let i = 0; i < names.length; i++) draft.setHeader(names[i] as string, values[i] as Buffer)
    })
  },
})
