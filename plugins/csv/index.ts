import { definePlugin } from '../../core/plugin.ts'
import { type PhaseRow, type SecondRow, seriesColumns, summaryColumns } from './columns.ts'
import { table } from './table.ts'

const NO_FOLDER =
  "no folder for summary.csv and series.csv: a run in the calling thread has none, set out: 'results'"

/**
 * `summary.csv`, a line for each stream and phase, and `series.csv`, a line for each second and stream, both at the end.
 * A figure that the run does not have is an empty cell, an infinite percentile `inf`.
 *
 * @example plugins: [csv()]
 */
export const csv = definePlugin({
  name: 'csv',
  register(run) {
    if (run.role !== 'main') return
    run.hooks.prepare.tap(() => {
      if (run.config.out === '') throw new Error(NO_FOLDER)
    })
    const write = async (name: string, text: string) => {
      const output = await run.output(name)
      await output.write(text)
      await output.close()
    }
    run.hooks.report.tap(async report => {
      const result = report.toJSON()
      const phases = Object.entries(result.streams).flatMap(([stream, { phases }]) =>
        (['warmup', 'measure'] as const).map(
          (phase): PhaseRow => ({ result, stream, phase, figures: phases[phase] }),
        ),
      )
      const seconds = result.series.flatMap(row =>
        Object.keys(row.streams).map((stream): SecondRow => ({ result, stream, row })),
      )
      await write('summary.csv', table(summaryColumns, phases))
      await write('series.csv', table(seriesColumns, seconds))
    })
  },
})
