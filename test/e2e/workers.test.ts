/** A worker that is lost is found by main, named, and the report of what had begun is still there. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadtest, resultIn, scratch } from './cli.ts'

const config = fileURLToPath(new URL('./workers', import.meta.url))

describe.concurrent('a worker that', () => {
  it.for([
    ['setup', 'is blocked as it sets up', 'worker 0 was not ready within'],
    [
      'traffic',
      'is blocked while traffic runs',
      'worker 0 has said nothing for 10 s: a plugin or driver blocks',
    ],
    ['exit', 'ends', 'worker 0 ended with code 3'],
  ] as const)('%s: %s', { timeout: 120_000 }, async ([fate, , message], context) => {
    const cwd = scratch(context, config)
    const env = { WORKER: fate }
    const { exitCode, stdout, stderr } = await loadtest(['run', '--allow-tainted'], {
      cwd,
      env,
      limit: 90_000,
    })
    const said = `${stdout}\n${stderr}`.replace(/\s+/g, ' ')
    expect(exitCode, said).toBe(70)
    expect(said).toContain(message)
    // before the start there is nothing to report
    expect(resultIn(cwd)?.verdict.state).toBe(fate === 'setup' ? undefined : 'invalid')
  })
})
