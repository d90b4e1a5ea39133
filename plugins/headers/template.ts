import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { cycled } from '../options/cycled.ts'
import { templateWriter } from '../options/template.ts'

/** A header by a template with ranges of numbers, such as `tenant-{0..99}`: drawn uniformly, or all of them in turn. */
export const template = definePlugin({
  name: 'headers.template',
  schema: lazySchema(async () => (await import('./template.schema.ts')).schema),
  stream(stream, { name, template, order }) {
    const { total } = template
    // two of these plugins draw independently of each other
    const random = stream.random(`header ${name}`)
    const write = templateWriter(template)
    if (order === 'cycle')
      stream.hooks.beforeSend.tap(draft => draft.setHeader(name, write(cycled(draft.index, total))))
    else
      stream.hooks.beforeSend.tap(draft => {
        random.seek(draft.index)
        draft.setHeader(name, write(random.int(total)))
      })
  },
})
