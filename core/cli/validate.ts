import { mergeConfig } from '../config/merge.ts'
import { resolveConfig } from '../config/resolve.ts'
import type { ConfigSource } from '../config/source.ts'
import { located } from '../errors.ts'
import { idleHost } from '../host.ts'
import { nameRun } from '../naming.ts'
import { oddThresholds } from './odd-thresholds.ts'
import { workerHost } from './plan/hosts.ts'

/** `loadtest validate`: the configuration, its plugins and their schedules; no socket is opened. */
export async function validateCommand(source: ConfigSource): Promise<number> {
  const merged = await mergeConfig(source)
  // plugins may tell streams apart by their topics
  const config = nameRun(await resolveConfig(merged), false, undefined)
  const host = idleHost(merged, config)
  const worker = workerHost(merged, config)
  try {
    host.register()
    worker.register()
  } catch (error) {
    throw located(error, merged.originOf)
  }
  const ids = merged.plugins.map(p => p.value.id)
  for (const odd of oddThresholds(config, ids, [host, worker])) console.error(`warning: ${odd}`)
  await worker.close()
  await host.close()
  const seconds = (us: number) => `${us / 1e6} s`
  for (const { config: s, schedule } of host.streams) {
    const how =
      s.producers === 0 ? 'only read' : s.rate.kind === 'fed' ? 'as it is fed' : 'as fast as it goes'
    const what =
      schedule === undefined
        ? `${how} for ${seconds(config.warmupUs + config.durationUs)}`
        : `${schedule.total.toLocaleString('en-US')} records in ${seconds(schedule.endUs)}`
    const consumers = s.consumers.count * s.consumers.groups
    const parts = { producer: s.producers, consumer: consumers, threshold: s.thresholds.length }
    console.log([`${s.name}: ${what}`, ...Object.entries(parts).map(counted)].join(', '))
  }
  const threads = counted(['worker thread', config.threads])
  const file = config.file ?? 'no configuration file'
  console.log(`valid: ${file}, ${threads}, plugins ${merged.plugins.map(p => p.key).join(', ')}`)
  return 0
}

function counted([name, n]: [name: string, n: number]): string {
  return `${n} ${name}${n === 1 ? '' : 's'}`
}
