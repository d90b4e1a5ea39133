/** `series.ndjson`: opened with the first row, so that a folder that cannot be written costs the file and not the run. */
import type { Output, Run, SeriesRow } from '../../core/plugin.ts'

export interface Series {
  /** Adds a row; throws, once, what broke since the last one. From then on there is no more to come. */
  add(row: SeriesRow): void
  /** What broke, told or not. */
  readonly failure: unknown
  /** Throws what broke and was not told yet. */
  check(): void
}

export function createSeries(run: Run): Series {
  let output: Promise<Output> | undefined
  let written: Promise<unknown> = Promise.resolve()
  let failure: unknown
  let told = false
  const step = (act: (output: Output) => Promise<void>) => {
    output ??= run.output('series.ndjson', { checkpoint: true })
    const opened = output
    written = written
      .then(async () => failure === undefined && act(await opened))
      .catch(error => {
        failure ??= error
      })
    return written
  }
  const check = () => {
    if (failure === undefined || told) return
    told = true
    throw failure
  }
  return {
    add(row) {
      check()
      if (failure !== undefined) return
      if (output === undefined) run.defer(() => step(o => o.close()).then(() => undefined))
      // not waited for: a tap that is busy when the next second comes would miss its row
      void step(o => o.write(`${JSON.stringify(row)}\n`))
    },
    get failure() {
      return failure
    },
    check,
  }
}
