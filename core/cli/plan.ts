import { createColors } from 'picocolors'
import { mergeConfig } from '../config/merge.ts'
import { resolveConfig } from '../config/resolve.ts'
import type { ConfigSource } from '../config/source.ts'
import { located } from '../errors.ts'
import { nameRun } from '../naming.ts'
import { createTerminal } from '../terminal.ts'
import { drawPlan, pictureWidth, type Section } from './plan/draw.ts'
import { openHosts } from './plan/hosts.ts'
import { planStream, type StreamPlan } from './plan/stream.ts'

/** `loadtest plan`: what a configuration will send, drawn without a broker. `json`: the same as data. */
export async function planCommand(source: ConfigSource, json: boolean): Promise<number> {
  const { columns, colors } = createTerminal()
  if (json) console.log(JSON.stringify({ streams: await plansOf(source, pictureWidth(80)) }, null, 2))
  else console.log(await planText(source, { columns, colors }))
  return 0
}

export interface PlanTextOptions {
  readonly columns: number
  readonly colors: boolean
  /** @default all that there are */
  readonly sections?: readonly Section[]
}

/** @throws ConfigError and PluginError, as `validate` */
export async function planText(source: ConfigSource, options: PlanTextOptions): Promise<string> {
  const page = { width: pictureWidth(options.columns), colors: createColors(options.colors) }
  const plans = await plansOf(source, page.width)
  const title = (plan: StreamPlan) =>
    plans.length > 1 ? [page.colors.bold(`stream ${plan.stream}`), ''] : []
  return plans
    .map(plan => [...title(plan), ...drawPlan(plan, page, options.sections)].join('\n'))
    .join('\n\n\n')
}

async function plansOf(source: ConfigSource, width: number): Promise<StreamPlan[]> {
  const merged = await mergeConfig(source)
  // plugins may tell streams apart by their topics
  const config = nameRun(await resolveConfig(merged), false, undefined)
  const hosts = await openHosts(merged, config).catch((error: unknown) => {
    throw located(error, merged.originOf)
  })
  try {
    return config.streams.map((_, number) => planStream(config, hosts, number, width))
  } finally {
    await hosts.worker.close()
    await hosts.main.close()
  }
}
