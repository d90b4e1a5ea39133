/** The command line as a user has it: a process of its own in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestContext } from 'vitest'
import type { ResultData } from '../../core/index.ts'

const BIN = fileURLToPath(new URL('../../core/cli/loadtest.js', import.meta.url))

export interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}
export interface Options {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Flags of Node itself. */
  readonly node?: readonly string[]
  /** ms after which it is killed, since no test waits for ever. @default 30,000 */
  readonly limit?: number
  /** Hears of the process and of all it has said so far, whenever it says more. */
  readonly onOutput?: (child: ChildProcess, said: string) => void
}

/** Runs `loadtest …args` to its end. The environment is empty but for what a shell always has. */
export function loadtest(args: readonly string[], options: Options): Promise<Ended> {
  const { cwd, env = {}, node = [], limit = 30_000, onOutput } = options
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...node, BIN, ...args], {
      cwd,
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const said = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        said[stream] += text
        onOutput?.(child, said.stdout + said.stderr)
      })
    const late = setTimeout(() => child.kill('SIGKILL'), limit)
    child.on('error', reject)
    child.on('close', exitCode => {
      clearTimeout(late)
      resolve({ exitCode, ...said })
    })
  })
}

/** A copy of a folder (or an empty one) outside the repository, removed after the test. */
export function scratch({ onTestFinished }: Pick<TestContext, 'onTestFinished'>, from?: string): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'loadtest-e2e-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  if (from !== undefined) cpSync(from, folder, { recursive: true })
  return folder
}

/** The one result below a folder; undefined: none was written. */
export function resultIn(folder: string): ResultData | undefined {
  const [path, ...others] = globSync('**/result.json', { cwd: folder })
  if (others.length > 0) throw new Error(`more than one result: ${[path, ...others].join(', ')}`)
  return path === undefined ? undefined : (JSON.parse(readFileSync(join(folder, path), 'utf8')) as ResultData)
}

export function jsonIn<T>(folder: string, name: string, otherwise: T): T {
  const path = join(folder, name)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : otherwise
}
