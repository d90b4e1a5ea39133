import { definePlugin } from '../../core/plugin.ts'
import { document } from './document.ts'
import { createSeries } from './series.ts'

const NO_FOLDER =
  "no folder for result.json and series.ndjson: a run in the calling thread has none, set out: 'results'"

/**
 * `result.json`, the whole result, at the end; and `series.ndjson`, a row a second while the run goes on, which a run
 * that is killed leaves behind. Slot `json`.
 */
export const json = definePlugin({
  name: 'json',
  register(run) {
    if (run.role !== 'main') return
    run.hooks.prepare.tap(() => {
      if (run.config.out === '') throw new Error(NO_FOLDER)
    })
    const series = createSeries(run)
    run.hooks.sample.tap(({ row }) => series.add(row))
    run.hooks.report.tap(async result => {
      try {
        const output = await run.output('result.json')
        await output.write(document(result.toJSON()))
        await output.close()
      } catch (error) {
        // a folder that took neither file is one failure, told once
        if (String(error) !== String(series.failure)) throw error
      }
      series.check()
    })
  },
})
