import { mkdtemp, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { consoleReporter } from '../../../plugins/console/index.ts'
import { register, screen, simulate } from '../fixtures.ts'

it('draws each second on the line it was given, and prints the summary once', async () => {
  const { config, snapshots, result } = simulate()
  const terminal = screen()
  const { hooks } = register(consoleReporter(), config, { terminal })
  await hooks.prepare.promise({ brokers: [] })
  for (const snapshot of snapshots) await hooks.sample.promise(snapshot)
  await hooks.report.promise(result)
  expect(terminal.drawn).toHaveLength(1 + snapshots.length)
  expect(terminal.drawn.every(text => !text.includes('\n'))).toBe(true)
  expect(terminal.printed).toHaveLength(1)
  expect(terminal.printed[0]).toMatch(/^PASSED /)
})

it('leaves the line to the plugin that has it, and still prints the summary', async () => {
  const { config, snapshots, result } = simulate()
  const terminal = screen({ claim: () => undefined })
  const { hooks } = register(consoleReporter(), config, { terminal })
  await hooks.prepare.promise({ brokers: [] })
  for (const snapshot of snapshots) await hooks.sample.promise(snapshot)
  await hooks.report.promise(result)
  expect(terminal.drawn).toEqual([])
  expect(terminal.printed).toHaveLength(1)
})

it('comes after the other reporters, and lists the files that this run left', async () => {
  const out = await mkdtemp(join(tmpdir(), 'console-'))
  await writeFile(join(out, 'result.json'), '{}')
  await writeFile(join(out, 'old.csv'), '')
  await utimes(join(out, 'old.csv'), new Date('2020-01-01'), new Date('2020-01-01'))
  const { config, result } = simulate({ out })
  const terminal = screen()
  const { hooks } = register(consoleReporter(), config, { terminal })
  await hooks.report.promise(result)
  expect(terminal.printed[0]).toContain(`${out}/`)
  expect(terminal.printed[0]).toContain(' result.json')
  expect(terminal.printed[0]).not.toContain('old.csv')
  expect(hooks.report.taps.map(tap => tap.stage)).toEqual([1])
})

it('does nothing in a worker', () => {
  const { hooks } = register(consoleReporter(), simulate().config, { role: 'worker' })
  expect([hooks.sample, hooks.report, hooks.prepare].some(hook => hook.isUsed())).toBe(false)
})
