import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createColors } from 'picocolors'
import { definePlugin, type Result } from '../../core/plugin.ts'
import { createProgress } from './progress.ts'
import { summary } from './summary.ts'

/** Progress on one line of stderr, once a second, and the summary on stdout at the end. Slot `console`. */
export const consoleReporter = definePlugin({
  name: 'console',
  register(run) {
    if (run.role !== 'main') return
    const { terminal } = run
    const config = run.config
    const { tty } = terminal
    let draw: ((text: string) => void) | undefined
    run.hooks.prepare.tap(
      () => {
        draw = terminal.claim()
        if (tty) draw?.(config.brokers.length > 0 ? 'connecting …' : 'starting …')
      },
      { order: 'first' },
    )
    const progress = createProgress({
      config,
      columns: () => terminal.columns,
      tty,
      colors: createColors(terminal.colors && tty),
    })
    run.hooks.sample.tap(snapshot => draw?.(progress(snapshot)))
    run.hooks.report.tap(
      async result => {
        const text = summary(result.toJSON(), {
          config,
          columns: terminal.columns,
          rows: terminal.rows,
          colors: createColors(terminal.colors),
          files: await filesOf(result.run),
          unitOf: metric => [...result.metricSamples()].find(m => m.name === metric)?.unit,
        })
        terminal.print(text)
      },
      // then the files are there, and the exit code counts what could not be written
      { order: 'last' },
    )
  },
})

/** What lies in the run's folder and is not older than the run. */
async function filesOf(run: Result['run']): Promise<string[]> {
  const names = await readdir(run.out).catch(() => [])
  const since = Date.parse(run.startedAt) - 1000
  const files = await Promise.all(
    names.map(async name => {
      const about = await stat(join(run.out, name)).catch(() => undefined)
      return about?.isFile() && about.mtimeMs >= since ? name : undefined
    }),
  )
  return files.filter(name => name !== undefined).sort()
}
