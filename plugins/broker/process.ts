/**
 * The broker in a process of its own: `node process.ts '{"port":9092}'`. Prints one line of JSON, the address or what
 * went wrong. It lives as long as its stdin is open, so it ends with its parent, but not at a Ctrl-C that the parent
 * wants to finish its work after.
 */
import { type BrokerOptions, startBroker } from './server.ts'

const EXIT_BAD_OPTIONS = 2
const EXIT_CANNOT_LISTEN = 3

process.on('SIGINT', () => {})

let options: BrokerOptions = {}
try {
  options = JSON.parse(process.argv[2] ?? '{}') as BrokerOptions
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: 'EOPTIONS', message: String(error) })}\n`)
  process.exit(EXIT_BAD_OPTIONS)
}

try {
  const broker = await startBroker(options)
  process.stdout.write(`${JSON.stringify({ address: broker.address })}\n`)
  process.stdin.on('close', () => process.exit(0))
  process.stdin.on('end', () => process.exit(0))
  process.stdin.resume()
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException
  const line = code === undefined ? { error: 'EOPTIONS', message } : { error: code, port: options.port ?? 0 }
  process.stdout.write(`${JSON.stringify(line)}\n`)
  process.exit(code === undefined ? EXIT_BAD_OPTIONS : EXIT_CANNOT_LISTEN)
}
