/** Standard output for the summary, standard error for what goes on: one line that changes, or a plain line now and then. */
import type { Terminal } from './api.ts'

const PLAIN_MS = 10_000

export interface OwnTerminal extends Terminal {
  /** A line of its own, above the progress. */
  log(text: string): void
  /** Takes the progress off the screen. */
  clear(): void
}

export function createTerminal(quiet = false): OwnTerminal {
  const { stderr, stdout } = process
  const tty = !quiet && stderr.isTTY === true
  let claimed = false
  let drawn = false
  let last = 0
  const clear = () => {
    if (drawn && tty) stderr.write('\r\x1b[2K')
    drawn = false
  }
  return {
    columns: Math.max(40, (stderr.isTTY ? stderr.columns : stdout.columns) || 80),
    tty,
    colors: stdout.isTTY === true && process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb',
    print(text) {
      clear()
      if (!quiet) stdout.write(`${text}\n`)
    },
    claim() {
      if (claimed || quiet) return undefined
      claimed = true
      return text => {
        if (tty) {
          stderr.write(`\r\x1b[2K${text}`)
          drawn = true
        } else if (Date.now() - last >= PLAIN_MS) {
          last = Date.now()
          stderr.write(`${text}\n`)
        }
      }
    },
    log(text) {
      clear()
      if (!quiet) stderr.write(`${text}\n`)
    },
    clear,
  }
}
