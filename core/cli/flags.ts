/** Every option as a flag: `--rate 20k/s`, `--producer.acks 1`, `--streams.audit.rate 1k/s`, `--thresholds.response.p99 '< 20ms'`. */
import { Option, type Command as Program } from 'commander'
import { flagOf, fromText, options, shorthands } from '../config/options.ts'
import type { Setting } from '../config/source.ts'

/** Names that are the user's own, so that no table can list them. */
const OPEN =
  /^--(streams\.[^.=]+|thresholds|topic\.configs|sasl\.password|sasl\.token)\.([^=]+)(?:=([\s\S]*))?$/

export function addConfigFlag(command: Program): Program {
  return command.option(
    '-c, --config <file>',
    'configuration file (default: loadtest.config.* or package.json#loadtest, from here upwards)',
  )
}

export function addFlags(command: Program): Program {
  addConfigFlag(command)
  for (const { path, kind, about, default: value } of options) {
    const written =
      value === undefined || (typeof value === 'object' && Object.keys(value as object).length === 0)
        ? ''
        : ` (default ${String(value)})`
    // an object is given key by key: --topic.configs.retention.ms 60000
    if (path === 'topic.configs') command.option(`${flagOf(path)}.<key> <text>`, about)
    else if (kind.parts) {
      for (const part of kind.parts) command.option(`${flagOf(path)}.${part} <${kind.metavar}>`, about)
      // taken, so that what is wrong with a secret on the command line can be told without showing it
      command.addOption(new Option(`${flagOf(path)} <${kind.metavar}>`).hideHelp())
    } else
      command.option(
        `${flagOf(path)} ${kind.metavar ? `<${kind.metavar}>` : '[true|false]'}`,
        about + written,
      )
  }
  for (const [group, inner] of Object.entries(shorthands))
    command.option(
      `--${group} ${isSwitch(`${group}.${inner}`) ? '[true|false]' : `<${inner}>`}`,
      `short for --${group}.${inner}`,
    )
  command.option('--streams.<name>.<option> <value>', 'an option of one stream')
  command.option(
    '--thresholds.<metric> <comparison>',
    "what the run is judged by, e.g. --thresholds.response.p99 '< 20ms'",
  )
  const several = (v: string, all: readonly string[]) => [...all, v]
  command.option('--preset <name[=json]>', 'lay a preset over the file, with its options', several, [])
  return command.option('--plugin <name[=json]>', 'add a plugin, by name, with its options', several, [])
}

/** NAME or NAME={ … }, as plugins and presets are listed: with the options of it, [name, options]. */
export function entryOf(text: string): string | readonly [name: string, options: unknown] {
  const [, name, json] = /^([^=]+)=([\s\S]*)$/.exec(text) ?? []
  return name === undefined || json === undefined ? text : [name, fromText(json)]
}

function isSwitch(path: string): boolean {
  return options.find(o => o.path === path)?.kind.metavar === undefined
}

/** The arguments as commander takes them, and what then becomes of its answer. */
export function readFlags(argv: readonly string[]): {
  args: readonly string[]
  settings(flags: Record<string, unknown>): Setting[]
} {
  const args: string[] = []
  const open: Setting[] = []
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] as string
    const [, group, rest, inline] = OPEN.exec(arg) ?? []
    if (group === undefined || rest === undefined) {
      // --producer.batchSize and --producer.batch-size are one
      args.push(arg.replace(/^--[\w.]*[A-Z][\w.]*/, name => flagOf(name.slice(2))))
      continue
    }
    const inner = group.startsWith('streams.')
    const path = inner ? rest.replace(/-([a-z])/g, (_, c: string) => c.toUpperCase()) : rest
    const next = argv[i + 1]
    const alone = inner && isSwitch(path) && !(path in shorthands) && !path.includes('thresholds')
    const value = inline ?? (alone && (next === undefined || next.startsWith('--')) ? 'true' : argv[++i])
    const own = /^(thresholds|topic\.configs)\.(.+)$/.exec(path)
    const keys = inner
      ? [
          ...group.split('.'),
          ...(own ? [...(own[1] as string).split('.'), own[2] as string] : path.split('.')),
        ]
      : [...group.split('.'), rest]
    open.push({ keys, value: fromText(value ?? ''), label: arg.split('=')[0] as string })
  }
  const known = new Map(
    [...options.map(o => o.path), ...Object.keys(shorthands)].map(path => [
      flagOf(path)
        .slice(2)
        .replace(/-([a-z])/g, (_, c: string) => c.toUpperCase()),
      path,
    ]),
  )
  return {
    args,
    settings(flags) {
      const settings: Setting[] = []
      for (const [name, value] of Object.entries(flags)) {
        const path = known.get(name)
        if (path !== undefined)
          settings.push({
            keys: path.split('.'),
            value: typeof value === 'string' ? fromText(value) : value,
            label: flagOf(path),
          })
      }
      for (const [flag, key] of Object.entries({ preset: 'extends', plugin: 'plugins' })) {
        for (const text of (flags[flag] as string[] | undefined) ?? []) {
          const entry = entryOf(text)
          const name = typeof entry === 'string' ? entry : entry[0]
          settings.push({ keys: [key], value: [entry], label: `--${flag} ${name}` })
        }
      }
      return [...settings, ...open]
    },
  }
}
