/** The broker in a process of its own: detached, so that Ctrl-C does not kill it before the drain; ends with its stdin. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface BrokerProcess {
  readonly address: string
  readonly pid: number
  /** Resolves when the process has ended, by itself or by `close`. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

/** Starts it and waits for its address. Throws when it cannot listen or does not answer within 10 s. */
export async function spawnBroker(options: Readonly<Record<string, unknown>>): Promise<BrokerProcess> {
  const entry = fileURLToPath(new URL(`./process${import.meta.url.slice(-3)}`, import.meta.url))
  const child = spawn(process.execPath, [entry, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
  try {
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', resolve)
      child.once('error', reject)
      void ended.then(() =>
        reject(new Error(`the embedded broker ended before it listened (code ${child.exitCode})`)),
      )
    })
    const said = JSON.parse(line) as { address?: string; error?: string; port?: number }
    if (said.address === undefined)
      throw Object.assign(
        new Error(`the embedded broker cannot listen on port ${said.port}: ${said.error}`),
        { code: said.error },
      )
    child.unref()
    return {
      address: said.address,
      pid: child.pid as number,
      ended,
      async close() {
        child.stdin.end()
        const kill = setTimeout(() => child.kill('SIGKILL'), 3000)
        await ended
        clearTimeout(kill)
      },
    }
  } finally {
    clearTimeout(timer)
  }
}
