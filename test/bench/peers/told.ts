/** Has the run tell, once a second, what the bench counts: `peers <acked> <consumed> <µs of CPU>`, all since the run began. */
import { definePlugin } from '../../../core/plugin.ts'

export const told = definePlugin({
  name: 'told',
  register(run) {
    let acked = 0
    let consumed = 0
    run.hooks.sample.tap(({ row }) => {
      for (const stream of Object.values(row.streams)) {
        acked += stream.acked
        consumed += stream.consumed
      }
      const { user, system } = process.cpuUsage()
      run.log.info(`peers ${acked} ${consumed} ${user + system}`)
    })
  },
})
