/** `loadtest broker`: the embedded broker for other clients. */
import { type Command, ConfigError } from '../../core/plugin.ts'
import { rulesIn } from './faults/file.ts'
import { readSecurity, securityFlags, securityProtocol } from './security/command-options.ts'
import { spawnBroker } from './spawn.ts'

const EXIT_CONFIGURATION = 2
const EXIT_CANNOT_START = 3
const EXIT_INTERNAL = 70
/** As `startBroker` checks them; it is not loaded here, to keep the start short. */
const MAX_BROKERS = 100
const MAX_PARTITIONS = 10_000

export const brokerCommand: Command = {
  name: 'broker',
  summary: 'run the embedded broker for other clients, until Ctrl-C',
  options: [
    {
      flags: '--port <port>',
      about:
        'port to listen on, on 127.0.0.1; further brokers take those after it; 0: any free ones (default 9092)',
    },
    { flags: '--brokers <n>', about: 'brokers of the cluster, all in one process (default 1)' },
    {
      flags: '--partitions <n>',
      about: 'partitions of topics that clients create by using them (default 1)',
    },
    { flags: '--faults <file>', about: 'rules of faults to inject, a list in YAML or JSON' },
    { flags: '--control <port>', about: 'port to inject faults by HTTP, on 127.0.0.1; 0: any free one' },
    ...securityFlags,
  ],
  async run(options, signal) {
    try {
      const brokers = whole(options, 'brokers', 1, 1, MAX_BROKERS)
      // so that all of them have one
      const reason = brokers > 1 ? `: ${brokers} brokers take ${brokers} ports` : ''
      const port = whole(options, 'port', 9092, 0, 65_536 - brokers, reason)
      const partitions = whole(options, 'partitions', 1, 1, MAX_PARTITIONS)
      const control = whole(options, 'control', 0, 0, 65_535)
      const file = options['faults']
      const faults = file === undefined ? {} : { faults: await rulesIn(String(file), brokers) }
      const controlled = options['control'] === undefined ? {} : { control }
      const security = readSecurity(options)
      const broker = await spawnBroker({ port, brokers, partitions, ...faults, ...controlled, ...security })
      console.log(
        `embedded broker on ${broker.addresses.join(',')} (a test double: its figures are not Kafka's performance). Ctrl-C ends it.`,
      )
      if (security.tls || security.sasl) console.log(`security.protocol=${securityProtocol(security)}`)
      if (broker.control !== undefined) console.log(`control port on ${broker.control}`)
      const ended = broker.ended.then(() => 'ended')
      const why = await Promise.race([ended, aborted(signal), orphaned()])
      await broker.close()
      if (why !== 'ended') return 0
      console.error('the embedded broker has ended by itself')
      return EXIT_INTERNAL
    } catch (error) {
      if (error instanceof ConfigError || error instanceof RangeError) {
        console.error(error.message)
        return EXIT_CONFIGURATION
      }
      const { code, message, port } = error as NodeJS.ErrnoException & { port?: number }
      if (code === undefined) throw error
      const flag = port === Number(options['control'] ?? Number.NaN) ? '--control' : '--port'
      const remedy =
        code === 'EADDRINUSE'
          ? `the port is in use: "ss -ltnp 'sport = :${port}'" shows by whom; ${flag} 0 takes a free one`
          : `choose another port with ${flag}`
      console.error(`${message}: ${remedy}`)
      return EXIT_CANNOT_START
    }
  },
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** npx and npm hand a signal on to their shell alone, which ends without a word: then the parent is another one. */
function orphaned(): Promise<void> {
  const parent = process.ppid
  return new Promise(resolve => {
    if (process.env['npm_command'] === undefined) return
    setInterval(() => process.ppid !== parent && resolve(), 500).unref()
  })
}

/** @throws RangeError that says which option is wrong, and what is right. */
function whole(
  options: Readonly<Record<string, unknown>>,
  name: string,
  fallback: number,
  min: number,
  max: number,
  reason = '',
): number {
  const given = options[name] ?? fallback
  const n = Number(given)
  if (/^\d+$/.test(String(given)) && n >= min && n <= max) return n
  throw new RangeError(
    `--${name} is ${String(given)}: expected a whole number from ${min} to ${max}${reason}`,
  )
}
