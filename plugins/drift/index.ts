/** What a long run must not do: grow, slow down, or lose the time of day. */
import { definePlugin } from '../../core/plugin.ts'
import { watchProcess } from './process.ts'
import { watchResponse } from './response.ts'
import { windowsOf } from './windows.ts'

/**
 * Compares the last tenth of the measured time with its first: by how much the generator's memory grew, by how much the mean
 * response time rose, and how far the wall clock went from the monotonic one.
 */
export const drift = definePlugin({
  name: 'drift',
  register(run) {
    const memory = run.metrics.gauge('memory', {
      unit: 'bytes',
      help: "the generator's resident memory in the last tenth of the measured time, less that in the first",
      merge: 'max',
    })
    const clock = run.metrics.gauge('clock', {
      unit: 'µs',
      help: 'the farthest that the wall clock went from the monotonic clock',
      merge: 'max',
    })
    // memory and clocks are the process's: one thread looks after them
    if (run.role === 'worker' && run.thread === 0)
      run.hooks.start.tap(() => watchProcess(run, windowsOf(run.config), { memory, clock }))
  },
  stream(stream, run) {
    // without a schedule there is no response time
    if (run.config.streams.find(s => s.name === stream.name)?.rate.kind === 'max') return
    const response = stream.metrics.gauge('response', {
      unit: 'µs',
      help: 'the mean response time of the last tenth of the measured time, less that of the first; of the worst thread',
      merge: 'max',
    })
    if (run.role === 'worker')
      stream.hooks.onAck.tap(watchResponse(windowsOf(run.config), us => response.set(us)))
  },
})
