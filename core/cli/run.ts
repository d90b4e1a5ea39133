import type { ConfigSource } from '../config/source.ts'
import { runConfig } from '../run.ts'
import { createTerminal } from '../terminal.ts'
import { listenToSignals } from './signals.ts'

/** `loadtest run` */
export async function runCommand(source: ConfigSource): Promise<number> {
  const terminal = createTerminal()
  const signals = listenToSignals(text => terminal.log(text))
  try {
    const { stop: signal, cut } = signals
    const { exitCode } = await runConfig(source, { signal, cut, terminal })
    return exitCode
  } finally {
    signals.end()
  }
}
