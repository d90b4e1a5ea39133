import { definePlugin } from 'kafka-loadtest/plugin'
import { z } from 'zod'

/** Ends the run when more than `most` records have failed: it drains, reports, and says why. */
export const giveUp = definePlugin({
  name: 'give-up',
  schema: z.strictObject({ most: z.number().int().min(0) }),
  register(run, { most }) {
    run.hooks.sample.tap(snapshot => {
      const failed = snapshot.value('failed.count')
      if (typeof failed === 'number' && failed > most) run.abort(`${failed} records failed`)
    })
  },
})
