/** `loadtest broker`: the embedded broker for other clients. */
import type { Command } from '../../core/plugin.ts'
import { spawnBroker } from './spawn.ts'

const EXIT_CONFIGURATION = 2
const EXIT_CANNOT_START = 3
const EXIT_INTERNAL = 70

export const brokerCommand: Command = {
  name: 'broker',
  summary: 'run the embedded broker for other clients, until Ctrl-C',
  options: [
    { flags: '--port <port>', about: 'port to listen on, on 127.0.0.1; 0: any free one (default 9092)' },
    {
      flags: '--partitions <n>',
      about: 'partitions of topics that clients create by using them (default 1)',
    },
  ],
  async run(options, signal) {
    const port = whole(options['port'] ?? '9092', 0, 65_535)
    const partitions = whole(options['partitions'] ?? '1', 1, 10_000)
    if (port === undefined || partitions === undefined) {
      const [name, range] = port === undefined ? ['port', '0 to 65535'] : ['partitions', '1 to 10000']
      console.error(`--${name} is ${String(options[name])}: expected a whole number from ${range}`)
      return EXIT_CONFIGURATION
    }
    try {
      const broker = await spawnBroker({ port, partitions })
      console.log(
        `embedded broker on ${broker.address} (a test double: its figures are not Kafka's performance). Ctrl-C ends it.`,
      )
      await Promise.race([broker.ended, aborted(signal)])
      await broker.close()
      if (signal.aborted) return 0
      console.error('the embedded broker has ended by itself')
      return EXIT_INTERNAL
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === undefined) throw error
      const remedy =
        code === 'EADDRINUSE'
          ? `the port is in use: "ss -ltnp 'sport = :${port}'" shows by whom; --port 0 takes a free one`
          : 'choose another port with --port'
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

function whole(value: unknown, min: number, max: number): number | undefined {
  const n = Number(value)
  return /^\d+$/.test(String(value)) && n >= min && n <= max ? n : undefined
}
