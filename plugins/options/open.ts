import { ConfigError, type Stream } from '../../core/plugin.ts'

/** For plugins that make the schedule: at rate `max` there is none, and they would be passed over in silence. */
export function needsSchedule(stream: Stream, plugin: string): void {
  if (stream.config.rate !== 'max') return
  const expected = `a rate such as '5k/s' for ${plugin} to work on, since a run at 'max' has no schedule`
  const hint = `or take the plugin out: without('${plugin}')`
  throw new ConfigError([{ path: 'rate', value: 'max', expected, hint }])
}
