import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { chosenBy, expectMembers } from './whom.ts'

/** Members that stop fetching for a while, once or again and again, and keep their partitions meanwhile. */
export const paused = definePlugin({
  name: 'consumers.paused',
  schema: lazySchema(async () => (await import('./paused.schema.ts')).schema),
  stream(stream, { from, for: length, every, ...whom }, run) {
    expectMembers(run, 'consumers.paused', { from })
    const isMeant = chosenBy(whom, 'consumers.paused', run, stream)
    const period = every ?? Number.POSITIVE_INFINITY
    stream.hooks.pollFor.tap(member => {
      const since = member.now - from
      return since >= 0 && since % period < length && isMeant(member) ? 'pause' : undefined
    })
  },
})
