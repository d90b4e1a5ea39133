/** Presets by name: in `extends` and by `--preset`, where they lie among the layers, and what options they take. Names that are none: test/e2e/bad-configs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, describe, expect, it } from 'vitest'
import { addFlags, readFlags } from '../../../core/cli/flags.ts'
import { type Merged, mergeConfig } from '../../../core/config/merge.ts'
import { at } from '../../../core/config/plain.ts'
import { resolveConfig } from '../../../core/config/resolve.ts'
import type { Config } from '../../../core/config/types.ts'
import { ConfigError, definePreset } from '../../../core/index.ts'
import { presets } from '../../../presets/index.ts'

const merge = (value: Config): Promise<Merged> => mergeConfig({ value, cwd: '/', env: {}, command: 'run' })
const problem = async (merging: Promise<Merged>) => {
  const error: unknown = await merging.then(resolveConfig).catch(e => e)
  expect(error).toBeInstanceOf(ConfigError)
  return (error as ConfigError).message
}

const folder = mkdtempSync(join(tmpdir(), 'presets-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return name
}
/** As the command line merges it. */
function command(argv: readonly string[], yaml?: string, env: Record<string, string> = {}): Promise<Merged> {
  const { args, settings } = readFlags(['run', ...argv])
  const program = new Command().exitOverride()
  let given = {}
  addFlags(program.command('run')).action(flags => {
    given = flags
  })
  program.parse([...args], { from: 'user' })
  const config = file('loadtest.config.yaml', yaml ?? '{}')
  return mergeConfig({ file: config, flags: settings(given), cwd: folder, env, command: 'run' })
}

describe('extends', () => {
  it('takes a preset by name, with options and by value, to the same effect', async () => {
    const raws = await Promise.all(
      [
        { extends: 'latency' },
        { extends: ['latency'] },
        { extends: [['latency', { p99: '20ms' }]] as const },
        { extends: presets.latency({ p99: '20ms' }) },
      ].map(async config => (await merge(config)).raw),
    )
    for (const raw of raws) expect(raw).toEqual(raws[0])
    expect(at(raws[0], 'thresholds')).toMatchObject({ 'response.p99': '< 20ms' })
  })
  it('names the preset as the origin, not a line of the file that extends it', async () => {
    const merged = await command([], 'extends: latency\nthresholds:\n  failed.count: "< 10"\n')
    expect(merged.originOf('rate')).toBe('preset latency')
    expect(merged.originOf('thresholds.response.p99')).toBe('preset latency')
    expect(merged.originOf('thresholds.failed.count')).toMatch(/loadtest\.config\.yaml:3$/)
  })
  it('is laid under the file', async () => {
    const merged = await command([], 'extends: [latency]\nrate: 5/s\n')
    expect([at(merged.raw, 'rate'), at(merged.raw, 'producers')]).toEqual(['5/s', 5])
  })
  it('tells what a preset takes', async () => {
    expect(await problem(merge({ extends: [['latency', { p98: '1ms' }]] }))).toContain(
      'expected what preset latency takes: p98 is no option: it takes p99',
    )
    expect(await problem(merge({ extends: [['latency', { p99: 'soon' }]] }))).toContain(
      "p99 has to be a duration from 1us to 1h, such as '20s' or 2 (seconds)",
    )
    expect(await problem(merge({ extends: [['latency', 'fast']] }))).toContain('an object with p99')
  })
  it('refuses options for what takes none, and lists that are none', async () => {
    const path = join(folder, 'plain.mjs')
    writeFileSync(path, 'export default { rate: 1 }')
    expect(await problem(merge({ extends: [[path, { rate: 2 }]] }))).toContain(
      `no options: ${path} takes none`,
    )
    expect(await problem(merge({ extends: [['latency', {}, 3]] as never }))).toContain(
      'a name or [name, options]',
    )
  })
})

describe('--preset', () => {
  it('lies over the file and under variables and flags, wherever it stands', async () => {
    const yaml = 'rate: 7/s\nproducers: 3\nsize: 5B\nbrokers: ["kafka-1:9092"]\n'
    const argv = ['--size', '1KiB', '--preset', 'latency']
    const { raw, originOf } = await command(argv, yaml, { LOADTEST_PRODUCERS: '2' })
    expect([raw['rate'], raw['producers'], raw['size'], raw['brokers']]).toEqual([
      '10k/s',
      '2',
      '1KiB',
      ['kafka-1:9092'],
    ])
    expect(originOf('rate')).toBe('preset latency')
  })
  it('takes options, and comes more than once', async () => {
    const { raw } = await command(['--preset=latency={"p99":"3ms"}', '--preset', 'small-messages'])
    expect(raw).toMatchObject({ size: '64B', rate: '200k/s', thresholds: { 'response.p99': '< 100ms' } })
    const one = await command(['--preset', 'latency={"p99":"3ms"}'])
    expect(one.raw).toMatchObject({ thresholds: { 'response.p99': '< 3ms' } })
  })
})

describe('a topic that is there', () => {
  const existing = { name: 'orders', existing: true }
  it('keeps its partitions, whatever a preset says of one that the run makes', async () => {
    const merged = await merge({ extends: 'throughput', topic: existing })
    await expect(resolveConfig(merged)).resolves.toMatchObject({ streams: [{ topic: existing }] })
    const flags = await command(['--preset', 'throughput', '--topic', 'orders', '--topic.existing'])
    await expect(resolveConfig(flags)).resolves.toMatchObject({ streams: [{ topic: existing }] })
  })
  it('takes no partitions from who names it', async () => {
    const message = await problem(merge({ extends: 'throughput', topic: { ...existing, partitions: 3 } }))
    expect(message).toContain('topic.partitions is 3: expected to be left out')
    expect(message).not.toContain('topic.configs')
  })
})

it('what a preset says of itself is no part of the configuration', async () => {
  const preset = definePreset({
    ...{ name: 'p', about: 'for nothing', needs: { brokers: 3, memory: '1GiB', disk: '1GiB' } },
    config: { rate: 5 },
  })
  expect((await merge({ extends: preset() })).raw).toEqual({ rate: 5 })
})
