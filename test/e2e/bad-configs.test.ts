/**
 * A folder for each broken configuration, `expected.txt` beside it: the exit code, and what stands on stderr.
 * args.json: the command line (default: run); env.json: variables. UPDATE=1 writes what is said now; then read it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { jsonIn, loadtest } from './cli.ts'

const folder = fileURLToPath(new URL('./bad-configs', import.meta.url))

describe.concurrent('a broken configuration', () => {
  it.each(readdirSync(folder).filter(name => !name.includes('.')))('%s', async name => {
    const cwd = join(folder, name)
    const args = jsonIn<string[]>(cwd, 'args.json', ['run'])
    const { exitCode, stdout, stderr } = await loadtest(args, { cwd, env: jsonIn(cwd, 'env.json', {}) })
    const said = `exit ${exitCode}\n\n${stderr.replaceAll(cwd, '<folder>').trimEnd()}\n`
    const path = join(cwd, 'expected.txt')
    if (process.env['UPDATE']) writeFileSync(path, said)
    expect(said).toBe(readFileSync(path, 'utf8'))
    expect(stdout).toBe('')
  })
})
