/**
 * The broker in a process of its own. Its options are the first line of its stdin, as JSON: an argument would show
 * passwords to everyone on the machine. Prints one line of JSON, the address or what went wrong. It lives as long as its stdin is open, so it ends with its parent, but not at a Ctrl-C that the parent
 * wants to finish its work after.
 */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { HOST } from './nodes.ts'
import { type BrokerOptions, startBroker } from './server.ts'

const EXIT_CANNOT_START = 3

process.on('SIGINT', () => {})
const lines = createInterface({ input: process.stdin }).on('close', () => process.exit(0))
const [line] = await once(lines, 'line')
const options = JSON.parse(String(line)) as BrokerOptions
try {
  const { address, addresses, control } = await startBroker(options)
  process.stdout.write(`${JSON.stringify({ address, addresses, control })}\n`)
} catch (error) {
  const { code, message, port = options.port } = error as NodeJS.ErrnoException & { port?: number }
  const text = code === undefined ? message : `cannot listen on ${HOST}:${port}: ${code}`
  process.stdout.write(`${JSON.stringify({ code, message: text, port })}\n`)
  process.exit(EXIT_CANNOT_START)
}
