/** Ctrl-C asks for the report of what was done so far; twice asks for it at once; a kill leaves the checkpoint. */
import type { ChildProcess } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadtest, resultIn, scratch } from './cli.ts'

const config = fileURLToPath(new URL('./long', import.meta.url))
type Signal = 'SIGINT' | 'SIGTERM' | 'SIGKILL'

/** Sends the signals when the texts before them have been said, one after the other. */
function interrupted(cwd: string, steps: readonly (readonly [text: string, signal: Signal])[]) {
  const rest = [...steps]
  const onOutput = (child: ChildProcess, said: string) => {
    const [next] = rest
    if (next === undefined || !said.includes(next[0])) return
    rest.shift()
    child.kill(next[1])
  }
  return loadtest(['run', '--allow-tainted'], { cwd, onOutput })
}

describe.concurrent('a run', () => {
  it.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('that gets %s drains and reports in full', async ([signal, code], context) => {
    const cwd = scratch(context, config)
    const { exitCode, stdout, stderr } = await interrupted(cwd, [['second 2', signal]])
    expect(exitCode, stderr).toBe(code)
    expect(stderr).toContain('stopping: waiting for what is under way; once more for the report at once')
    expect(stdout).toContain(signal)
    const result = resultIn(cwd)
    expect(result).toMatchObject({ exitCode: code, run: { stopped: signal } })
    const { identity, phases } = result?.streams['default'] ?? {}
    expect(identity?.holds).toBe(true)
    // all that was sent has been waited for
    expect(phases?.measure.counts).toMatchObject({ pending: 0, inFlight: 0, failed: 0, unknown: 0 })
    expect(phases?.measure.counts.acked).toBeGreaterThan(300)
  })

  it('that gets SIGINT twice reports what there is', async context => {
    const cwd = scratch(context, config)
    const { exitCode, stdout, stderr } = await interrupted(cwd, [
      ['second 2', 'SIGINT'],
      ['stopping:', 'SIGINT'],
    ])
    expect(exitCode, stderr).toBe(130)
    expect(stdout).toContain('SIGINT')
    const result = resultIn(cwd)
    expect(result).toMatchObject({ exitCode: 130, run: { stopped: 'SIGINT' } })
    const { identity, phases } = result?.streams['default'] ?? {}
    expect(identity?.holds).toBe(true)
    // two seconds' worth of records had no answer yet
    expect(phases?.measure.counts.inFlight).toBeGreaterThan(100)
  })

  it('that is killed leaves its seconds', async context => {
    const cwd = scratch(context, config)
    const { exitCode } = await interrupted(cwd, [['second 3', 'SIGKILL']])
    expect(exitCode).toBe(null)
    expect(resultIn(cwd)).toBeUndefined()
    const [path = ''] = globSync('loadtest-results/*/series.ndjson', { cwd })
    const rows = readFileSync(join(cwd, path), 'utf8').trim().split('\n')
    expect(rows.map(row => (JSON.parse(row) as { second: number }).second).slice(0, 2)).toEqual([1, 2])
  })
})
