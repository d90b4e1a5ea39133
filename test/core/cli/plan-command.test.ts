/** `loadtest plan` as a user calls it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import { loadtest, scratch } from '../../e2e/cli.ts'

function folder(context: TestContext, config: string): string {
  const cwd = scratch(context)
  writeFileSync(join(cwd, 'loadtest.config.yaml'), config)
  return cwd
}

describe.concurrent('loadtest plan', () => {
  it('draws a configuration without its broker, in plain text where nobody looks', async context => {
    const cwd = folder(
      context,
      'rate: 1k/s\nbrokers: ["127.0.0.1:1"]\nplugins: [[keys.random, { cardinality: 3 }]]\n',
    )
    const { exitCode, stdout, stderr } = await loadtest(['plan', '--duration', '4s'], { cwd })
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^records +6,000 in 6 s, the first 2 s are warm-up/)
    expect(stdout).toMatch(/^keys +by keys\.random: 3 keys$/m)
    expect(stdout).not.toContain('\u001b')
  })

  it('prints the same as data', async context => {
    const cwd = folder(context, 'rate: 1k/s\nwarmup: 0\nplugins: [[keys.random, { cardinality: 3 }]]\n')
    const { exitCode, stdout, stderr } = await loadtest(['plan', '--json'], { cwd })
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toMatchObject({
      streams: [
        {
          stream: 'default',
          endUs: 10e6,
          offered: { records: 10_000, mean: 1000 },
          sample: { count: 10_000, dropped: 0, whole: true },
          keys: { distinct: 3, keyless: 0 },
          sizes: { each: [{ size: 100, share: 1 }] },
        },
      ],
    })
  })

  it('tells faults as validate does', async context => {
    const cwd = folder(context, 'rate: fast\nplugins: [[keys.random, { cardinality: 0 }]]\n')
    const [plan, validate] = await Promise.all(
      ['plan', 'validate'].map(command => loadtest([command], { cwd })),
    )
    expect(plan).toEqual(validate)
    expect(plan?.exitCode).toBe(2)
    expect(plan?.stderr).toContain('rate is "fast"')
    expect(plan?.stderr).toContain('keys.random.cardinality is 0')
  })

  it("ends with 70 for a plugin's own fault, and names it", async context => {
    const cwd = scratch(context)
    writeFileSync(
      join(cwd, 'loadtest.config.js'),
      "export default { plugins: [{ name: 'mine', stream: s => s.hooks.keyFor.tap(() => ({})) }] }\n",
    )
    const { exitCode, stdout, stderr } = await loadtest(['plan'], { cwd })
    expect([exitCode, stdout]).toEqual([70, ''])
    expect(stderr).toContain('plugin mine failed in keyFor: answered {}, expected a text')
  })
})
