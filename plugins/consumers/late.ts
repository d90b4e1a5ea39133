import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { chosenBy, expectMembers } from './whom.ts'

/** Members that join their group while the run goes on, all at once or one after the other. */
export const late = definePlugin({
  name: 'consumers.late',
  schema: lazySchema(async () => (await import('./late.schema.ts')).schema),
  stream(stream, { after, apart, ...whom }, run) {
    expectMembers(run, 'consumers.late', { after })
    const isLate = chosenBy(whom, 'consumers.late', run, stream)
    const came = new Set<number>()
    stream.hooks.pollFor.tap(member => {
      const { number, index, now } = member
      if (came.has(number) || !isLate(member)) return undefined
      const before = whom.member === undefined ? index : 0
      if (now < after + before * apart) return 'leave'
      came.add(number)
      return 'join'
    })
  },
})
