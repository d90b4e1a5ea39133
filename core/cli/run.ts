import type { ConfigSource } from '../config/source.ts'
import { runConfig } from '../run.ts'
import { createTerminal } from '../terminal.ts'
import { listenToSignals } from './signals.ts'

/** `loadtest run` */
export async function runCommand(source: ConfigSource): Promise<number> {
  const terminal = createTerminal()
  const signals = listenToSignals(text => terminal.log(text))
  try {
    const { exitCode } = await runConfig(source, { signal: signals.stop, cut: signals.cut, terminal })
    return exitCode
  } finally {
    signals.end()
  }
}
