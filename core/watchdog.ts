/** A thread that watches main: when main is blocked, nothing is merged, drawn or stopped, and the load would go on. */
import { Worker } from 'node:worker_threads'

const SILENCE_MS = 15_000

/** Beats from main's event loop; without a beat for 15 s the process ends, leaving the last checkpoint. */
export function startWatchdog(): () => void {
  const beats = new Int32Array(new SharedArrayBuffer(4))
  const beat = setInterval(() => Atomics.add(beats, 0, 1), 500)
  beat.unref()
  const watch = `
    const { workerData } = require('node:worker_threads')
    const { writeSync } = require('node:fs')
    let last = -1, since = Date.now(), tick = since
    setInterval(() => {
      // the whole process was suspended: main had no turn either
      if (Date.now() - tick > 3000) since = Date.now()
      tick = Date.now()
      const now = Atomics.load(workerData.beats, 0)
      if (now !== last) { last = now; since = Date.now(); return }
      if (Date.now() - since < workerData.ms) return
      writeSync(2, 'loadtest: the main thread has been blocked for ' + workerData.ms / 1000 +
        ' s by a plugin (sample, result or report); ending. What series.ndjson holds is the run up to here.\\n')
      process.kill(process.pid, 'SIGKILL')
    }, 1000)`
  const worker = new Worker(watch, { eval: true, workerData: { beats, ms: SILENCE_MS }, execArgv: [] })
  worker.unref()
  return () => {
    clearInterval(beat)
    void worker.terminate()
  }
}
