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
  let [claimed, drawn, last] = [false, false, 0]
  const clear = () => {
    if (drawn && tty) stderr.write('\r\x1b[2K')
    drawn = false
  }
  const line = (to: NodeJS.WriteStream) => (text: string) => {
    clear()
    if (!quiet) to.write(`${text}\n`)
  }
  return {
    // a window changes its size
    get columns() {
      return Math.max(40, (stderr.isTTY ? stderr.columns : stdout.columns) || 80)
    },
    rows: (stdout.isTTY && stdout.rows) || Number.POSITIVE_INFINITY,
    tty,
    colors: stdout.isTTY === true && process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb',
    print: line(stdout),
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
    log: line(stderr),
    clear,
  }
}
