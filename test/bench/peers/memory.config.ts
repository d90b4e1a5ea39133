/**
 * What garbage the path of a record leaves: the share of its time that a worker spends collecting it, and what is still
 * held by both threads after a forced collection, early and late in the run.
 */
import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { defineConfig } from 'kafka-loadtest'
import { definePlugin } from '../../../core/plugin.ts'
import { told } from './told.ts'

/** Seconds since t0 of the two looks. */
const looks = (process.env['PEERS_LOOKS_S'] ?? '20,60').split(',').map(Number)

/** Node tells of a collection why it took place; its types do not say so. */
function isForced(entry: PerformanceEntry & { readonly detail?: { readonly flags?: number } }): boolean {
  return ((entry.detail?.flags ?? 0) & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) !== 0
}

const memory = definePlugin({
  name: 'memory',
  register(run) {
    setFlagsFromString('--expose-gc')
    const collect: unknown = runInNewContext('gc')
    if (typeof collect !== 'function') throw new Error('this Node has no forced collection')
    let collecting = 0
    const observer = new PerformanceObserver(list => {
      for (const entry of list.getEntries()) if (!isForced(entry)) collecting += entry.duration
    })
    observer.observe({ entryTypes: ['gc'] })
    run.defer(() => observer.disconnect())
    const bytes: number[] = []
    let gcShare = 0
    const worker = run.metrics.collect('worker', { take: () => ({ held: bytes, gcShare }), merge: a => a })
    run.hooks.result.tap(({ sections }) => {
      sections['memory'] = { main: { held: bytes }, worker: worker.value }
    })
    run.hooks.start.tap(() => {
      const [first = 0, last = 0] = looks
      for (const second of looks)
        run.at(second * 1e6, () => {
          collect()
          const { heapUsed, arrayBuffers } = process.memoryUsage()
          bytes.push(heapUsed + arrayBuffers)
        })
      run.at(first * 1e6 - 1, () => {
        collecting = 0
      })
      run.at(last * 1e6 - 1, () => {
        gcShare = collecting / ((last - first) * 1000)
      })
    })
  },
})

export default defineConfig({
  consumers: 0,
  plugins: [memory(), told()],
})
