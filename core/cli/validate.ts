import { mergeConfig } from '../config/merge.ts'
import { resolveConfig } from '../config/resolve.ts'
import type { ConfigSource } from '../config/source.ts'
import { idleHost } from '../host.ts'

/** `loadtest validate`: the configuration, its plugins and their schedules; no socket is opened. */
export async function validateCommand(source: ConfigSource): Promise<number> {
  const merged = await mergeConfig(source)
  const config = await resolveConfig(merged)
  const host = idleHost(merged, config)
  host.register()
  await host.close()
  const seconds = (us: number) => `${us / 1e6} s`
  for (const { config: s, schedule } of host.streams) {
    const what =
      schedule === undefined
        ? `as fast as it goes for ${seconds(config.warmupUs + config.durationUs)}`
        : `${schedule.total.toLocaleString('en-US')} records in ${seconds(schedule.endUs)}`
    const parts = { producer: s.producers, consumer: s.consumers.count, threshold: s.thresholds.length }
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
