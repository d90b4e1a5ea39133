/**
 * The broker in a process of its own: `node process.ts '{"port":9092}'`. Prints one line of JSON, the address or what
 * went wrong. It lives as long as its stdin is open, so it ends with its parent, but not at a Ctrl-C that the parent
 * wants to finish its work after.
 */
import { HOST } from './nodes.ts'
import { type BrokerOptions, startBroker } from './server.ts'

const EXIT_CANNOT_START = 3

process.on('SIGINT', () => {})
process.stdin.on('close', () => process.exit(0)).resume()

const options = JSON.parse(process.argv[2] ?? '{}') as BrokerOptions
try {
  const { address } = await startBroker(options)
  process.stdout.write(`${JSON.stringify({ address })}\n`)
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException
  const text = code === undefined ? message : `cannot listen on ${HOST}:${options.port}: ${code}`
  process.stdout.write(`${JSON.stringify({ code, message: text })}\n`)
  process.exit(EXIT_CANNOT_START)
}
