/** A worker's entry: imports what main imported, to obtain the functions, and checks that it found the same. */
import { type MessagePort, workerData } from 'node:worker_threads'
import { loadClock } from './clock.ts'
import { fingerprintDifference, mergeConfig } from './config/merge.ts'
import { grafted } from './config/plain.ts'
import { runWorker } from './engine.ts'
import { ConfigError } from './errors.ts'
import { type FromWorker, packError, type ThreadInit } from './messages.ts'

const { init, port } = workerData as { init: ThreadInit; port: MessagePort }
try {
  const merged = await mergeConfig(init.source)
  const path = fingerprintDifference(init.fingerprint, merged.fingerprint)
  if (path !== undefined) {
    const expected = `the same in every thread, but it evaluated differently in worker ${init.thread}`
    const hint = 'compute random or time-dependent values once and pass them in'
    throw new ConfigError([{ path, expected, origin: merged.originOf(path), hint }])
  }
  const options = Object.fromEntries(
    merged.plugins.map(({ key, value }) => [key, grafted(init.config.options[key], value.options, key)]),
  )
  await runWorker(port, { ...init, config: { ...init.config, options } }, merged, await loadClock(init.clock))
} catch (error) {
  port.postMessage({ type: 'error', error: packError(error) } satisfies FromWorker)
  port.postMessage({ type: 'closed' } satisfies FromWorker)
  port.close()
}
