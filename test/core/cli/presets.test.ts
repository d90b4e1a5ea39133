/** `loadtest presets`, `loadtest presets show NAME`, and a preset that is run from the command line. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mergeConfig } from '../../../core/config/merge.ts'
import { resolveConfig } from '../../../core/config/resolve.ts'
import { presets } from '../../../presets/default.ts'
import { loadtest, resultIn, scratch } from '../../e2e/cli.ts'

const names = Object.keys(presets)

it('presets lists them all: length, load, what for', async context => {
  const { exitCode, stdout, stderr } = await loadtest(['presets'], { cwd: scratch(context) })
  expect(exitCode, stderr).toBe(0)
  const lines = stdout.split('\n')
  for (const name of names)
    expect(
      lines.filter(line => line.startsWith(`${name} `)),
      stdout,
    ).toHaveLength(1)
  const at = lines.findIndex(line => line.startsWith('throughput '))
  expect(lines[at]).toMatch(/^throughput +5 min 10 s {2}100k\/s of 1KiB, 10 producers, 5 consumers$/)
  expect(lines[at + 1]?.trim()).toBe('how much a cluster takes when records come in full batches')
  expect(lines.find(line => line.startsWith('soak '))).toContain(' 24 h 5 min  10k/s of 512B')
  expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(110)
})

describe('presets show', () => {
  it.each(names)('%s: what it prints is a configuration that says the same', async name => {
    const shown = await show(name)
    const value = (written: object) => ({ value: written, cwd: '/', env: {}, command: 'run' })
    const { parse } = await import('yaml')
    const pasted = await mergeConfig(value(parse(shown) as object))
    const named = await mergeConfig(value({ extends: name }))
    expect(await resolveConfig(pasted)).toEqual(await resolveConfig(named))
  })
  it('says what it is for, what it needs and what it takes', async () => {
    const text = await show('soak')
    expect(text).toMatch(
      /^# soak: what only a day shows: .*\n# takes 24 h 5 min: 10k\/s of 512B, 5 producers, 5 consumers\n/,
    )
    expect(text).toContain('\n# needs 3 brokers, 1GiB of memory, 32GiB of disk')
    expect(text).toContain(
      "\n# options: p99: bound of the response time's 99th percentile; 100ms by default\n",
    )
    expect(text).toContain('\nwarmup: 5m\nduration: 24h\n')
    expect(text).toContain('\n  - [ keys.random, { cardinality: 1000000 } ]\n  - drift\n')
    expect(text).toContain('\n  failed.count: "== 0"\n')
  })
  it('takes options as --preset does', async () => {
    expect(await show('soak={"p99":"7ms"}')).toContain('\n  response.p99: "< 7ms"\n')
  })
  it('says what was meant by a name that is none', async context => {
    const { exitCode, stderr } = await loadtest(['presets', 'show', 'thruput'], { cwd: scratch(context) })
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/preset is "thruput": expected a preset that is installed/)
    const near = await loadtest(['presets', 'show', 'stres'], { cwd: scratch(context) })
    expect(near.stderr).toContain('did you mean stress?')
  })

  async function show(name: string): Promise<string> {
    const { exitCode, stdout, stderr } = await loadtest(['presets', 'show', name], {
      cwd: import.meta.dirname,
    })
    expect(exitCode, stderr).toBe(0)
    return stdout
  }
})

describe('run --preset', () => {
  it('runs it at a scale, and the report says so', async context => {
    const cwd = scratch(context)
    writeFileSync(join(cwd, 'loadtest.config.yaml'), 'rate: 7/s\nwarmup: 0s\n')
    const args = 'run --preset smoke={"p99":"30s"} --scale 0.5 --warmup 0s --duration 1s'.split(' ')
    const { exitCode, stdout, stderr } = await loadtest(args, { cwd })
    expect(exitCode, stdout + stderr).toBe(0)
    expect(stdout).toMatch(/run .* · 1 s · scale 0\.5$/m)
    const result = resultIn(cwd)
    expect(result?.run.scale).toBe(0.5)
    expect(result?.streams['default']?.phases.measure.counts.acked).toBe(500)
    expect(result?.thresholds.map(t => t.ok)).toEqual([true, true, true, true, true])
  })
  it('config shows what was written, and the scale', async context => {
    const { stdout } = await loadtest(['config', '--preset', 'stress', '--scale', '0.1'], {
      cwd: scratch(context),
    })
    expect(stdout).toMatch(/^scale +"0\.1" +--scale$/m)
    expect(stdout).toMatch(/^rate +"200k\/s" +preset stress$/m)
    expect(stdout).toMatch(/^producers +50 +preset stress$/m)
  })
  it('validate tells what comes of it', async context => {
    const args = ['validate', '--preset', 'stress', '--scale', '0.1']
    const { stdout } = await loadtest(args, { cwd: scratch(context) })
    expect(stdout).toMatch(/^default: 12,600,000 records in 630 s, 5 producers, 5 consumers, 4 thresholds$/m)
  })
})
