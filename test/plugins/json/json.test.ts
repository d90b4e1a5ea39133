import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Output, Run } from '../../../core/api.ts'
import type { SeriesRow } from '../../../core/result.ts'
import { json } from '../../../plugins/json/index.ts'
import { failedStart, type Load, register, simulate, threshold } from '../fixtures.ts'

const folder = () => mkdtemp(join(tmpdir(), 'json-'))
const rowsOf = async (file: string) =>
  (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as SeriesRow)

async function ran(load: Load) {
  const run = simulate(load)
  const host = register(json(), run.config)
  for (const snapshot of run.snapshots) await host.hooks.sample.promise(snapshot)
  expect(await host.close()).toEqual([])
  await host.hooks.report.promise(run.result)
  return run
}
/** What reporters told, as the engine hears it: second by second, then at the end. */
async function told(load: Load, output?: Run['output']): Promise<string[]> {
  const run = simulate(load)
  const host = register(json(), run.config, output ? { output } : {})
  const errors: string[] = []
  const hear = (error: Error) => void errors.push(error.message)
  for (const snapshot of run.snapshots) {
    await host.hooks.sample.promise(snapshot).catch(hear)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  expect(await host.close()).toEqual([])
  await host.hooks.report.promise(run.result).catch(hear)
  return errors
}

it('result.json is the whole result, under its own name alone', async () => {
  const out = await folder()
  const { result } = await ran({
    out,
    streams: {
      default: {
        fate: at => (at > 5 && at < 6 ? 'dropped' : 'acked'),
        thresholds: [threshold('response.p99', '<', 1, '1us')],
      },
    },
  })
  const text = await readFile(join(out, 'result.json'), 'utf8')
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(result)))
  expect(JSON.parse(text).streams.default.phases.measure.latency.response.scheduled.p99).toBe('inf')
  expect(JSON.parse(text).exitCode).toBe(99)
  expect(await readdir(out)).toEqual(['result.json', 'series.ndjson'])
})

it('is made to be read and compared: two spaces, a second of the series on a line', async () => {
  const out = await folder()
  await ran({ out })
  const lines = (await readFile(join(out, 'result.json'), 'utf8')).split('\n')
  expect(lines[0]).toBe('{')
  expect(lines[1]).toBe('  "schema": "kafka-loadtest/result/1",')
  expect(lines.filter(l => l.startsWith('    {"second":'))).toHaveLength(13)
  expect(lines.at(-1)).toBe('')
})

it('series.ndjson is there second by second, before the run has ended', async () => {
  const out = await folder()
  const { config, snapshots } = simulate({ out })
  const { hooks } = register(json(), config)
  expect(existsSync(join(out, 'series.ndjson'))).toBe(false)
  for (const snapshot of snapshots.slice(0, 4)) await hooks.sample.promise(snapshot)
  await expect.poll(() => rowsOf(join(out, 'series.ndjson')).catch(() => [])).toHaveLength(4)
  expect(await rowsOf(join(out, 'series.ndjson'))).toEqual(snapshots.slice(0, 4).map(s => s.row))
})

it('misses no second while the disk is slow', async () => {
  const written: string[] = []
  const gate = Promise.withResolvers<void>()
  const { config, snapshots, result } = simulate({})
  const output = async (name: string): Promise<Output> => ({
    write: async chunk => {
      await gate.promise
      if (name === 'series.ndjson') written.push(String(chunk))
    },
    close: async () => undefined,
  })
  const host = register(json(), config, { output })
  for (const snapshot of snapshots) await host.hooks.sample.promise(snapshot)
  expect(written).toEqual([])
  gate.resolve()
  await host.close()
  await host.hooks.report.promise(result)
  expect(written.map(line => (JSON.parse(line) as SeriesRow).second)).toEqual(snapshots.map(s => s.second))
})

it('a folder that cannot be written is one failure, told once', async () => {
  const file = join(await folder(), 'file')
  await writeFile(file, '')
  const errors = await told({ out: join(file, 'results') })
  expect(errors).toHaveLength(1)
  expect(errors[0]).toMatch(/^plugin json failed in sample: cannot write to .*file\/results: ENOTDIR.*--out/)
})

it('a disk that fills up ends the series, and the result is tried all the same', async () => {
  const tried: string[] = []
  let writes = 0
  const errors = await told({}, async name => {
    tried.push(name)
    return {
      write: async () => {
        if (name === 'series.ndjson' && ++writes > 3) throw new Error('cannot write series.ndjson: ENOSPC')
      },
      close: async () => undefined,
    }
  })
  expect(errors).toEqual(['plugin json failed in sample: cannot write series.ndjson: ENOSPC'])
  expect(writes).toBe(4)
  expect(tried).toEqual(['series.ndjson', 'result.json'])
})

it('a series that fails with its last row is told at the end', async () => {
  const { config, snapshots, result } = simulate({})
  const host = register(json(), config, {
    output: async name => ({
      write: async () => {
        if (name === 'series.ndjson') throw new Error('cannot write series.ndjson: EIO')
      },
      close: async () => undefined,
    }),
  })
  await host.hooks.sample.promise(snapshots[0]!)
  await host.close()
  await expect(host.hooks.report.promise(result)).rejects.toThrow(
    'plugin json failed in report: cannot write series.ndjson: EIO',
  )
})

it('a run that never started has a result and no series', async () => {
  const out = await folder()
  const { config, result } = failedStart({ out }, new Error('plugin b failed in prepare: no licence'))
  const host = register(json(), config)
  await host.hooks.report.promise(result)
  expect(await readdir(out)).toEqual(['result.json'])
  const written = JSON.parse(await readFile(join(out, 'result.json'), 'utf8'))
  expect(written.exitCode).toBe(70)
  expect(written.series).toEqual([])
})

it('says before the load that it has no folder to write to', async () => {
  const { hooks } = register(json(), { ...simulate().config, out: '' })
  await expect(hooks.prepare.promise({ brokers: [] })).rejects.toThrow(
    /plugin json failed in prepare: no folder .* set out/,
  )
})

it('does nothing in a worker', () => {
  const { hooks } = register(json(), simulate().config, { role: 'worker' })
  expect([hooks.prepare, hooks.sample, hooks.report].some(hook => hook.isUsed())).toBe(false)
})
