import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { cycled } from '../options/cycled.ts'
import { templateWriter } from '../options/template.ts'

/** Keys by a template with ranges of numbers, such as user-{0..9999}: all of them in turn, or drawn uniformly. */
export const template = definePlugin({
  name: 'keys.template',
  slot: 'keys',
  schema: lazySchema(async () => (await import('./template.schema.ts')).schema),
  stream(stream, { template, order }) {
    const { total } = template
    const random = stream.random('key')
    const write = templateWriter(template)
    if (order === 'cycle') stream.hooks.keyFor.tap((_key, draft) => write(cycled(draft.index, total)))
    else
      stream.hooks.keyFor.tap((_key, draft) => {
        random.seek(draft.index)
        return write(random.int(total))
      })
  },
})
