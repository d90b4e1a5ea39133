/** The broker in a process of its own: detached, so that Ctrl-C does not kill it before the drain; ends with its stdin. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { getCompileCacheDir } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { BrokerOptions } from './server.ts'

const START_TIMEOUT_MS = 10_000
const STOP_TIMEOUT_MS = 3000

export interface BrokerProcess {
  /** `host:port` of the first broker, and of all. */
  readonly address: string
  readonly addresses: readonly string[]
  /** `http://127.0.0.1:port` of the control port; undefined without one. */
  readonly control: string | undefined
  readonly pid: number
  /** Resolves when the process has ended, by itself or by `close`. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

/**
 * Starts it and waits for its address.
 * @throws Error with the `code` of the cause (EADDRINUSE, EACCES …) when it cannot listen; without one when the options are
 * out of range, or when it does not answer within 10 s.
 */
export async function spawnBroker(options: BrokerOptions): Promise<BrokerProcess> {
  const entry = fileURLToPath(new URL(`./process${import.meta.url.slice(-3)}`, import.meta.url))
  // what its parent keeps compiled serves it too: it starts in half the time
  const cache = getCompileCacheDir()
  const child = spawn(process.execPath, [entry], {
    env: cache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: cache },
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  // It may have ended already; 'close' follows.
  child.stdin.on('error', () => {})
  child.stdin.write(`${JSON.stringify(options)}\n`)
  const signal = AbortSignal.timeout(START_TIMEOUT_MS)
  const lines = createInterface({ input: child.stdout })
  try {
    const said = await Promise.race([
      once(lines, 'line', { signal }),
      once(child, 'error').then(([error]) => Promise.reject(error)),
      ended.then(() => undefined),
    ])
    if (said === undefined) {
      throw new Error(`the embedded broker ended before it listened (exit code ${child.exitCode})`)
    }
    const answer = JSON.parse(String(said[0])) as {
      address?: string
      addresses?: readonly string[]
      control?: string
      code?: string
      message?: string
      port?: number
    }
    const { address, addresses = [], control, code, message, port } = answer
    if (address === undefined)
      throw Object.assign(new Error(`the embedded broker: ${message}`), { code, port })
    const close = async () => {
      child.stdin.end()
      const kill = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
      await ended
      clearTimeout(kill)
    }
    return { address, addresses, control, pid: child.pid as number, ended, close }
  } catch (error) {
    child.kill('SIGKILL')
    if (!signal.aborted) throw error
    throw new Error(`the embedded broker did not listen within ${START_TIMEOUT_MS / 1000} s`)
  } finally {
    lines.close()
  }
}
