import { definePlugin } from 'kafka-loadtest/plugin'

/** A line for a pull request: `summary.md` in the run's folder, and the same text as a section of the result. */
export const markdown = definePlugin({
  name: 'markdown',
  register(run) {
    run.hooks.result.tap(result => {
      const { state } = result.verdict
      result.sections['markdown'] = `**${state}**, response p99 ${result.value('response.p99')} µs`
    })
    run.hooks.report.tap(async result => {
      const file = await run.output('summary.md')
      await file.write(`${result.sections['markdown']}\n`)
      await file.close()
    })
  },
})
