/**
 * What memory a run holds. MEMORY_LOOKS (seconds since t0, such as '20,60'): at each, what is held after a forced collection;
 * between them the share of its time that a worker collects garbage. The worker's figures are metrics, main's a section.
 */
import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { defineConfig, type InlinePlugin, without } from 'kafka-loadtest'

/** A collection of garbage, as Node tells it. */
interface Collection extends PerformanceEntry {
  readonly detail: { readonly flags?: number }
}
const looks = (process.env['MEMORY_LOOKS'] ?? '').split(',').filter(Boolean).map(Number)

const memory: InlinePlugin = {
  name: 'memory',
  register(run) {
    // what waits for t0 does so outside
    run.hooks.start.tap(() => run.role === 'main' && process.stdout.write('started\n'))
    const [first, last] = looks
    if (first === undefined || last === undefined) return
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const section: Record<string, number> = {}
    run.hooks.result.tap(async result => {
      result.sections['memory'] = section
    })
    // main's own metrics are in no result
    const gauge = (name: string, unit: string, help: string) => {
      const { set } = run.metrics.gauge(name, { unit, help, merge: 'max' })
      return (value: number) => (run.role === 'main' ? (section[name] = value) : set(value))
    }
    const tellShare = gauge('gc', 'share', 'of its time, collecting garbage')
    let collecting = 0
    const observer = new PerformanceObserver(list => {
      for (const { duration, detail } of list.getEntries() as Collection[]) {
        const { flags = 0 } = detail
        if ((flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) === 0) collecting += duration
      }
    })
    for (const second of looks) {
      const tellHeld = gauge(`held${second}`, 'bytes', 'heapUsed + arrayBuffers after a forced collection')
      run.at(second * 1e6, () => {
        if (second === last) {
          observer.disconnect()
          tellShare(collecting / ((last - first) * 1000))
        }
        collect()
        const { heapUsed, arrayBuffers } = process.memoryUsage()
        tellHeld(heapUsed + arrayBuffers)
        if (second === first) observer.observe({ entryTypes: ['gc'] })
      })
    }
  },
}

export default defineConfig({
  warmup: 0,
  threads: 1,
  allowTainted: true,
  consumers: { count: 1, from: 'earliest' },
  plugins: [without('console'), memory],
})
