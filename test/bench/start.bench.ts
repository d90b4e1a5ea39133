/** What a user waits for: `--help`, and from the command to the first record on the embedded broker. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Figure } from './run.ts'

const bin = new URL('../../core/cli/loadtest.js', import.meta.url).pathname
const ROUNDS = 5

function help(): number {
  const from = performance.now()
  execFileSync(process.execPath, [bin, '--help'], { stdio: 'ignore' })
  return performance.now() - from
}

/** ms from the start of the command to the first record handed to the driver. */
async function firstRecord(): Promise<number> {
  const cwd = mkdtempSync(join(tmpdir(), 'loadtest-bench-'))
  const config = new URL('./first-record.config.ts', import.meta.url).pathname
  const from = Date.now()
  const child = spawn(process.execPath, [bin, 'run', '--config', config, '--allow-tainted'], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', chunk => {
    said += String(chunk)
  })
  await new Promise(resolve => child.once('exit', resolve))
  rmSync(cwd, { recursive: true, force: true })
  const at = /first record at (\d+)/.exec(said)?.[1]
  if (at === undefined) throw new Error(`no first record:\n${said}`)
  return Number(at) - from
}

export async function bench(): Promise<Figure[]> {
  help()
  const helps = Array.from({ length: ROUNDS }, help)
  const firsts: number[] = []
  for (let i = 0; i < ROUNDS; i++) firsts.push(await firstRecord())
  const median = (all: number[]) => all.sort((a, b) => a - b)[all.length >> 1] as number
  const bare = Array.from({ length: ROUNDS }, () => {
    const from = performance.now()
    execFileSync(process.execPath, ['-e', ''])
    return performance.now() - from
  })
  return [
    { name: 'node -e "" (for comparison)', value: median(bare), unit: 'ms' },
    { name: 'loadtest --help', value: median(helps), unit: 'ms', atMost: 250 },
    {
      name: 'loadtest run to its first record, embedded broker',
      value: median(firsts),
      unit: 'ms',
      atMost: 1500,
    },
  ]
}
