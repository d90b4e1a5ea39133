/** `loadtest broker`: the embedded broker for other clients. */
import type { Command } from '../../core/plugin.ts'
import { spawnBroker } from './spawn.ts'

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
      return 2
    }
    try {
      const broker = await spawnBroker({ port, partitions })
      console.log(
        `embedded broker on ${broker.address} (a test double: its figures are not Kafka's performance). Ctrl-C ends it.`,
      )
      await Promise.race([
        broker.ended,
        new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true })),
      ])
      await broker.close()
      return 0
    } catch (error) {
      if ((error as { code?: string }).code !== 'EADDRINUSE') throw error
      console.error(
        `port ${port} is in use: see which process has it with "ss -ltnp 'sport = :${port}'", or choose another with --port`,
      )
      return 3
    }
  },
}

function whole(value: unknown, min: number, max: number): number | undefined {
  const n = Number(value)
  return /^\d+$/.test(String(value)) && n >= min && n <= max ? n : undefined
}
