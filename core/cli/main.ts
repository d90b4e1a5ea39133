/** The command line: `loadtest <command> [flags]`. What a command needs is loaded when it is called. */
import { createRequire } from 'node:module'
import { CommanderError, Command as Program } from 'commander'
import type { Command, PluginValue } from '../define.ts'
import { explain } from './explain.ts'
import { addConfigFlag, addFlags, readFlags } from './flags.ts'
import { stopSignal } from './signals.ts'

const { version } = createRequire(import.meta.url)('kafka-loadtest/package.json') as { version: string }

async function main(argv: readonly string[]): Promise<number> {
  let exitCode = 0
  const program = new Program('loadtest')
    .description('Load tests for Apache Kafka and everything that speaks its protocol')
    .version(version)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      // what was given to a misspelt option may be a secret
      outputError: (text, write) =>
        write(text.replace(/^error: /, 'loadtest: ').replace(/(unknown option '[^'=]+)=[^\n]*'/, "$1'")),
    })
    .configureHelp({ showGlobalOptions: false })
    .addHelpText(
      'after',
      '\nloadtest run --help lists every option; without brokers the embedded broker is used.',
    )
  const { args, settings } = readFlags(argv)
  type Act = (source: ReturnType<typeof sourceOf>, flags: Record<string, unknown>) => Promise<number>
  const own = (name: string, about: string, act: Act) =>
    addFlags(program.command(name).description(about)).action(async (flags: Record<string, unknown>) => {
      exitCode = await act(sourceOf(name, flags), flags)
    })
  const sourceOf = (command: string, flags: Record<string, unknown>) => ({
    ...(typeof flags['config'] === 'string' ? { file: flags['config'] } : {}),
    flags: settings(flags),
    cwd: process.cwd(),
    env: { ...process.env },
    command,
  })
  own('run', 'run a load and report', async source => (await import('./run.ts')).runCommand(source))
  own('config', 'show every value of the configuration with its origin', async source =>
    (await import('./config.ts')).configCommand(source),
  )
  own('validate', 'check the configuration without touching the network', async source =>
    (await import('./validate.ts')).validateCommand(source),
  )
  own('plan', 'draw what it will send, without a broker', async (source, flags) =>
    (await import('./plan.ts')).planCommand(source, flags['json'] === true),
  ).option('--json', 'print the same as data')
  const presets = program.command('presets').description('list the presets that are built in')
  presets.action(async () => {
    exitCode = await (await import('./presets.ts')).listPresets()
  })
  presets
    .command('show <name[=json]>')
    .description('print a preset as a configuration in YAML')
    .action(async (name: string) => {
      exitCode = await (await import('./presets.ts')).showPreset(name)
    })
  const builtIn = await commandsOf(await builtInPlugins())
  const asked = args.find(arg => !arg.startsWith('-'))
  const known = [...builtIn.map(c => c.name), ...program.commands.map(c => c.name()), 'help', undefined]
  for (const command of known.includes(asked) ? builtIn : [...builtIn, ...(await usersCommands())]) {
    const added = program.command(command.name).description(command.summary)
    // the configuration is where a user's own command was found
    if (!builtIn.includes(command)) addConfigFlag(added)
    for (const { flags, about } of command.options ?? []) added.option(flags, about)
    added.action(async (flags: Record<string, string | boolean>) => {
      exitCode = await command.run(flags, stopSignal())
    })
  }
  if (args.length === 0) program.outputHelp()
  else await program.parseAsync([...args], { from: 'user' })
  return exitCode

  async function usersCommands(): Promise<Command[]> {
    const { mergeConfig } = await import('../config/merge.ts')
    const [, config] = /^(?:-c|--config)[\n=](.+)$/m.exec(args.join('\n')) ?? []
    const { plugins } = await mergeConfig(sourceOf('', { config }))
    const commands = await commandsOf(plugins.map(p => p.value))
    return commands.filter(c => !known.includes(c.name))
  }
}

async function builtInPlugins(): Promise<readonly PluginValue[]> {
  const url = new URL(`../../presets/default${import.meta.url.slice(-3)}`, import.meta.url)
  const { inlinePreset } = (await import(url.href)) as {
    inlinePreset: { config(): { plugins: readonly PluginValue[] } }
  }
  return inlinePreset.config().plugins
}
async function commandsOf(plugins: readonly PluginValue[]): Promise<Command[]> {
  return (await Promise.all(plugins.map(plugin => plugin.commands?.() ?? []))).flat()
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  // commander has said what is wrong; help and version are no faults
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : explain(error)
}
