/** A plugin of the slot `driver` → the driver that it provides, as the engine makes it. */
import { monotonicClock } from '../../core/clock.ts'
import { mergeConfig } from '../../core/config/merge.ts'
import { resolveConfig } from '../../core/config/resolve.ts'
import { Host } from '../../core/host.ts'
import { openOutput } from '../../core/output.ts'
import type { Config, Driver, InlinePlugin, Plugin } from '../../core/plugin.ts'
import { createTerminal } from '../../core/terminal.ts'

export interface Subject {
  readonly driver: Driver
  /** µs since t0, as the driver has it. */
  now(): number
  /** What the plugin did with its `run`: metrics by name, events' titles and logged lines. */
  readonly said: readonly string[]
  close(): Promise<void>
}

/**
 * @param config what a user writes, beside `brokers` and `plugins`.
 * @throws ConfigError when the plugin refuses it, before anything is connected.
 */
export async function openSubject(
  plugin: Plugin | InlinePlugin,
  brokers: readonly string[],
  config: Config = {},
): Promise<Subject> {
  // brokers come as from a plugin that started some: the configuration's own would be checked before
  const value = { timeout: '20s', ...config, plugins: [plugin] }
  const merged = await mergeConfig({ value, cwd: process.cwd(), env: {}, command: 'conformity' })
  const resolved = await resolveConfig(merged)
  const plugins = merged.plugins.filter(each => each.value.slot === 'driver')
  const said: string[] = []
  const say = (text: string) => void said.push(text)
  const host = new Host({
    run: {
      role: 'main',
      thread: -1,
      config: resolved,
      terminal: createTerminal(true),
      log: { info: say, warn: say },
      output: (name, options) => openOutput(resolved.out, name, options?.checkpoint),
      client: () => Promise.reject(new Error('a driver has no client: it is one')),
      abort: say,
    },
    merged: { ...merged, plugins },
    clock: monotonicClock,
    fail: error => {
      throw error
    },
  })
  host.register()
  const shared = { brokers: [...brokers] }
  await host.hooks.prepare.promise(shared)
  const driver = await host.hooks.driver.promise(shared)
  if (driver === undefined) throw new Error('the plugin provides no driver: tap the hook `driver`')
  host.start(monotonicClock.now())
  return {
    driver,
    now: () => host.now(),
    said,
    close: async () => {
      await driver.close(AbortSignal.timeout(5000))
      await host.close()
    },
  }
}
