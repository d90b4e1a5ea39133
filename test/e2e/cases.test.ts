/** A folder for each working configuration, `expected.json` beside it. It runs in a copy, outside the repository. */
import { existsSync, globSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { jsonIn, loadtest, resultIn, scratch } from './cli.ts'

interface Expected {
  /** @default a run that forgives a busy machine */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly exitCode: number
  /** What result.json holds, among other things. */
  readonly result?: object
  /** Paths that result.json has not. */
  readonly absent?: readonly string[][]
  /** Regular expressions. */
  readonly stdout?: readonly string[]
  readonly stderr?: readonly string[]
  /** Files of the run. */
  readonly files?: readonly string[]
  /** A text that stands in no output and no file of the run. */
  readonly nowhere?: string
}

const cases = fileURLToPath(new URL('./cases', import.meta.url))

describe.concurrent('a configuration', () => {
  it.for(readdirSync(cases))('%s', async (name, context) => {
    const cwd = scratch(context, join(cases, name))
    // node_modules is nothing that git would keep
    if (existsSync(join(cwd, 'packages'))) renameSync(join(cwd, 'packages'), join(cwd, 'node_modules'))
    const expected = jsonIn<Expected>(cwd, 'expected.json', { exitCode: 0 })
    const { args = ['run', '--allow-tainted'], env = {} } = expected
    const { exitCode, stdout, stderr } = await loadtest(args, { cwd, env })
    const said = `${stdout}\n${stderr}`
    expect(exitCode, said).toBe(expected.exitCode)
    for (const text of expected.stdout ?? []) expect(stdout).toMatch(new RegExp(text))
    for (const text of expected.stderr ?? []) expect(stderr).toMatch(new RegExp(text))
    const names = globSync('**', { cwd: join(cwd, 'loadtest-results') }).join()
    for (const file of expected.files ?? []) expect(globSync(`**/${file}`, { cwd }), names).toHaveLength(1)

    const result = resultIn(cwd)
    expect(result === undefined).toBe(expected.result === undefined)
    if (result === undefined) return
    expect(result).toMatchObject(expected.result ?? {})
    expect(result.exitCode).toBe(exitCode)
    // what broke before traffic has no snapshot in which it could hold
    for (const [stream, { identity }] of Object.entries(result.streams))
      expect({ stream, ...identity }).toMatchObject({ stream, holds: identity.snapshots > 0 })
    for (const path of expected.absent ?? []) expect(result).not.toHaveProperty(path)
    if (expected.nowhere !== undefined)
      for (const text of [said, ...filesOf(cwd)]) expect(text).not.toContain(expected.nowhere)
  })
})

function filesOf(folder: string): string[] {
  const files = globSync('loadtest-results/*/*', { cwd: folder })
  return files.map(file => readFileSync(join(folder, file), 'utf8'))
}
